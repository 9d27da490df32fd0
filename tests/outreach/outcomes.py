"""One-to-one messages of an employee, and what came of them, put there past the guard's functions."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db import connection
from django.utils import timezone

from members.models import Category, Product, Purchase
from outreach.models import Message, MessageText, Reply, TemplateVersion
from salesapp.staff.models import Employee

ACCEPTED = Message.State.ACCEPTED


def put_messages(
    sender: Employee,
    member_ids: Sequence[int],
    version: TemplateVersion,
    *,
    at: datetime | None = None,
    state: int = ACCEPTED,
    about: Category | None = None,
    apart: timedelta = timedelta(0),
    to_one: bool = False,
) -> None:
    """One to each, handed over at that moment where its state says so, or each so long before the one before it.

    Their first messages; one after the other where all are ``to_one`` member.
    """
    at = at or timezone.now() - timedelta(hours=1)
    left = state in {Message.State.SENDING, ACCEPTED, Message.State.UNKNOWN}
    with connection.cursor() as cursor:
        cursor.execute(
            "insert into outreach_message (member_id, no, channel, state, service, version_id, sender_id, claimed_at,"
            " send_by, handover_at)"
            " select id, case when %(to_one)s then place else 1 end, 1, %(state)s, false, %(version)s, %(sender)s, at,"
            " at + interval '1 day', case when %(left)s then at end"
            " from unnest(%(ids)s::bigint[]) with ordinality asked (id, place)"
            " cross join lateral ("
            "   select %(at)s::timestamptz - (place - 1) * %(apart)s * interval '1 second') moment (at)",
            {
                "to_one": to_one, "state": int(state), "version": version.pk, "sender": sender.pk, "left": left,
                "ids": list(member_ids), "at": at, "apart": apart.total_seconds(),
            },
        )  # fmt: skip
    if about is not None:
        MessageText.objects.bulk_create(
            MessageText(member_id=each, no=1, subject="", text="", parameters={}, category=about) for each in member_ids
        )


def put_replies(member_ids: Sequence[int], *, opt_out: bool = False, at: datetime | None = None) -> None:
    Reply.objects.bulk_create(
        Reply(member_id=each, channel=1, at=at or timezone.now(), is_opt_out=opt_out, no=1) for each in member_ids
    )


def put_purchases(member_ids: Sequence[int], product: Product, day: datetime | None = None) -> None:
    Purchase.objects.bulk_create(
        Purchase(
            member_id=each, system="test", record_key=f"outcome-{each}", product=product, category=product.category,
            channel="store", bought_on=timezone.localdate(day), household=-each,
        )
        for each in member_ids
    )  # fmt: skip
