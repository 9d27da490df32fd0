"""What providers tell of their own accord: by webhook, or on an SMPP session."""

from dataclasses import dataclass, field
from datetime import datetime

from outreach.models import Channel


@dataclass(frozen=True, slots=True)
class Receipt:
    """What became of a message: ``name`` is ours, where the provider echoes it, else ``reference`` is theirs."""

    delivered: bool
    code: str
    name: str = ""
    reference: str = ""


@dataclass(frozen=True, slots=True)
class Reply:
    """What a person wrote back. ``said_at`` is the provider's word for when, where it has one.

    ``reference`` is what the provider tells this reply from others by, as it stands in every telling of it: its own id
    for it and its moment, also one that cannot be read. Empty where ``said_at`` is all there is, or nothing.
    """

    channel: Channel
    address: str = field(repr=False)
    text: str = field(repr=False)
    said_at: datetime | None = None
    reference: str = ""


Incoming = Receipt | Reply
