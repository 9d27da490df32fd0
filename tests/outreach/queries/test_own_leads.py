"""Who is a lead, and who is not."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from django.utils import timezone

from members.models import Category, Member, Need
from outreach.errors import BadCursor
from outreach.queries.own_leads import Lead, own_leads
from salesapp.staff.models import AccessEntry, Employee
from tests.builders import make_category, make_member, make_product, make_purchase, make_version
from tests.conftest import Town
from tests.outreach.outcomes import put_messages

Meet = Callable[..., Member]


@pytest.fixture
def fridge(town: Town) -> Category:
    return make_category()


@pytest.fixture
def meet(town: Town, fridge: Category, alice: Employee) -> Meet:
    """A member with that need, whom somebody looked up so many days ago."""

    def _meet(
        days: float = 1,
        *,
        by: Employee = alice,
        reason: str = "counter",
        level: int = 3,
        at: datetime | None = None,
        **fields: object,
    ) -> Member:
        member = make_member(town.willow, **fields)  # type: ignore[arg-type]
        Need.objects.create(member_id=member.pk, category=fridge, level=level, score=60, reasons=[])
        look_up(by, member, days, reason, at)
        return member

    return _meet


def look_up(by: Employee, member: Member, days: float = 1, reason: str = "counter", at: datetime | None = None) -> None:
    AccessEntry.objects.create(
        employee=by,
        at=at or timezone.now() - timedelta(days=days),
        reason=reason,
        address_hash=b"h" * 16,
        member_id=member.pk,
    )


def titles(employee: Employee) -> list[str]:
    return [f"{lead.title} {lead.category}" for lead in own_leads(employee).rows]


def test_whoever_was_looked_up_and_needs_something_is_a_lead(alice: Employee, meet: Meet) -> None:
    meet(level=4)
    leads = own_leads(alice)
    (lead,) = leads.rows
    assert (lead.title, lead.category, lead.level, lead.written_to) == ("孙先生", "冰箱", 4, False)
    assert leads.counted.number == 1
    assert leads.following is None


def test_leads_are_ones_own(alice: Employee, bob: Employee, meet: Meet) -> None:
    meet(by=bob)
    assert titles(alice) == []
    assert len(titles(bob)) == 1


@pytest.mark.parametrize(
    "not_one",
    [
        {"level": 2}, {"days": 91}, {"reason": "service"}, {"reason": "audit"}, {"refuses_profiling": True},
        {"erased_at": timezone.now()},
    ],
)  # fmt: skip
def test_no_lead_without_a_strong_need_of_lately_that_may_be_used(
    alice: Employee, meet: Meet, not_one: dict[str, object]
) -> None:
    meet(**not_one)
    assert titles(alice) == []


def test_who_has_bought_it_since_is_none_any_more(alice: Employee, meet: Meet, fridge: Category) -> None:
    premium = make_category("premium-fridge", "高端冰箱", premium_of=fridge)
    washer = make_category("washer", "洗衣机")
    today = timezone.localdate()
    for category, day in (
        (fridge, today), (premium, today), (fridge, today - timedelta(days=1)),  # these ended it
        (fridge, today - timedelta(days=2)), (washer, today),
    ):  # fmt: skip
        make_purchase(meet(), make_product(f"M-{category.code}", category), day)
    assert len(titles(alice)) == 2


def test_each_need_is_a_lead_and_the_last_meeting_counts(alice: Employee, meet: Meet, town: Town) -> None:
    washer = make_category("washer", "洗衣机")
    sun = meet(days=40)
    Need.objects.create(member_id=sun.pk, category=washer, level=4, score=90, reasons=[])
    look_up(alice, sun, days=3)
    zhao = meet(days=20, surname="赵")
    make_version()
    put_messages(alice, [zhao.pk], make_version(), at=timezone.now() - timedelta(days=2))
    assert titles(alice) == ["赵先生 冰箱", "孙先生 冰箱", "孙先生 洗衣机"]
    assert [lead.written_to for lead in own_leads(alice).rows] == [True, False, False]


def test_a_message_that_never_left_is_no_meeting(alice: Employee, meet: Meet) -> None:
    member = meet(days=100)
    put_messages(alice, [member.pk], make_version(), state=5)
    assert titles(alice) == []


def test_who_was_merged_is_a_lead_as_who_they_are_now(alice: Employee, meet: Meet) -> None:
    first, second, last = meet(days=5), meet(days=4), meet(days=3)
    Member.objects.filter(pk=first.pk).update(merged_into=second.pk)
    Member.objects.filter(pk=second.pk).update(merged_into=last.pk, surname="钱")
    Need.objects.filter(member_id__in=[first.pk, second.pk]).delete()
    assert titles(alice) == ["孙先生 冰箱"]


def test_nothing_of_a_lead_leads_to_a_person(alice: Employee, meet: Meet) -> None:
    meet(surname="孙悟空")
    (lead,) = own_leads(alice).rows
    assert set(Lead.__slots__) == {"title", "category", "level", "at", "written_to"}
    assert lead.title == "孙先生"


@pytest.mark.parametrize("cursor", ["x", "1", "1.", ".1", "1.x", "9" * 17 + ".1", "1.2.3"])
def test_a_foreign_cursor_is_refused(alice: Employee, cursor: str) -> None:
    with pytest.raises(BadCursor):
        own_leads(alice, after=cursor)


def test_leads_of_one_moment_are_told_apart(alice: Employee, meet: Meet) -> None:
    moment = timezone.now()
    for _ in range(7):
        meet(at=moment)
    seen, after = 0, None
    for _ in range(4):
        leads = own_leads(alice, after=after, limit=2)
        seen, after = seen + len(leads.rows), leads.following
    assert (seen, after) == (7, None)
