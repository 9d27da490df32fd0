"""What is said of a member who is held: what explains it, or nothing but until when."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.utils import timezone, translation

from members.actions.merge_members import merge_members
from members.actions.undo_merge import undo_merge
from members.models import Member
from outreach.actions.claim_messages import claim_messages
from outreach.models import Channel, Message, Refusal
from outreach.queries.month_used import month_used, not_writable
from outreach.refusal_words import in_words
from tests.builders import make_consent, make_member, make_version
from tests.outreach.conftest import SetClock

pytestmark = pytest.mark.django_db

AUGUST = datetime(2026, 8, 3, 4, tzinfo=UTC)
NOVEMBER = datetime(2026, 11, 23, 4, tzinfo=UTC)


@pytest.fixture
def members() -> tuple[Member, Member]:
    both = make_member(phone="15400001234"), make_member(phone="15400001235")
    for member in both:
        make_consent(member)
    return both


def claim(member: Member) -> None:
    (granted,) = claim_messages(members=[member.pk], channel=Channel.SMS, version_id=make_version().pk)
    assert granted.refusal is None


def send(member: Member) -> None:
    claim(member)
    no = Message.objects.filter(member_id=member.pk).latest("no").no
    with connection.cursor() as cursor:
        cursor.execute("select * from outreach_hand_over(%s, %s, 1)", [member.pk, no])
        cursor.execute("select outreach_settle(%s, %s, 2::smallint, 'x', 'y', null)", [member.pk, no])


def said(member: Member, language: str = "zh-hans") -> str:
    """To who would write now; the counter's page says the same."""
    (refused,) = claim_messages(members=[member.pk], channel=Channel.SMS, version_id=make_version().pk)
    assert refused.refusal is Refusal.MONTH_USED
    with translation.override(language):
        return str(in_words(not_writable(member.pk, refused.refusal, Channel.SMS, refused.free_at)))


def test_a_message_that_waits_has_no_date_of_one_that_was_over(
    members: tuple[Member, Member], set_clock: SetClock
) -> None:
    member, _ = members
    set_clock(AUGUST)
    send(member)
    assert said(member) == "已在8月3日联系过，9月3日后可再联系。"
    set_clock(NOVEMBER)
    claim(member)
    assert said(member) == "已有消息正在发往该会员，12月25日后可再联系。"


def test_a_hold_that_no_hand_over_explains_has_no_date_of_an_older_one(
    members: tuple[Member, Member], set_clock: SetClock
) -> None:
    member, _ = members
    set_clock(AUGUST)
    send(member)
    until = datetime(2026, 12, 25, 4, tzinfo=UTC)
    with connection.cursor() as cursor:
        cursor.execute("update outreach_contactguard set blocked_until = %s", [until])
    set_clock(NOVEMBER)
    assert said(member) == "暂时不能联系该会员，12月25日后可再联系。"
    assert said(member, "en") == "This customer cannot be written to yet. It is possible after 25 Dec."


def test_a_message_of_unknown_outcome_explains_the_whole_hold(
    members: tuple[Member, Member], set_clock: SetClock
) -> None:
    """Handed over as soon as it was claimed, and held as if it had been at the lease's end."""
    member, _ = members
    set_clock(NOVEMBER)
    claim(member)
    with connection.cursor() as cursor:
        cursor.execute("select * from outreach_hand_over(%s, 1, 1)", [member.pk])
    assert said(member) == "已在11月23日联系过，12月25日后可再联系。"


def test_after_a_merge_the_date_is_that_of_whoever_was_written_to(
    members: tuple[Member, Member], set_clock: SetClock
) -> None:
    loser, winner = members
    set_clock(NOVEMBER)
    send(loser)
    merge_members(loser=loser.pk, winner=winner.pk, by=None, reason="same")
    assert said(winner) == "已在11月23日联系过，12月24日后可再联系。"
    undo_merge(loser=loser.pk, by=None, reason="two")
    assert said(loser) == "已在11月23日联系过，12月24日后可再联系。"
    assert said(winner) == "暂时不能联系该会员，12月24日后可再联系。"


def test_the_counter_says_the_same(members: tuple[Member, Member]) -> None:
    member, other = members
    until = timezone.now() + timedelta(days=20)
    with connection.cursor() as cursor:
        cursor.execute(
            "insert into outreach_contactguard (member_id, blocked_until) values (%s, %s)", [other.pk, until]
        )
    claim(member)
    for each in members:
        shown = month_used(each.pk)
        assert shown is not None
        with translation.override("zh-hans"):
            assert str(in_words(shown)) == said(each)
