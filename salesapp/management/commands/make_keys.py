import base64
import secrets
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand
from django.utils import timezone

from salesapp.keys import wrap


class Command(BaseCommand):
    help = (
        "Print a fresh set of keys as lines of an environment file; nothing is stored. Where KEY_ENCRYPTION_KEY is set"
        " (32 bytes in base64) the data key is wrapped under it."
    )
    requires_system_checks = []

    def handle(self, *args: Any, **options: Any) -> None:
        def key(size: int) -> str:
            return base64.b64encode(secrets.token_bytes(size)).decode()

        data_key = key(32)
        if settings.KEY_ENCRYPTION_KEY:
            data_key = wrap(data_key, under=settings.KEY_ENCRYPTION_KEY)
        for line in (
            f"SECRET_KEY={secrets.token_urlsafe(48)}",
            f"JWT_KEY={secrets.token_urlsafe(48)}",
            "# Every phone's hash is made with it: a new one goes in front of the old one, then rotate_index_key",
            f"INDEX_KEY={key(32)}",
            "# Can never be changed: every public id is made with it",
            f"PUBLIC_ID_KEY={key(16)}",
            "# Another one, and every authenticator app is set up anew",
            f"TWO_FACTOR_KEY={key(32)}",
            "# Names of messages in links: a new one goes in front, old ones stay behind it, separated by a comma",
            f"LINK_KEYS={key(16)}",
            "# Phones seal waiting drafts to it: a new one goes in front, old ones stay behind it for a day",
            f"DRAFT_KEYS={key(32)}",
            "# Importers and senders only, not the web. A new key goes in front, old ones stay behind it until"
            " rotate_data_keys",
            f"DATA_KEYS=k{timezone.now():%Y%m%d}:{data_key}",
            "# Workers only: seals the log of look-ups. A new key goes in front, old ones stay behind it to verify",
            f"AUDIT_KEYS=a{timezone.now():%Y%m%d}:{key(32)}",
        ):
            self.stdout.write(line)
