import re
from collections.abc import Callable
from typing import Any

import pytest
from django.db import DatabaseError
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from members.actions.answer_community_request import answer_community_request
from members.actions.publish_sealing_key import publish_sealing_key
from members.models import CommunityRequest, Member, SealingKey
from members.public_id import public_id
from salesapp.staff.models import AccessEntry, Employee
from tests.builders import make_member
from tests.conftest import Town

PATH = "/privacy/community/"
ENGLISH = {"Accept-Language": "en"}


@pytest.fixture
def officer(dana: Employee, pages_of: Callable[[Employee], Client]) -> Client:
    return pages_of(dana)


@pytest.fixture
def asked(town: Town) -> list[CommunityRequest]:
    """Three members of one community who say that they live in another."""
    publish_sealing_key()
    return [
        CommunityRequest.objects.create(member_id=make_member(town.willow).pk, community=town.poplar) for _ in range(3)
    ]


def post(officer: Client, asked: CommunityRequest | None = None, answer: str = "", **more: object) -> Any:
    about = {"request": asked.pk, "community": asked.community_id, "answer": answer} if asked else {}
    return officer.post(PATH, {**about, **more}, headers=ENGLISH)


def shown(answer: Any) -> str:
    """The public id on the screen."""
    found = answer.context["asked"]
    return str(found.member) if found else ""


def place(asked: CommunityRequest) -> int | None:
    return Member.objects.get(pk=asked.member_id).community_id


def test_the_first_page_tells_how_many_and_nothing_of_them(
    officer: Client, asked: list[CommunityRequest], town: Town
) -> None:
    page = officer.get("/privacy/consents/", headers=ENGLISH).content.decode()
    assert "3 wait for an answer" in page
    assert town.poplar.name not in page
    assert not any(public_id(each.member_id) in page for each in asked)
    assert not AccessEntry.objects.exists()


def test_each_one_shown_is_a_read_on_record(
    officer: Client, asked: list[CommunityRequest], dana: Employee, town: Town
) -> None:
    answer = post(officer)
    assert shown(answer) == public_id(asked[0].member_id)
    assert town.poplar.name in answer.content.decode()
    assert town.willow.name not in answer.content.decode()
    entry = AccessEntry.objects.get()
    assert (entry.employee, entry.member_id, entry.reason) == (dana, asked[0].member_id, "request")
    assert shown(post(officer, asked[0], "later")) == public_id(asked[1].member_id)
    assert list(AccessEntry.objects.order_by("pk").values_list("member_id", flat=True)) == [
        asked[0].member_id, asked[1].member_id,
    ]  # fmt: skip
    assert asked[0].member_id in Member.objects.filter(community=town.willow).values_list("pk", flat=True)


def test_the_officer_decides(officer: Client, asked: list[CommunityRequest], dana: Employee, town: Town) -> None:
    following = post(officer, asked[0], "grant")
    assert shown(following) == public_id(asked[1].member_id)
    assert "Changed." in following.content.decode()
    assert (place(asked[0]), place(asked[1])) == (town.poplar.pk, town.willow.pk)
    post(officer, asked[1], "refuse")
    assert place(asked[1]) == town.willow.pk
    last = post(officer, asked[2], "grant")
    assert shown(last) == ""
    assert "No further one waits" in last.content.decode()
    for each, granted in zip(asked, (True, False, True), strict=True):
        each.refresh_from_db()
        assert (each.granted, each.settled_by) == (granted, dana)


def test_what_cannot_be_kept_for_the_member_is_not_granted(
    officer: Client, asked: list[CommunityRequest], town: Town
) -> None:
    SealingKey.objects.all().delete()
    answer = post(officer, asked[0], "grant")
    assert answer.status_code == 503
    assert "Nothing was changed" in answer.content.decode()
    assert place(asked[0]) == town.willow.pk
    assert not AccessEntry.objects.exists()


def acts() -> list[tuple[str, int | None, str, str]]:
    found = AccessEntry.objects.filter(search__startswith="community: ").order_by("pk")
    return [(each.employee.employee_no, each.member_id, each.reason, each.search) for each in found]


def test_each_answer_is_on_record(officer: Client, asked: list[CommunityRequest]) -> None:
    post(officer, asked[0], "grant")
    post(officer, asked[1], "refuse")
    post(officer, asked[2], "later")
    assert acts() == [
        ("dana", asked[0].member_id, "request", "community: granted"),
        ("dana", asked[1].member_id, "request", "community: left"),
    ]


def test_an_answer_that_cannot_be_recorded_changes_nothing(
    asked: list[CommunityRequest], dana: Employee, town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    def breaks(**_: object) -> None:
        raise DatabaseError

    monkeypatch.setattr("members.actions.answer_community_request.record_read", breaks)
    with pytest.raises(DatabaseError):
        answer_community_request(request_id=asked[0].pk, community_id=town.poplar.pk, granted=True, by=dana)
    asked[0].refresh_from_db()
    assert (asked[0].settled_at, place(asked[0])) == (None, town.willow.pk)


def test_what_is_settled_stays_settled(officer: Client, asked: list[CommunityRequest]) -> None:
    post(officer, asked[0], "grant")
    again = post(officer, asked[0], "refuse")
    assert len(acts()) == 1
    assert "settled already" in again.content.decode()
    asked[0].refresh_from_db()
    assert asked[0].granted is True


def test_who_named_another_community_since_is_shown_again(
    officer: Client, asked: list[CommunityRequest], town: Town
) -> None:
    answer = post(officer, asked[0], "grant", community=town.willow.pk)
    assert "named another community" in answer.content.decode()
    assert shown(answer) == public_id(asked[0].member_id)
    asked[0].refresh_from_db()
    assert asked[0].settled_at is None


def test_from_there_the_members_history_is_read_for_a_reason_that_is_chosen(
    officer: Client, asked: list[CommunityRequest], dana: Employee
) -> None:
    page = post(officer).content.decode()
    form = re.search(r'<form [^>]*action="/privacy/consents/"[^>]*>.*?</form>', page, re.S)
    assert form
    who = re.findall(r'name="who" value="([^"]+)"', form[0])
    reasons = re.findall(r'name="reason" value="([^"]+)" required', form[0])
    assert (who, reasons) == ([public_id(asked[0].member_id)], ["request", "complaint", "audit"])
    assert "checked" not in form[0]
    history = officer.post("/privacy/consents/", {"who": who[0], "reason": "complaint"}, headers=ENGLISH)
    assert "What the member said" in history.content.decode()
    entry = AccessEntry.objects.latest("pk")
    assert (entry.employee, entry.member_id, entry.reason) == (dana, asked[0].member_id, "complaint")


def test_who_is_erased_or_merged_is_not_shown(officer: Client, asked: list[CommunityRequest]) -> None:
    Member.objects.filter(pk=asked[0].member_id).update(erased_at=timezone.now())
    Member.objects.filter(pk=asked[1].member_id).update(merged_into=asked[2].member_id)
    assert shown(post(officer)) == public_id(asked[2].member_id)
    assert "1 waits for an answer" in officer.get("/privacy/consents/", headers=ENGLISH).content.decode()


@pytest.mark.parametrize("text", ["", "x", "-1", "0", "1\0", "9" * 5000, "²"])
def test_what_is_no_number_settles_nothing(officer: Client, asked: list[CommunityRequest], text: str) -> None:
    for field in ("request", "community"):
        assert post(officer, asked[0], "grant", **{field: text}).status_code == 200
    assert not CommunityRequest.objects.exclude(settled_at=None).exists()


def test_the_limit_of_look_ups_holds_here_too(
    officer: Client, asked: list[CommunityRequest], settings: Settings
) -> None:
    settings.LOOKUP_LIMITS = ["1/d"]
    assert post(officer).status_code == 200
    answer = post(officer, asked[0], "grant")
    assert answer.status_code == 429
    assert "Too many look-ups" in answer.content.decode()
    assert not CommunityRequest.objects.exclude(settled_at=None).exists()
    assert AccessEntry.objects.count() == 1
