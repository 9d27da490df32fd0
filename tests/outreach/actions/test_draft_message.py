from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils.translation import override
from pytest_django import Settings

from members.models import Member, Need, NeighbourList, Product
from members.queries.catalogue import forget_catalogue
from outreach.actions.draft_message import Draft, draft_message
from outreach.errors import NothingToWrite
from outreach.models import Channel, ContactGuard, Message, Refusal
from outreach.queries.rendering import wording_of
from outreach.wording import check_edited
from salesapp.staff.errors import TooManyRequests
from salesapp.staff.models import AccessEntry, Employee
from tests.builders import make_category, make_product, make_purchase
from tests.outreach.conftest import looked_up
from tests.outreach.templates import make_template, make_version

PLAIN = "您好，我是{store}的{salesperson}，欢迎来看{category}。{link} 退订{unsubscribe} 拒收请回复R"
NEIGHBOURS = PLAIN.replace("欢迎", "邻居常选{neighbour_product}，欢迎")


def neighbours_bought(model: str, category: str = "fridge", place: int = 0) -> None:
    kind = make_category(category)
    product = make_product(model, kind)
    NeighbourList.objects.create(
        place_id=place, category_id=kind.pk, products=[product.pk], levels=[3], totals=[9.0] * 4,
        households=[[9, 9, 9, 9]], weights=[[1.0, 1.0, 1.0, 1.0]], as_of="2026-11-01", half_life_years=5, shrink=1,
    )  # fmt: skip
    forget_catalogue()


def draft(by: Employee, member: Member, **fields: object) -> Draft:
    return draft_message(by=by, member=looked_up(by, member), **fields)  # type: ignore[arg-type]


def test_the_text_is_about_the_strongest_need(alice: Employee, sun: Member) -> None:
    make_version(make_template("plain"), PLAIN)
    hood = make_category("hood", "油烟机")
    Need.objects.create(member_id=sun.pk, category=hood, level=2, score=90, reasons=[])
    found = draft(alice, sun)
    assert found.text == "您好，我是北岸一店的alice，欢迎来看冰箱。{link} 退订{unsubscribe} 拒收请回复R"
    assert found.ending == "{link} 退订{unsubscribe} 拒收请回复R"
    assert (found.channel, found.editable, found.channels) == (Channel.SMS, True, {Channel.SMS: None})
    assert "油烟机" in draft(alice, sun, category_id=hood.pk).text


def test_a_category_that_is_not_needed_is_not_written_about(alice: Employee, sun: Member) -> None:
    make_version(make_template("plain"), PLAIN)
    with pytest.raises(Need.DoesNotExist):
        draft(alice, sun, category_id=make_category("tv", "电视").pk)
    Need.objects.all().delete()
    with pytest.raises(Need.DoesNotExist):
        draft(alice, sun)


def test_the_neighbours_model_is_named_where_it_is_known(alice: Employee, sun: Member) -> None:
    make_version(make_template("a-plain"), PLAIN)
    make_version(make_template("b-neighbours"), NEIGHBOURS)
    assert "邻居" not in draft(alice, sun).text
    neighbours_bought("HC-420", place=sun.community_id or 0)
    assert "邻居常选海澄 HC-420" in draft(alice, sun).text


def test_nobody_is_told_to_buy_what_stands_at_home(alice: Employee, sun: Member) -> None:
    make_version(make_template("a-plain"), PLAIN)
    make_version(make_template("b-neighbours"), NEIGHBOURS)
    neighbours_bought("HC-420", place=sun.community_id or 0)
    bought = NeighbourList.objects.get(place_id=sun.community_id or 0)
    make_purchase(sun, Product.objects.get(model="HC-420"))
    assert "邻居" not in draft(alice, sun).text
    other = make_product("HC-520", bought.category)
    NeighbourList.objects.filter(pk=bought.pk).update(
        products=[*bought.products, other.pk], levels=[3, 3], households=[[9, 9, 9, 9]] * 2,
        weights=[[1.0, 1.0, 1.0, 1.0]] * 2,
    )  # fmt: skip
    forget_catalogue()
    assert "邻居常选海澄 HC-520" in draft(alice, sun).text


def test_a_template_of_the_category_comes_first_and_one_of_another_never(alice: Employee, sun: Member) -> None:
    make_version(make_template("a", category=make_category("tv", "电视")), PLAIN)
    with pytest.raises(NothingToWrite):
        draft(alice, sun)
    make_version(make_template("b"), PLAIN)
    own = make_version(make_template("z", category=make_category()), PLAIN)
    assert draft(alice, sun).version == own


def test_it_is_in_the_readers_language_where_there_is_one(alice: Employee, sun: Member) -> None:
    english = PLAIN.replace("拒收请回复R", "Reply R to opt out")
    make_version(make_template("a", language="en"), english)
    make_version(make_template("b"), PLAIN)
    with override("zh-hans"):
        assert draft(alice, sun).text.startswith("您好")
        assert "冰箱" in draft(alice, sun).text
    with override("en"):
        assert "Fridge" in draft(alice, sun).text


@pytest.mark.parametrize(
    "wrong", [{"service": True}, {"is_active": False}, {"approved_by": None, "approved_at": None}], ids=str
)
def test_service_switched_off_and_unapproved_texts_are_no_drafts(
    alice: Employee, sun: Member, wrong: dict[str, object]
) -> None:
    of_version = {name: value for name, value in wrong.items() if name.startswith("approved")}
    of_template = {name: value for name, value in wrong.items() if name not in of_version}
    make_version(make_template("a", Channel.SMS, **of_template), PLAIN, **of_version)
    with pytest.raises(NothingToWrite):
        draft(alice, sun)


def test_an_open_channel_is_preferred_and_the_others_say_why_not(alice: Employee, sun: Member) -> None:
    make_version(make_template("sms"), PLAIN)
    make_version(make_template("wechat", Channel.WECHAT), PLAIN)
    found = draft(alice, sun)
    assert found.channel == Channel.SMS
    refused = found.channels[Channel.WECHAT]
    assert refused is not None
    assert refused.refusal == Refusal.NO_ADDRESS
    assert found.channels[Channel.SMS] is None
    asked = draft(alice, sun, channel=Channel.WECHAT)
    assert asked.channel == Channel.WECHAT
    assert set(asked.channels) == {Channel.SMS, Channel.WECHAT}


def test_where_none_is_open_there_is_a_draft_and_the_reason(alice: Employee, sun: Member, night: None) -> None:
    make_version(make_template("sms"), PLAIN)
    make_version(make_template("wechat", Channel.WECHAT), PLAIN)
    found = draft(alice, sun)
    # On WeChat it will not be possible in the morning either
    assert found.channel == Channel.SMS
    refused = found.channels[Channel.SMS]
    assert refused is not None
    assert refused.refusal == Refusal.QUIET_HOURS


def test_drafting_uses_nothing_up(alice: Employee, sun: Member) -> None:
    make_version(make_template("sms"), PLAIN)
    for _ in range(3):
        assert draft(alice, sun).channels == {Channel.SMS: None}
    assert not Message.objects.exists()
    assert not ContactGuard.objects.exists()


def test_only_who_looked_the_member_up_within_half_an_hour(alice: Employee, bob: Employee, sun: Member) -> None:
    make_version(make_template("sms"), PLAIN)
    name = looked_up(alice, sun)
    with pytest.raises(Member.DoesNotExist):
        draft_message(by=bob, member=name)
    with connection.cursor() as cursor:
        cursor.execute("alter table staff_accessentry disable trigger staff_accessentry_no_change")
        cursor.execute("update staff_accessentry set at = now() - interval '29 minutes'")
    draft_message(by=alice, member=name)
    AccessEntry.objects.update(at=AccessEntry.objects.get().at - timedelta(minutes=2))
    with pytest.raises(Member.DoesNotExist):
        draft_message(by=alice, member=name)


@pytest.mark.parametrize("name", ["", "x", "q0Ro8zUa1bEw2XkZ5vYt7g", "孙先生", "!" * 22])
def test_what_is_no_member_is_not_found(alice: Employee, sun: Member, name: str) -> None:
    with pytest.raises(Member.DoesNotExist):
        draft_message(by=alice, member=name)


@pytest.mark.parametrize(
    "change", [{"refuses_profiling": True}, {"erased_at": "2026-01-01T00:00Z"}, {"merged_into": 7}]
)
def test_whom_a_look_up_no_longer_shows_is_not_found(alice: Employee, sun: Member, change: dict[str, object]) -> None:
    make_version(make_template("sms"), PLAIN)
    name = looked_up(alice, sun)
    Member.objects.filter(pk=sun.pk).update(**change)
    with pytest.raises(Member.DoesNotExist):
        draft_message(by=alice, member=name)


def test_drafts_are_limited(alice: Employee, sun: Member, settings: Settings) -> None:
    settings.LOOKUP_LIMITS = ["1/d"]
    make_version(make_template("sms"), PLAIN)
    draft(alice, sun)
    with pytest.raises(TooManyRequests):
        draft(alice, sun)


def test_every_draft_may_be_sent_as_it_is(alice: Employee, sun: Member) -> None:
    """A value that would not be let through (a store that has its number in its name) makes no draft."""
    make_version(make_template("sms"), PLAIN)
    make_version(make_template("wechat", Channel.WECHAT), "欢迎来看{category}。{link} 退订{unsubscribe}")
    found = draft(alice, sun)
    assert check_edited(wording_of(found.version), found.text) == []
    assert alice.store is not None
    alice.store.name = "一店 15400007777"
    alice.store.save()
    assert set(draft(alice, sun).channels) == {Channel.WECHAT}


def test_a_draft_takes_few_statements(alice: Employee, sun: Member) -> None:
    for channel in Channel:
        make_version(make_template(channel.name.lower(), channel), NEIGHBOURS)
        make_version(make_template(f"{channel.name.lower()}-plain", channel), PLAIN)
    name = looked_up(alice, sun)
    draft_message(by=alice, member=name)
    with CaptureQueriesContext(connection) as queries:
        draft_message(by=alice, member=name)
    assert len(queries) <= 45
