"""What can go wrong in the staff's work. Status codes are in salesapp/errors.py."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.utils.functional import Promise


class BadCursor(Exception):
    """The page's cursor is none that this list gave."""


class BadBaseMap(Exception):
    """The settings name no base map that can be drawn. The text is a reason for administrators."""


@dataclass(frozen=True, slots=True)
class Finding:
    """What is wrong with one field, for programs and for readers; nothing of its value."""

    field: str
    code: str
    detail: str | Promise


class WordingRefused(Exception):
    """A text breaks the rules for what is sent. Tells fields and codes, nothing of the text."""

    def __init__(self, findings: Sequence[Finding]) -> None:
        super().__init__(*(f"{finding.field}: {finding.code}" for finding in findings))
        self.findings = findings


class FactMissing(Exception):
    """A template asks for a value that is not known for this message."""


class NotComposable(Exception):
    """A claimed message can never leave. Its text is a reason for the ledger."""


class NotApprovable(Exception):
    """The version was approved already, or nobody may approve what they wrote themselves."""


class NothingToWrite(Exception):
    """No approved template fits what is known of the member's need."""


class NotWritable(Exception):
    """The member may not be written to on the channel now.

    ``refusal`` is one of outreach.models.Refusal. Of a used month it tells when the member was contacted or that a
    message to them waits (``under_way``), where either explains it, and when they are free again, where that is known.
    """

    def __init__(
        self,
        refusal: str,
        channel: int,
        *,
        contacted_at: datetime | None = None,
        free_at: datetime | None = None,
        under_way: bool = False,
    ) -> None:
        super().__init__(refusal)
        self.refusal, self.channel = refusal, channel
        self.contacted_at, self.free_at, self.under_way = contacted_at, free_at, under_way


class BadRequestKey(Exception):
    """The header Idempotency-Key is missing, or not 1 to 100 visible ASCII characters."""


class RequestKeyReused(Exception):
    """The Idempotency-Key came before with another request."""


class MayNotExport(Exception):
    """The employee may not act for members, or has left."""


class DraftUnreadable(Exception):
    """What a phone kept cannot be opened, or is no draft of this employee's."""


class DraftExpired(Exception):
    """A draft waited on the phone for longer than messages are kept."""


class BadChannelUrl(Exception):
    """A channel's address in the settings cannot be used. Says what is missing, repeats nothing of it."""


class ChannelNotSetUp(Exception):
    """No provider is named for the channel."""


class NothingLeft(Exception):
    """The provider was not reached: not a byte of the message left. Its text is a reason for the ledger."""


class BadSignature(Exception):
    """A webhook's body is not signed as its provider signs, or not of these minutes."""


class UnreadableBody(Exception):
    """A signed body is not what its provider sends."""


class BroadcastRefused(Exception):
    """A broadcast cannot be planned like that. ``finding`` says which field is to blame, and nothing of its value."""

    def __init__(self, finding: Finding) -> None:
        super().__init__(f"{finding.field}: {finding.code}")
        self.finding = finding


class WrongState(Exception):
    """The broadcast is no longer in a state from which that is possible."""


class OwnBroadcast(Exception):
    """Nobody approves what they planned themselves."""
