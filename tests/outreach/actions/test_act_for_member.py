"""What a privacy officer does for a member: once, on record, all or nothing."""

import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from django.core.serializers.json import DjangoJSONEncoder
from django.db import connection
from pytest_django import Settings

from members.actions.import_members import import_members
from members.actions.merge_members import merge_members
from members.actions.publish_sealing_key import publish_sealing_key
from members.errors import BeingErased, NotSealable, UnknownMember
from members.models import CommunityRequest, Consent, ConsentState, Member, SourceRecord
from members.public_id import public_id
from outreach.actions.act_for_member import REASONS
from outreach.actions.claim_messages import claim_messages
from outreach.actions.copy_for_member import copy_for_member
from outreach.actions.correct_for_member import correct_for_member, move_for_member
from outreach.actions.object_for_member import object_for_member
from outreach.actions.withdraw_for_member import withdraw_for_member
from outreach.errors import BadRequestKey, RequestKeyReused
from outreach.models import Channel
from salesapp.staff.errors import LimiterUnavailable, LookUpsHeld, TooManyRequests
from salesapp.staff.models import AccessEntry, Employee
from tests.builders import make_consent, make_member, make_version
from tests.conftest import Town

Act = Callable[..., object]
EVERY, SMS, WECHAT = Consent.Channel.EVERY, Consent.Channel.SMS, Consent.Channel.WECHAT


def withdraw(by: Employee, member: str, key: str = "k1", channel: Consent.Channel = SMS) -> None:
    withdraw_for_member(by=by, member=member, reason="request", channel=channel, key=key)


def objecting(by: Employee, member: str, key: str = "k1") -> None:
    object_for_member(by=by, member=member, reason="complaint", objects=True, key=key)


def correct(by: Employee, member: str, key: str = "k1") -> None:
    correct_for_member(by=by, member=member, reason="request", surname="欧阳", title="f", key=key)


def move(by: Employee, member: str, key: str = "k1") -> None:
    move_for_member(by=by, member=member, reason="request", community_id=_poplar(), key=key)


def copy(by: Employee, member: str, key: str = "k1") -> None:
    copy_for_member(by=by, member=member, reason="request")


def _poplar() -> int:
    with connection.cursor() as cursor:
        cursor.execute("select id from geo_community where name = '白杨苑'")
        (number,) = cursor.fetchone()
    return int(number)


ACTS: dict[str, Act] = {
    "withdraw: sms": withdraw, "profiling: objects": objecting, "correct: name": correct, "correct: community": move,
    "copy: without addresses": copy,
}  # fmt: skip
CHANGES = {words: act for words, act in ACTS.items() if act is not copy}
every_act = pytest.mark.parametrize("words", ACTS)
every_change = pytest.mark.parametrize("words", CHANGES)


@pytest.fixture
def sun(town: Town) -> Member:
    publish_sealing_key()
    member = make_member(town.willow, "15400001234")
    for channel in (SMS, WECHAT):
        make_consent(member, channel)
    return member


def traces(member: Member) -> tuple[object, ...]:
    """All that an act could have left."""
    member.refresh_from_db()
    return (
        Consent.objects.count(), SourceRecord.objects.count(), CommunityRequest.objects.count(),
        AccessEntry.objects.count(), member.surname, member.title, member.community_id, member.refuses_profiling,
    )  # fmt: skip


@every_act
def test_an_act_is_one_entry_of_the_access_log_with_its_reason(words: str, sun: Member, dana: Employee) -> None:
    ACTS[words](dana, public_id(sun.pk))
    entry = AccessEntry.objects.get()
    assert (entry.employee, entry.member_id, entry.search) == (dana, sun.pk, words)
    assert entry.reason == ("complaint" if words == "profiling: objects" else "request")
    assert entry.reason in REASONS


@every_change
def test_two_taps_are_one_act(words: str, sun: Member, dana: Employee) -> None:
    CHANGES[words](dana, public_id(sun.pk))
    after = traces(sun)
    # Nor does the second say that it is so now: the member may have said something else since
    with pytest.raises(RequestKeyReused):
        CHANGES[words](dana, public_id(sun.pk))
    assert traces(sun) == after
    CHANGES[words](dana, public_id(sun.pk), key="k2")
    assert traces(sun) != after  # another form is another act


@every_change
def test_a_form_does_nothing_for_anybody_else(words: str, sun: Member, dana: Employee) -> None:
    other = make_member()
    CHANGES[words](dana, public_id(sun.pk))
    after = traces(other)
    with pytest.raises(RequestKeyReused):
        CHANGES[words](dana, public_id(other.pk))
    with pytest.raises(BadRequestKey):
        CHANGES[words](dana, public_id(other.pk), key="")
    assert traces(other) == after


@every_act
def test_of_nobody_and_of_the_erased_nothing_is_done(words: str, sun: Member, dana: Employee) -> None:
    gone = make_member(erased_at="2026-01-01T00:00Z")
    before = traces(sun)
    for named in ("x", "", "A" * 22, public_id(99_999_999)):
        with pytest.raises(UnknownMember):
            ACTS[words](dana, named)
    with pytest.raises(BeingErased):
        ACTS[words](dana, public_id(gone.pk))
    assert traces(sun) == before


@every_act
def test_who_was_merged_is_who_they_are_now(words: str, sun: Member, dana: Employee) -> None:
    loser = make_member()
    merge_members(loser=loser.pk, winner=sun.pk, by=None, reason="same")
    ACTS[words](dana, public_id(loser.pk))
    assert AccessEntry.objects.get().member_id == sun.pk
    assert not Consent.objects.filter(member_id=loser.pk, source="office").exists()
    assert not CommunityRequest.objects.filter(member_id=loser.pk).exists()


@every_act
def test_acts_count_as_look_ups(words: str, sun: Member, dana: Employee, settings: Settings) -> None:
    settings.LOOKUP_LIMITS = ["1/d"]
    ACTS[words](dana, public_id(sun.pk))
    before = traces(sun)
    with pytest.raises(TooManyRequests):
        ACTS[words](dana, public_id(sun.pk), key="k2")
    settings.CACHES = settings.CACHES | {"limits": settings.CACHES["limits"] | {"LOCATION": "unix:///nowhere.sock"}}
    with pytest.raises(LimiterUnavailable):
        ACTS[words](dana, public_id(sun.pk), key="k2")
    dana.look_ups_held_at = "2026-01-01T00:00Z"
    with pytest.raises(LookUpsHeld):
        ACTS[words](dana, public_id(sun.pk), key="k2")
    assert traces(sun) == before


class Down(Exception):
    pass


@every_act
def test_what_cannot_be_written_in_the_log_is_not_done(
    words: str, sun: Member, dana: Employee, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(**_: object) -> None:
        raise Down

    before = traces(sun)
    with monkeypatch.context() as patch:
        patch.setattr("outreach.actions.act_for_member.record_read", fail)
        with pytest.raises(Down):
            ACTS[words](dana, public_id(sun.pk))
    assert traces(sun) == before
    ACTS[words](dana, public_id(sun.pk))  # the key is as if it had never been used
    assert traces(sun) != before


PARTS = {
    "withdraw: sms": "outreach.actions.withdraw_for_member.record_consent",
    "profiling: objects": "outreach.actions.object_for_member.record_consent",
    "correct: name": "members.actions.correct_member.file_own_record",
    "correct: community": "outreach.actions.correct_for_member.settle_community_request",
    "copy: without addresses": "outreach.actions.copy_for_member.own_file",
}


@every_act
def test_an_act_that_fails_halfway_leaves_nothing(
    words: str, sun: Member, dana: Employee, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise Down

    before = traces(sun)
    monkeypatch.setattr(PARTS[words], fail)
    with pytest.raises(Down):
        ACTS[words](dana, public_id(sun.pk))
    assert traces(sun) == before


def test_a_withdrawal_says_who_recorded_it(sun: Member, dana: Employee) -> None:
    withdraw(dana, public_id(sun.pk))
    said = Consent.objects.latest("pk")
    assert (said.given, said.channel, said.purpose, said.source) == (False, 1, 1, "office")
    assert (said.by_employee, said.evidence, said.wording_id) == (dana.pk, {"form": "office"}, None)


@pytest.mark.parametrize(("channel", "left"), [(SMS, {4}), (WECHAT, {1}), (EVERY, set())])
def test_it_is_of_one_channel_or_of_all(sun: Member, dana: Employee, channel: Consent.Channel, left: set[int]) -> None:
    withdraw(dana, public_id(sun.pk), channel=channel)
    assert set(ConsentState.objects.filter(given=True).values_list("channel", flat=True)) == left


def test_what_waits_is_not_handed_over_any_more(sun: Member, dana: Employee) -> None:
    """The twin who withdrew nothing is written to: it is the withdrawal that holds."""
    twin = make_member()
    make_consent(twin)
    claim_messages(members=[sun.pk, twin.pk], channel=Channel.SMS, version_id=make_version().pk)
    withdraw(dana, public_id(sun.pk))
    left = {}
    for member in (sun, twin):
        with connection.cursor() as cursor:
            cursor.execute(
                "select (h).refusal from (select outreach_hand_over(%s, 1, %s) h) x", [member.pk, 1]
            )  # fmt: skip
            (left[member.pk],) = cursor.fetchone()
    assert left == {sun.pk: "no_consent", twin.pk: None}


def test_an_objection_is_recorded_and_taken_back(sun: Member, dana: Employee) -> None:
    objecting(dana, public_id(sun.pk))
    sun.refresh_from_db()
    assert sun.refuses_profiling
    object_for_member(by=dana, member=public_id(sun.pk), reason="request", objects=False, key="k2")
    sun.refresh_from_db()
    assert not sun.refuses_profiling
    said = Consent.objects.filter(purpose=2).order_by("pk").values_list("given", "source", "by_employee")
    assert list(said) == [(False, "office", dana.pk), (True, "office", dana.pk)]
    assert list(AccessEntry.objects.order_by("pk").values_list("search", flat=True)) == [
        "profiling: objects", "profiling: no longer objects",
    ]  # fmt: skip


def test_no_act_of_an_officer_is_a_consent_to_marketing(sun: Member, dana: Employee) -> None:
    for number, act in enumerate(CHANGES.values()):
        act(dana, public_id(sun.pk), key=f"k{number}")
    object_for_member(by=dana, member=public_id(sun.pk), reason="request", objects=False, key="back")
    by_officer = Consent.objects.filter(by_employee=dana.pk)
    assert by_officer.count() >= 3
    assert not by_officer.filter(purpose=Consent.Purpose.MARKETING, given=True).exists()


def test_a_correction_is_the_members_own_word(sun: Member, dana: Employee) -> None:
    correct(dana, public_id(sun.pk))
    sun.refresh_from_db()
    assert (sun.surname, sun.title) == ("欧阳", "f")
    assert SourceRecord.objects.get(system="self").record_key == public_id(sun.pk)


@pytest.mark.parametrize("act", [correct, move])
def test_without_a_sealing_key_nothing_is_corrected(act: Act, town: Town, dana: Employee) -> None:
    member = make_member(town.willow)
    before = traces(member)
    with pytest.raises(NotSealable):
        act(dana, public_id(member.pk))
    assert traces(member) == before


def test_a_move_settles_what_was_asked_for(sun: Member, town: Town, dana: Employee) -> None:
    CommunityRequest.objects.create(member_id=sun.pk, community=town.willow)
    move(dana, public_id(sun.pk))
    sun.refresh_from_db()
    assert (sun.community_id, sun.household) == (town.poplar.pk, -sun.pk)
    asked = CommunityRequest.objects.get()
    assert (asked.community, asked.granted, asked.settled_by) == (town.poplar, True, dana)


def test_a_move_outlasts_the_next_import(sun: Member, town: Town, dana: Employee, tmp_path: Path) -> None:
    people = tmp_path / "members.csv"
    people.write_text("key,phone,community,city\nA1,15400001234,垂柳新村,海澄市\n", encoding="utf-8")
    import_members(path=people, system="crm")
    move(dana, public_id(sun.pk))
    run = import_members(path=people, system="crm").run
    sun.refresh_from_db()
    assert (run.unchanged, sun.community_id) == (1, town.poplar.pk)


def test_the_copy_has_everything_but_the_addresses(sun: Member, dana: Employee) -> None:
    sun.surname = "孙悟空"  # whatever got into the wrong column
    sun.save()
    copy_for_member(by=dana, member=public_id(sun.pk), reason="request")
    found = copy_for_member(by=dana, member=public_id(sun.pk), reason="request")
    assert found["held"]["surname"] == "孙"
    assert found["held"]["addresses"] == [{"channel": {"code": "sms", "label": "短信"}, "value": None}]
    assert [each["given"] for each in found["held"]["agreed"]] == [True, False, False, True]
    assert len(found["held"]["said"]) == 2
    assert [each["reason"]["code"] for each in found["look_ups"]] == ["request", "request"]
    text = json.dumps(found, cls=DjangoJSONEncoder, ensure_ascii=False)
    assert not re.search(r"[\d*]{3}1234", text)  # a moment's digits hold 1234 now and then
    assert "悟空" not in text
