"""What every channel does: take one message to its provider, once, and say what is known of it afterwards."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import IntEnum
from typing import Protocol

from django.utils import timezone

# A message leaves within this of its hand-over or not at all: a process may have been frozen in between, and
# the member's month counts from a little after the hand-over (call_max, 15 minutes)
STALE_SECONDS = 60


class Outcome(IntEnum):
    """What an answer means; the numbers are the states of a message.

    REFUSED is said only where the provider documents that nothing was accepted: the member's month is given
    back then. Everything that is not certain either way is UNKNOWN, which keeps the month and is never sent again.
    """

    ACCEPTED = 2
    UNKNOWN = 3
    REFUSED = 4


@dataclass(frozen=True, slots=True)
class Answer:
    """``reference`` is the provider's own name of the message, ``reason`` its code or ours; nothing personal."""

    outcome: Outcome
    reference: str = ""
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Outgoing:
    """One message as it leaves. ``name`` is ours for it: opaque, what receipts and replies are matched by."""

    name: str
    address: str = field(repr=False)
    subject: str
    text: str = field(repr=False)
    # For providers that hold the texts themselves: their template's id and the values of its placeholders
    provider_code: str
    parameters: Mapping[str, str] = field(repr=False)
    unsubscribe_url: str = field(repr=False)
    # Requests are signed with this time, so that a frozen process cannot send late (reliability: call_max)
    handed_over_at: datetime
    # From the hand-over to the end of the hours it may arrive in; None for a message that may arrive at any
    valid_seconds: int | None = None

    @property
    def seconds_left(self) -> int | None:
        """How long from now on the provider may keep trying, where it can be told; None for as long as it does."""
        return None if self.valid_seconds is None else int(self.valid_seconds - max(0.0, self._seconds_old))

    @property
    def is_stale(self) -> bool:
        """It may not leave any more; also where this machine's clock is not the database's, to either side."""
        left = self.seconds_left
        return abs(self._seconds_old) > STALE_SECONDS or (left is not None and left < 1)

    @property
    def _seconds_old(self) -> float:
        return (timezone.now() - self.handed_over_at).total_seconds()


class MessageChannel(Protocol):
    """A provider behind one of the channels. One instance a process, used by several threads."""

    provider: str  # its name in the ledger and in the settings of rates
    per_second: float  # messages a second that the provider takes from all workers together

    def send(self, message: Outgoing) -> Answer:
        """One attempt, with time-outs that end within ``call_max``. Never raises, never tries again."""
        ...
