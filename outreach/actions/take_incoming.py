from outreach.actions.record_receipt import record_receipt
from outreach.actions.record_reply import record_reply
from outreach.channels.incoming import Incoming, Receipt


def take_incoming(*, provider: str, event: Incoming) -> bool:
    """What a provider tells of its own accord, by webhook or on a session. False where it changed nothing."""
    if isinstance(event, Receipt):
        return record_receipt(provider=provider, receipt=event)
    return record_reply(reply=event)
