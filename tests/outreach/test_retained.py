from datetime import datetime, timedelta

import pytest
from django.db import connection
from django.db.models import F
from django.utils import timezone

from geo.retention import declared
from members.models import Member
from outreach.models import Click, ContactGuard, Delivery, Message, MessageText, Recipient, Reply, SentCode
from outreach.models.broadcast import LONGEST
from outreach.queries.broadcasts import RESULTS_GROW
from salesapp.staff.models import Employee
from tests.builders import make_broadcast, make_category, make_member
from tests.conftest import Town
from tests.retention import around, gone

pytestmark = pytest.mark.django_db


def write(member: Member, no: int, settled_at: datetime | None) -> None:
    """A message with all that belongs to one."""
    moment = settled_at or timezone.now()
    with connection.cursor() as cursor:
        cursor.execute(
            "insert into outreach_message (member_id, no, state, channel, service, version_id, claimed_at, send_by,"
            " handover_at, settled_at) values (%s, %s, %s, 1, false, 1, %s, %s, %s, %s)",
            [member.pk, no, 2 if settled_at else 0, moment, moment, settled_at, settled_at],
        )
    MessageText.objects.create(member_id=member.pk, no=no, subject="", text="孙先生您好", parameters={})
    Delivery.objects.create(member_id=member.pk, no=no, state=1, reported_at=moment)
    Click.objects.create(member_id=member.pk, no=no, first_at=moment)
    Reply.objects.create(member_id=member.pk, channel=1, at=moment, is_opt_out=False, no=no)
    SentCode.objects.create(member_id=member.pk, handed_over_at=moment)


def test_texts_go_before_the_messages_and_what_waits_stays() -> None:
    member = make_member()
    for no, moment in enumerate((*around("message_texts"), None), 1):
        write(member, no, moment)
    assert gone("message_texts") == {"outreach_messagetext": 1}
    assert list(MessageText.objects.order_by("no").values_list("no", flat=True)) == [2, 3]
    assert Message.objects.count() == 3


def test_old_messages_go_with_what_was_told_of_them_and_the_guard_stays() -> None:
    member = make_member()
    with connection.cursor() as cursor:
        cursor.execute("insert into outreach_contactguard values (%s, now(), 3, 3, null)", [member.pk])
    for no, moment in enumerate((*around("messages"), None), 1):
        write(member, no, moment)
    assert gone("messages") == {
        "outreach_message": 1, "outreach_delivery": 1, "outreach_click": 1, "outreach_sentcode": 1,
    }  # fmt: skip
    assert list(Message.objects.order_by("no").values_list("no", flat=True)) == [2, 3]
    assert ContactGuard.objects.get().last_no == 3


def test_old_replies_go() -> None:
    member = make_member()
    for no, moment in enumerate(around("replies"), 1):
        write(member, no, moment)
    assert gone("replies") == {"outreach_reply": 1}


def test_a_text_without_a_message_goes() -> None:
    member = make_member()
    write(member, 1, around("messages")[0])
    Message.objects.all().delete()
    assert gone("message_texts") == {"outreach_messagetext": 1}


def test_recipients_go_after_their_broadcast(mei: Employee, town: Town) -> None:
    member = make_member(town.willow)
    for moment in around("recipients"):
        broadcast = make_broadcast(mei, make_category(), starts_at=moment - timedelta(days=1), ends_at=moment)
        Recipient.objects.create(
            member_id=member.pk, broadcast=broadcast, community_id=town.willow.pk, state=Recipient.State.HELD_OUT
        )
    assert gone("recipients") == {"outreach_recipient": 1}
    assert Recipient.objects.annotate(ended=F("broadcast__ends_at")).get().ended > around("recipients")[0]


def test_nothing_of_the_ledger_goes_within_a_month_or_while_results_grow() -> None:

    for name in ("messages", "recipients", "replies"):
        rule = declared(name)
        assert rule
        assert timedelta(days=rule.least) > max(RESULTS_GROW + LONGEST, timedelta(hours=744))
