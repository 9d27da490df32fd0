import base64
import secrets
from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone


class Command(BaseCommand):
    help = "Print a fresh set of keys as lines of an environment file. Nothing is stored."
    requires_system_checks = []

    def handle(self, *args: Any, **options: Any) -> None:
        def key(size: int) -> str:
            return base64.b64encode(secrets.token_bytes(size)).decode()

        for line in (
            f"SECRET_KEY={secrets.token_urlsafe(48)}",
            f"JWT_KEY={secrets.token_urlsafe(48)}",
            "# These two can never be changed: every phone's hash and every public id is made with them",
            f"INDEX_KEY={key(32)}",
            f"PUBLIC_ID_KEY={key(16)}",
            "# Another one, and every authenticator app is set up anew",
            f"TWO_FACTOR_KEY={key(32)}",
            "# Names of messages in links: a new one goes in front, old ones stay behind it, separated by a comma",
            f"LINK_KEYS={key(16)}",
            "# Phones seal waiting drafts to it: a new one goes in front, old ones stay behind it for a day",
            f"DRAFT_KEYS={key(32)}",
            "# Importers and senders only, not the web. A new key goes in front, old ones stay behind it",
            f"DATA_KEYS=k{timezone.now():%Y%m%d}:{key(32)}",
            "# Workers only: seals the log of look-ups. A new key goes in front, old ones stay behind it to verify",
            f"AUDIT_KEYS=a{timezone.now():%Y%m%d}:{key(32)}",
        ):
            self.stdout.write(line)
