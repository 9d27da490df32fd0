"""One's own messages with what came of them."""

from datetime import timedelta

import pytest
from django.utils import timezone

from members.actions.record_consent import record_consent
from members.models import Category, Consent, Member
from outreach.models import Delivery, TemplateVersion
from outreach.queries.own_messages import (
    OwnMessage,
    Sums,
    Which,
    count_own_messages,
    monday_of,
    own_messages,
    own_weeks,
)
from salesapp.staff.models import Employee
from tests.builders import make_category, make_member, make_product, make_purchase, make_version
from tests.conftest import Town
from tests.outreach.outcomes import put_messages, put_purchases, put_replies


@pytest.fixture
def fridge(town: Town) -> Category:
    return make_category()


@pytest.fixture
def version(town: Town) -> TemplateVersion:
    return make_version()


def people(number: int) -> list[int]:
    return [make_member().pk for _ in range(number)]


def rows(employee: Employee, which: Which = Which.ALL) -> list[OwnMessage]:
    return own_messages(employee, which=which)[0]


def test_what_a_message_is_about_is_what_was_written_or_the_templates(
    alice: Employee, fridge: Category, version: TemplateVersion
) -> None:
    washer = make_category("washer", "洗衣机")
    put_messages(alice, people(1), version, at=timezone.now() - timedelta(hours=3))
    put_messages(alice, people(1), version, at=timezone.now() - timedelta(hours=2), about=fridge)
    put_messages(alice, people(1), make_version(category=washer), at=timezone.now() - timedelta(hours=1))
    assert [row.category for row in rows(alice)] == ["洗衣机", "冰箱", ""]


def test_a_receipt_has_the_last_word(alice: Employee, version: TemplateVersion) -> None:
    (member,) = people(1)
    put_messages(alice, [member], version)
    Delivery.objects.create(member_id=member, no=1, state=Delivery.State.DELIVERED, reported_at=timezone.now())
    assert rows(alice)[0].state == Delivery.State.DELIVERED


def test_an_opt_out_is_no_reply(alice: Employee, version: TemplateVersion) -> None:
    glad, cross = people(2)
    put_messages(alice, [glad, cross], version)
    put_replies([glad])
    put_replies([cross], opt_out=True)
    record_consent(member_id=cross, channel=1, purpose=1, given=False, source=Consent.Source.REPLY)
    assert len(rows(alice, Which.ANSWERED)) == 1
    assert own_weeks(alice)[monday_of(timezone.localdate())] == Sums(messages=2, replies=1, opted_out=1, sales=0)


@pytest.mark.parametrize(
    ("code", "days", "sold"),
    [
        ("fridge", 0, 1), ("fridge", 30, 1), ("fridge", 31, 0), ("fridge", -1, 0), ("premium-fridge", 5, 1),
        ("washer", 5, 0),
    ],
)  # fmt: skip
def test_a_sale_is_a_purchase_of_it_within_thirty_days(
    alice: Employee, fridge: Category, version: TemplateVersion, code: str, days: int, sold: int
) -> None:
    bought = {
        "fridge": fridge, "premium-fridge": make_category("premium-fridge", "高端冰箱", premium_of=fridge),
        "washer": make_category("washer", "洗衣机"),
    }[code]  # fmt: skip
    at = timezone.now() - timedelta(days=40)
    member = make_member()
    put_messages(alice, [member.pk], version, at=at, about=fridge)
    make_purchase(member, make_product("X", bought), timezone.localdate(at) + timedelta(days=days))
    assert count_own_messages(alice, Which.SOLD).number == len(rows(alice, Which.SOLD)) == sold
    assert (rows(alice)[0].bought_on is not None) == bool(sold)
    assert own_weeks(alice)[monday_of(timezone.localdate(at))].sales == sold


def test_a_sale_of_who_the_member_is_now_counts(alice: Employee, fridge: Category, version: TemplateVersion) -> None:
    first, second, last = (make_member() for _ in range(3))
    put_messages(alice, [first.pk], version, about=fridge)
    Member.objects.filter(pk=first.pk).update(merged_into=second.pk)
    Member.objects.filter(pk=second.pk).update(merged_into=last.pk)
    make_purchase(last, make_product("X", fridge), timezone.localdate())
    assert len(rows(alice, Which.SOLD)) == 1


def test_what_never_left_sells_nothing(alice: Employee, fridge: Category, version: TemplateVersion) -> None:
    members = people(2)
    put_messages(alice, members, version, state=5, about=fridge)
    put_purchases(members, make_product("X", fridge))
    assert rows(alice, Which.SOLD) == []
    assert own_weeks(alice) == {}
    assert count_own_messages(alice, Which.ALL).number == 2


def test_nobody_sees_anothers(alice: Employee, bob: Employee, version: TemplateVersion) -> None:
    put_messages(alice, people(1), version)
    assert rows(bob) == []
    assert own_weeks(bob) == {}
