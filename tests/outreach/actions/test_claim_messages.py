import pytest
from django.db import connection

from members.models import Member
from outreach.actions.claim_messages import Claim, claim_messages
from outreach.models import Channel, Refusal
from tests.builders import make_consent, make_member, make_version

pytestmark = pytest.mark.django_db


def claim(*members: Member) -> list[Claim]:
    return claim_messages(members=[m.pk for m in members], channel=Channel.SMS, version_id=make_version().pk)


@pytest.mark.parametrize("blocked_until", ["-infinity", "infinity"])
def test_a_guard_that_stands_at_an_infinity_is_answered(blocked_until: str) -> None:
    """One that was made for a service message or a merge never held a month; a tombstone holds for ever."""
    member = make_member()
    make_consent(member)
    with connection.cursor() as cursor:
        cursor.execute(
            "insert into outreach_contactguard (member_id, blocked_until, merged_into) values (%s, %s, %s)",
            [member.pk, blocked_until, make_member().pk if blocked_until == "infinity" else None],
        )
    (answer,) = claim(member)
    if blocked_until == "infinity":
        assert answer == Claim(member.pk, None, Refusal.UNKNOWN_MEMBER, None)
    else:
        assert answer == Claim(member.pk, 1, None, None)
