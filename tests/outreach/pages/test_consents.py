import re
from collections.abc import Callable
from datetime import UTC, datetime
from html import unescape

import pytest
from django.db import connection
from django.http import HttpResponse
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from members.actions.merge_members import merge_members
from members.actions.record_consent import record_consent
from members.models import ConsentWording, Member
from members.public_id import public_id
from outreach.actions import read_consents
from outreach.models import Message, SentCode
from salesapp.staff.models import AccessEntry, Employee
from tests.builders import make_consent, make_member

PagesOf = Callable[[Employee], Client]
SUN = "15400001234"


@pytest.fixture
def sun(db: None) -> Member:
    return make_member(phone=SUN)


@pytest.fixture
def ask(dana: Employee, pages_of: PagesOf) -> Callable[..., HttpResponse]:
    client = pages_of(dana)

    def _ask(who: str = SUN, reason: str = "request") -> HttpResponse:
        return client.post(  # type: ignore[return-value]
            "/privacy/consents/", {"who": who, "reason": reason}, headers={"Accept-Language": "en"}
        )

    return _ask


def text(answer: HttpResponse) -> str:
    return re.sub(r"\s+", " ", re.sub("<[^>]+>", " ", answer.content.decode()))


Ask = Callable[..., HttpResponse]


def test_every_entry_is_shown_with_its_proof(sun: Member, alice: Employee, ask: Ask) -> None:
    wording = ConsentWording.objects.create(version="sms-1", language="zh-hans", text="同意接收短信")
    record_consent(
        member_id=sun.pk, channel=1, purpose=1, given=True, source="form", wording_id=wording.pk, by=alice,
        said_at=datetime(2026, 3, 2, 4, 5, 6, tzinfo=UTC), evidence={"form": "poster-7", "ip": "192.0.2.77"},
    )  # fmt: skip
    record_consent(member_id=sun.pk, channel=0, purpose=1, given=False, source="office")
    record_consent(member_id=sun.pk, channel=0, purpose=2, given=False, source="phone")
    answer = ask()
    shown = text(answer)
    for part in (
        "154****1234", public_id(sun.pk), "2026-03-02 12:05:06", "sms-1", "同意接收短信", "form poster-7", "192.0.*.*",
        "alice", "registration form", "withdrawn · marketing · every channel", "objected · profiling",
        "given · marketing · SMS",
    ):  # fmt: skip
        assert part in shown
    assert SUN not in shown
    assert "192.0.2" not in shown
    assert "孙" not in shown
    assert "no-store" in answer["Cache-Control"]


@pytest.mark.parametrize(
    ("form", "english"),
    [
        ("mine", "form the member's own page"),
        ("join", "form registration at the store's code"),
        ("office", "form the privacy officer's screen"),
        ("poster-7", "form poster-7"),
    ],
)
def test_the_forms_of_the_product_have_names(sun: Member, ask: Ask, form: str, english: str) -> None:
    record_consent(member_id=sun.pk, channel=1, purpose=1, given=True, source="form", evidence={"form": form})
    assert english in unescape(text(ask()))


def test_an_objection_is_told_in_words_of_its_own(sun: Member, ask: Ask) -> None:
    for given in (False, True):
        record_consent(member_id=sun.pk, channel=0, purpose=2, given=given, source="own_page")
    make_consent(sun)
    shown = text(ask())
    for part in ("objected · profiling", "objection taken back · profiling", "given · marketing"):
        assert shown.count(part) == 1, part
    assert "given · profiling" not in shown
    assert "withdrawn · " not in shown


def test_the_member_is_found_by_the_opaque_id_as_well(sun: Member, ask: Ask) -> None:
    make_consent(sun)
    shown = text(ask(public_id(sun.pk)))
    assert "given · marketing · SMS" in shown
    assert not re.search(r"154[\d*]", shown)  # an opaque id holds 154 now and then


def test_past_messages_are_held_against_the_ledger(sun: Member, ask: Ask) -> None:
    make_consent(sun)
    with connection.cursor() as cursor:
        for no, state, channel, handed_over in ((1, 2, 1, True), (2, 2, 2, True), (3, 5, 1, False)):
            cursor.execute(
                "insert into outreach_message (member_id, no, channel, state, service, version_id, claimed_at,"
                " send_by, handover_at) values (%s, %s, %s, %s, false, 1, now(), now() + interval '1 day', %s)",
                [sun.pk, no, channel, state, timezone.now() if handed_over else None],
            )
    shown = text(ask())
    assert shown.count("The rules of that moment allowed it.") == 1
    assert shown.count("The rules of that moment did not allow it.") == 1
    assert "cancelled" in shown


def test_it_is_said_where_verification_codes_are_listed(sun: Member, ask: Ask) -> None:
    SentCode.objects.create(member_id=sun.pk, handed_over_at=timezone.now(), state=Message.State.ACCEPTED)
    shown = text(ask())
    assert "Verification codes are not in this list: the member's copy lists them." in shown
    assert "Verification code ·" not in shown


def test_further_pages_keep_the_reason_and_the_form_does_not(
    sun: Member, ask: Ask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(read_consents, "PAGE", 1)
    for given in (True, False):
        make_consent(sun, given=given)
    form, answer = ask(reason="complaint").content.decode().split('class="card who"')
    assert '<input type="hidden" name="reason" value="complaint"><input type="hidden" name="list"' in answer
    assert "checked" not in form


def test_by_the_id_of_before_a_merge_the_same_is_shown(sun: Member, ask: Ask) -> None:
    other, third = make_member(phone="15400002345"), make_member()
    for member in (sun, other, third):
        make_consent(member)
    merge_members(loser=third.pk, winner=sun.pk, by=None, reason="same")
    merge_members(loser=sun.pk, winner=other.pk, by=None, reason="same")
    seen = {text(ask(public_id(each.pk))) for each in (sun, other, third)}
    (shown,) = seen
    assert shown.count("given · marketing · SMS") >= 3
    assert public_id(other.pk) in shown
    assert set(AccessEntry.objects.values_list("member_id", flat=True)) == {other.pk}


def test_who_was_merged_is_shown_with_who_they_are_now(sun: Member, ask: Ask) -> None:
    winner = make_member()
    make_consent(sun, given=False)
    merge_members(loser=sun.pk, winner=winner.pk, by=None, reason="same")
    shown = text(ask())
    assert f"merged into this member: {public_id(sun.pk)}" in shown
    assert f"as {public_id(sun.pk)}" in shown
    assert "merge of two members" in shown


def test_the_reading_is_on_record_with_its_reason(sun: Member, dana: Employee, ask: Ask) -> None:
    ask(reason="audit")
    ask(public_id(sun.pk), reason="complaint")
    ask("16000000000")
    entries = AccessEntry.objects.order_by("pk").values_list("employee_id", "reason", "member_id")
    assert list(entries) == [(dana.pk, "audit", sun.pk), (dana.pk, "complaint", sun.pk), (dana.pk, "request", None)]


@pytest.mark.parametrize(
    ("who", "reason", "status", "said"),
    [
        ("16000000000", "request", 200, "no such member"),
        ("A" * 22, "request", 422, "neither a mobile number"),
        ("1540000", "request", 422, "neither a mobile number"),
        ("", "request", 422, "neither a mobile number"),
        (SUN, "curiosity", 422, "Choose a reason"),
        (SUN, "counter", 422, "Choose a reason"),
    ],
)
def test_what_cannot_be_answered_is_said(who: str, reason: str, status: int, said: str, sun: Member, ask: Ask) -> None:
    answer = ask(who, reason)
    assert answer.status_code == status
    assert said in text(answer)
    assert not who or who not in answer.content.decode()


def test_past_the_limit_and_without_the_counter_it_stays_closed(sun: Member, ask: Ask, settings: Settings) -> None:
    settings.LOOKUP_LIMITS = ["1/d"]
    assert [ask().status_code for _ in range(2)] == [200, 429]
    settings.CACHES = settings.CACHES | {"limits": settings.CACHES["limits"] | {"LOCATION": "unix:///nowhere.sock"}}
    assert ask().status_code == 503
    assert AccessEntry.objects.count() == 1


def test_nobody_else_reads_them(alice: Employee, mei: Employee, pages_of: PagesOf) -> None:
    for employee in (alice, mei):
        assert pages_of(employee).get("/privacy/consents/").status_code == 403
