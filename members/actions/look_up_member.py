"""The counter's use case: a number is typed, a masked portrait comes back, and it is on record."""

import random
from collections.abc import Sequence
from typing import Any

from django.db import connection

from geo.sql import load
from members.phone import PhoneNumber
from members.queries.catalogue import highest_member_id
from members.queries.portrait import Portrait, build_portrait
from salesapp.staff.actions.allow_look_up import allow_look_up
from salesapp.staff.models import Employee


def look_up_member(*, by: Employee, phone: str, reason: str) -> Portrait:
    """The masked portrait of whoever has this number; the look-up is recorded in the same transaction.

    A number of nobody, of an erased member and of one who refuses profiling give the same answer after the
    same work. ``reason`` is one of AccessEntry.Reason.

    Raises NotAPhoneNumber, which counts as no look-up, LookUpsHeld, TooManyRequests, LimiterUnavailable (it does not
    open when Redis is down); then nothing was read.
    """
    number = PhoneNumber.parse(phone)
    allow_look_up(by=by)
    return build_portrait(number, _read_and_record(by, number, reason))


def _read_and_record(by: Employee, number: PhoneNumber, reason: str) -> Sequence[Any] | None:
    """The row of members/sql/look_up.sql; None while there are no members at all."""
    hashes = number.bidx_to_ask
    with connection.cursor() as cursor:
        cursor.execute(
            load("members", "look_up"),
            {
                "bidx": hashes[0],
                "hashes": hashes,
                "thousand": number.thousand,
                "decoy": random.randint(0, highest_member_id()),  # noqa: S311 - spreads them, guards nothing
                "employee": by.pk,
                "store": by.store_id,
                "reason": reason,
            },
        )
        row: Sequence[Any] | None = cursor.fetchone()
    return row
