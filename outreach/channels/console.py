import sys

from outreach.channels.protocol import Answer, Outcome, Outgoing
from outreach.channels.url import ChannelUrl, rate


class ConsoleChannel:
    """Prints instead of sending: for the demo. The address is not printed."""

    provider = "console"

    def __init__(self, url: ChannelUrl) -> None:
        self.per_second = rate(url.options(rate="100")["rate"])

    def send(self, message: Outgoing) -> Answer:
        if message.is_stale:
            return Answer(Outcome.REFUSED, reason="stale")
        head = f"{message.name}  {message.subject}".rstrip()
        # In one piece: several threads print
        sys.stdout.write(f"--- {head}\n{message.text}\n")
        sys.stdout.flush()  # a log file would get it 8 kB later
        return Answer(Outcome.ACCEPTED, reference=message.name)
