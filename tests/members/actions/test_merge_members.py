"""Two members become one person, and two again."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from itertools import product

import pytest
from django.utils import timezone

from members import hooks, vault
from members.actions.build_community_stats import build_community_stats
from members.actions.look_up_member import look_up_member
from members.actions.merge_members import merge_members
from members.actions.record_consent import record_consent
from members.actions.rescore_needs import rescore_needs
from members.actions.undo_merge import undo_merge
from members.errors import CannotMerge
from members.hooks import MemberHook
from members.models import (
    Consent,
    ConsentState,
    ConsentWording,
    ContactPoint,
    IdentityLink,
    Member,
    MemberMerge,
    Need,
    Purchase,
    ServiceEvent,
    SourceRecord,
)  # fmt: skip
from members.public_id import public_id
from members.vault import NoDataKey, contact_place, decrypt, encrypt
from salesapp.staff.models import Employee
from tests.builders import make_category, make_member, make_product, make_purchase
from tests.conftest import Town

PHONE, OTHER_PHONE = "15400000001", "16000000002"
MONDAY = datetime(2026, 3, 2, 12, tzinfo=UTC)
TUESDAY = MONDAY + timedelta(days=1)
SMS, EVERY = Consent.Channel.SMS, Consent.Channel.EVERY
MARKETING, PROFILING = Consent.Purpose.MARKETING, Consent.Purpose.PROFILING


def with_phone(number: str, **fields: object) -> Member:
    member = make_member(phone=number, **fields)  # type: ignore[arg-type]
    ContactPoint.objects.filter(member_id=member.pk).update(
        ciphertext=encrypt(number.encode(), contact_place(member.pk))
    )
    return member


@pytest.fixture
def pair(town: Town) -> tuple[Member, Member]:
    """(loser, winner): the first with a record, a fridge, a repair, a need and a known door, the second bare."""
    loser = with_phone(PHONE, community=town.willow, household=77, surname="孙", member_since=date(2012, 1, 1))
    winner = with_phone(OTHER_PHONE, surname="", title="f", member_since=date(2019, 1, 1))
    record = SourceRecord.objects.create(system="mall", record_key="K1", digest=b"d" * 16, payload=b"p")
    IdentityLink.objects.create(member_id=loser.pk, record=record, score=1.0, reason="same_phone")
    fridge = make_category()
    make_purchase(loser, make_product("HC-318", fridge), date(2010, 5, 1))
    ServiceEvent.objects.create(
        member_id=loser.pk, system="crm", record_key="E1", kind="repair", happened_on=date(2025, 3, 1), category=fridge
    )
    Need.objects.create(member_id=loser.pk, category=fridge, level=3, score=60, reasons=[])
    return loser, winner


@pytest.fixture
def calls() -> Iterator[list[tuple[str, int, int]]]:
    """What a hook hears."""
    heard: list[tuple[str, int, int]] = []
    hook = MemberHook(
        "test",
        on_merge=lambda loser, winner: heard.append(("merge", loser, winner)),
        on_split=lambda restored, winner: heard.append(("split", restored, winner)),
        on_erase=lambda member: None,
    )
    hooks.HOOKS.append(hook)
    yield heard
    hooks.HOOKS.remove(hook)


def merge(loser: Member, winner: Member) -> MemberMerge:
    return merge_members(loser=loser.pk, winner=winner.pk, by=None, reason="the same e-mail address")


def undo(loser: Member) -> None:
    undo_merge(loser=loser.pk, by=None, reason="two sisters")


def say(member: Member, given: bool, said_at: datetime = MONDAY, channel: int = SMS, **more: object) -> int:
    fields: dict[str, object] = {"purpose": MARKETING, "source": "form", **more}
    return record_consent(
        member_id=member.pk, channel=channel, given=given, said_at=said_at, **fields  # type: ignore[arg-type]
    )  # fmt: skip


def answer(member: Member, channel: int = SMS) -> bool | None:
    """What the state says; None where nothing was ever said."""
    states = ConsentState.objects.filter(member_id=member.pk, channel=channel, purpose=MARKETING)
    return states.values_list("given", flat=True).first()


def belongings(member: Member) -> dict[str, object]:
    """All that is a member's, as it stands in the tables."""
    member.refresh_from_db()
    points = ContactPoint.objects.filter(member_id=member.pk).order_by("bidx")
    return {
        "values": (member.surname, member.title, member.community_id, member.household, member.member_since),
        "records": set(
            IdentityLink.objects.filter(member_id=member.pk, unlinked_at=None).values_list("record_id", flat=True)
        ),
        "addresses": {decrypt(bytes(point.ciphertext), contact_place(member.pk)) for point in points},
        "purchases": set(Purchase.objects.filter(member_id=member.pk).values_list("record_key", "household")),
        "events": set(ServiceEvent.objects.filter(member_id=member.pk).values_list("record_key", flat=True)),
    }


def test_all_that_the_loser_had_is_the_winners(pair: tuple[Member, Member], town: Town, root: Employee) -> None:
    loser, winner = pair
    key = Purchase.objects.get().record_key
    merge_members(loser=loser.pk, winner=winner.pk, by=root, reason="the same e-mail address")
    assert belongings(winner) == {
        "values": ("孙", "f", town.willow.pk, 77, date(2012, 1, 1)),
        "records": {SourceRecord.objects.get().pk},
        "addresses": {PHONE.encode(), OTHER_PHONE.encode()},
        "purchases": {(key, 77)},
        "events": {"E1"},
    }
    assert not Need.objects.exists()
    loser.refresh_from_db()
    assert loser.merged_into == winner.pk
    assert IdentityLink.objects.get(member_id=winner.pk).reason == "merge"
    written = MemberMerge.objects.get()
    assert (written.loser_id, written.winner_id, written.by, written.undone_at) == (loser.pk, winner.pk, root, None)
    assert PHONE not in str(written.moved)


def test_the_losers_phone_finds_the_winner(pair: tuple[Member, Member], alice: Employee) -> None:
    loser, winner = pair
    merge(loser, winner)
    found = look_up_member(by=alice, phone=PHONE, reason="counter")
    assert found["member"]["id"] == public_id(winner.pk)
    assert found["member"]["since"] == "2012-01"
    assert found == look_up_member(by=alice, phone=OTHER_PHONE, reason="counter") | {"member": found["member"]}


def test_a_purchase_behind_an_unknown_door_follows_its_member(town: Town) -> None:
    loser, winner = make_member(town.willow), make_member(town.willow)
    sold = [make_purchase(member, make_product("HC-318", make_category())) for member in (loser, winner)]
    assert {purchase.household for purchase in sold} == {-loser.pk, -winner.pk}
    merge(loser, winner)
    assert set(Purchase.objects.values_list("household", flat=True)) == {-winner.pk}
    undo(loser)
    assert set(Purchase.objects.values_list("member_id", "household")) == {
        (loser.pk, -loser.pk), (winner.pk, -winner.pk),
    }  # fmt: skip


def test_a_winner_who_learns_the_door_takes_own_purchases_there(town: Town) -> None:
    loser, winner = make_member(town.willow, household=77), make_member(town.willow)
    make_purchase(winner, make_product("HC-318", make_category()))
    before = belongings(winner)
    merge(loser, winner)
    assert Purchase.objects.get().household == 77
    undo(loser)
    assert belongings(winner) == before


def test_an_undo_gives_back_exactly_what_moved(pair: tuple[Member, Member]) -> None:
    loser, winner = pair
    before = belongings(loser), belongings(winner)
    merge(loser, winner)
    undo(loser)
    assert (belongings(loser), belongings(winner)) == before
    assert loser.merged_into is None
    written = MemberMerge.objects.get()
    assert written.undone_reason == "two sisters"
    assert written.undone_at is not None


def test_what_came_after_the_merge_stays_with_the_winner(pair: tuple[Member, Member]) -> None:
    loser, winner = pair
    merge(loser, winner)
    winner.refresh_from_db()
    winner.surname = "李"
    winner.save()
    later = make_purchase(winner, make_product("TV-55", make_category("tv", "电视")))
    undo(loser)
    assert belongings(winner)["purchases"] == {(later.record_key, 77)}
    winner.refresh_from_db()
    assert winner.surname == "李"
    assert winner.member_since == date(2019, 1, 1)


def test_it_can_be_done_again(pair: tuple[Member, Member]) -> None:
    loser, winner = pair
    merge(loser, winner)
    undo(loser)
    merge(loser, winner)
    assert belongings(winner)["events"] == {"E1"}


@pytest.mark.parametrize(
    ("losers", "winners"), list(product([None, True, False], repeat=2)), ids=lambda given: f"{given}"
)
def test_the_stricter_consent_holds(losers: bool | None, winners: bool | None, db: None) -> None:
    loser, winner = make_member(), make_member()
    for member, given in ((loser, losers), (winner, winners)):
        if given is not None:
            say(member, given)
    merge(loser, winner)
    said = {losers, winners} - {None}
    assert answer(winner) is (None if not said else False not in said)
    say(winner, True, TUESDAY)
    assert answer(winner) is (False not in said), "an older yes that arrives later does not undo a withdrawal"
    say(winner, True, timezone.now())
    assert answer(winner)


def test_a_yes_that_comes_along_keeps_its_moment_and_wording(db: None) -> None:
    loser, winner = make_member(), make_member()
    wording = ConsentWording.objects.create(version="sms-1", language="zh-hans", text="同意")
    say(loser, True, MONDAY, wording_id=wording.pk)
    merge(loser, winner)
    entry = Consent.objects.get(member_id=winner.pk)
    assert (entry.source, entry.said_at, entry.wording) == ("merge", MONDAY, wording)


@pytest.mark.parametrize("who", [0, 1])
def test_an_objection_to_profiling_of_either_is_one_of_both(who: int, db: None) -> None:
    both = make_member(), make_member()
    say(both[who], False, channel=EVERY, purpose=PROFILING)
    merge(*both)
    both[1].refresh_from_db()
    assert both[1].refuses_profiling
    undo(both[0])
    for member in both:
        member.refresh_from_db()
        assert member.refuses_profiling


def test_what_is_withdrawn_while_merged_is_withdrawn_of_both(db: None) -> None:
    loser, winner = make_member(), make_member()
    say(loser, True)
    say(winner, True)
    merge(loser, winner)
    record_consent(member_id=loser.pk, channel=EVERY, purpose=MARKETING, given=False, source="unsubscribe_link")
    undo(loser)
    assert [answer(member, channel) for member in (loser, winner) for channel in (1, 2, 3, 4)] == [False] * 8


def test_a_yes_that_came_along_leaves_the_winner_again(db: None) -> None:
    loser, winner = make_member(), make_member()
    say(loser, True)
    merge(loser, winner)
    undo(loser)
    assert answer(loser) is True
    assert answer(winner) is False


def test_a_fresh_yes_while_merged_is_the_winners(db: None) -> None:
    loser, winner = make_member(), make_member()
    say(loser, True)
    merge(loser, winner)
    say(winner, True, TUESDAY)
    undo(loser)
    assert answer(winner) is True


def test_other_apps_come_first(pair: tuple[Member, Member], calls: list[tuple[str, int, int]]) -> None:
    loser, winner = pair
    merge(loser, winner)
    undo(loser)
    assert calls == [("merge", loser.pk, winner.pk), ("split", loser.pk, winner.pk)]


def test_what_cannot_be_merged_is_left_alone(town: Town) -> None:
    one, two, three = make_member(), make_member(), make_member()
    erased = make_member(erased_at=timezone.now())
    merge(one, two)
    for loser, winner in ((one, three), (three, one), (three, three), (erased, three), (three, erased)):
        with pytest.raises(CannotMerge):
            merge(loser, winner)
    with pytest.raises(Member.DoesNotExist):
        merge_members(loser=three.pk, winner=0, by=None, reason="x")
    merge(two, three)
    for member in (one, three):
        with pytest.raises(CannotMerge):
            undo(member)
    undo(two)
    undo(one)
    assert not Member.objects.exclude(merged_into=None).exists()


def test_without_a_data_key_nothing_happens(
    pair: tuple[Member, Member], settings: object, calls: list[tuple[str, int, int]]
) -> None:
    vault._data_keys.cache_clear()
    vault._writing_key.cache_clear()
    kept = settings.DATA_KEYS  # type: ignore[attr-defined]
    settings.DATA_KEYS = ""  # type: ignore[attr-defined]
    try:
        with pytest.raises(NoDataKey):
            merge(*pair)
    finally:
        settings.DATA_KEYS = kept  # type: ignore[attr-defined]
        vault._data_keys.cache_clear()
        vault._writing_key.cache_clear()
    assert not calls
    assert not Member.objects.exclude(merged_into=None).exists()


def test_who_was_merged_away_is_counted_and_scored_no_more(pair: tuple[Member, Member], town: Town) -> None:
    """The community alone is reason enough for a need; and a fifth member would be counted."""
    from members.models import CommunityStat, NeedRule

    loser, winner = pair
    NeedRule.objects.create(
        code="age", kind="community_age", low=0, points=90, reason="小区较老", reason_en="Old community"
    )
    for _ in range(4):
        make_member(town.willow)
    merge(loser, winner)
    rescore_needs(today=date(2026, 11, 22))
    assert not Need.objects.filter(member_id=loser.pk).exists()
    assert Need.objects.filter(member_id=winner.pk).exists()
    build_community_stats()
    stat = CommunityStat.objects.get(community_id=town.willow.pk)
    assert (stat.members, stat.potential_buyers) == (5, 5)
    Member.objects.filter(pk=winner.pk).update(community=None)
    CommunityStat.objects.all().delete()  # else the figure stays for four people more or less
    build_community_stats()
    stat = CommunityStat.objects.get(community_id=town.willow.pk)
    assert (stat.members, stat.potential_buyers) == (None, None)
