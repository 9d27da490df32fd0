from outreach.message_token import read_token
from outreach.models import Channel, Message


def link_channel(name: str) -> Channel | None:
    """The channel of the message whose links have this name; None where it is not on file any more.

    Raises NotAToken.
    """
    found = Message.objects.filter(pk=read_token(name)).values_list("channel", flat=True).first()
    return None if found is None else Channel(found)
