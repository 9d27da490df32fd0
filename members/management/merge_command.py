"""What the commands that merge and part members share."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.core.management.base import CommandError, CommandParser

from members.errors import CannotMerge
from members.models import Member, MemberMerge
from members.public_id import NotAPublicId, member_id
from members.vault import NoDataKey


def add_reason(parser: CommandParser) -> None:
    longest = MemberMerge._meta.get_field("reason").max_length

    def reason(text: str) -> str:
        if not 0 < len(text) <= (longest or 0):
            raise ValueError
        return text

    parser.add_argument("--reason", required=True, type=reason, help=f"why, in up to {longest} characters")


def id_of(text: str) -> int:
    """Raises CommandError."""
    try:
        return member_id(text)
    except NotAPublicId:
        raise CommandError("this is no member's id") from None


@contextmanager
def as_sentences() -> Iterator[None]:
    try:
        yield
    except Member.DoesNotExist:
        raise CommandError("there is no such member") from None
    except CannotMerge as error:
        raise CommandError(str(error)) from None
    except NoDataKey:
        raise CommandError("DATA_KEYS is not set, or lacks the key that the addresses were encrypted with") from None
