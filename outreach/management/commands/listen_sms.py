import signal
import threading
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import close_old_connections

from outreach.actions.take_incoming import take_incoming
from outreach.channels.incoming import Incoming
from outreach.channels.url import ChannelUrl
from outreach.errors import BadChannelUrl


class Command(BaseCommand):
    help = "Stay bound to the SMS centre (SMPP) and take its delivery receipts and replies. One process is enough."

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            url = ChannelUrl.parse(settings.CHANNEL_URLS["SMS"])
            if url.scheme != "smpp":
                raise CommandError("SMS_CHANNEL_URL is no smpp:// address; other providers call a webhook.")
            from outreach.channels.smpp import SmppInbox  # noqa: PLC0415 - as channel_for: only where it is used

            inbox = SmppInbox(url)
        except BadChannelUrl as error:
            raise CommandError(f"SMS_CHANNEL_URL: {error}.") from error
        stop = threading.Event()
        for name in (signal.SIGTERM, signal.SIGINT):
            signal.signal(name, lambda *_: stop.set())
        inbox.listen(_take, stop)


def _take(event: Incoming) -> None:
    close_old_connections()
    take_incoming(provider="smpp", event=event)
