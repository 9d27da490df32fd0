"""A message that waited on the phone: sent once, by the look-up it was written after, and never late."""

import base64
import json
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from rest_framework.test import APIClient

from members.models import Member
from outreach.draft_ticket import draft_ticket
from outreach.models import Message, MessageText, RequestKey, TemplateVersion
from outreach.phone_owner import phone_owner
from salesapp.staff.models import Employee
from tests.builders import make_consent
from tests.outreach.conftest import looked_up
from tests.outreach.templates import make_template, make_version
from tests.outreach.test_sealed import seal

ClientOf = Callable[[Employee], APIClient]
BODY = "您好，我是{store}的{salesperson}，欢迎来看{category}。{link} 退订{unsubscribe} 拒收请回复R"


@pytest.fixture
def version(sun: Member) -> TemplateVersion:
    return make_version(make_template("sms"), BODY)


def fields(by: Employee, member: str, written_with: TemplateVersion, **changed: str) -> dict[str, str]:
    """The counter's form, drafted now or at ``drafted``."""
    return {
        "member": member, "version": str(written_with.pk), "channel": "SMS", "category": "fridge",
        "text": "孙先生您好。", "ticket": draft_ticket(by, member, timezone.now()), **changed,
    }  # fmt: skip


def send(client: APIClient, by: Employee, form: object, key: str = "key-1", **changed: str) -> Any:
    sealed = seal(json.dumps(form).encode(), owner=phone_owner(by), key=key)
    body = {"owner": phone_owner(by), "sealed": base64.b64encode(sealed).decode()}
    return client.post("/api/sealed-drafts/", body | changed, format="json", headers={"Idempotency-Key": key})


def code(answer: Any) -> tuple[int, str]:
    return answer.status_code, answer.json()["code"]


def look_up_at(employee: Employee, member: Member, moment: datetime) -> str:
    return looked_up(employee, member, at=moment)


def test_a_draft_is_sent_once_however_often_it_comes(
    alice: Employee, client_of: ClientOf, sun: Member, version: TemplateVersion
) -> None:
    form = fields(alice, looked_up(alice, sun), version)
    client = client_of(alice)
    answers = [send(client, alice, form) for _ in range(3)]
    assert [(answer.status_code, answer.json()) for answer in answers] == [(200, {"state": "sent"})] * 3
    assert Message.objects.count() == 1
    assert MessageText.objects.get().text.startswith("孙先生您好。https://m.example.com/l/")


def test_what_the_form_sent_already_is_not_sent_again(
    alice: Employee, client_of: ClientOf, sun: Member, version: TemplateVersion
) -> None:
    form = fields(alice, looked_up(alice, sun), version)
    page = Client()
    page.force_login(alice)
    assert page.post("/counter/message/", form | {"key": "key-1"}).status_code == 200
    assert send(client_of(alice), alice, form).status_code == 200
    assert Message.objects.count() == 1


def test_it_goes_by_the_look_up_that_it_was_written_after(
    alice: Employee, client_of: ClientOf, sun: Member, version: TemplateVersion
) -> None:
    then = timezone.now() - timedelta(hours=20)
    name = look_up_at(alice, sun, then - timedelta(minutes=29))
    form = fields(alice, name, version, ticket=draft_ticket(alice, name, then))
    assert send(client_of(alice), alice, form).status_code == 200


def test_without_a_look_up_before_it_nothing_is_sent(
    alice: Employee, client_of: ClientOf, sun: Member, version: TemplateVersion
) -> None:
    now = timezone.now()
    name = look_up_at(alice, sun, now - timedelta(minutes=31))
    assert code(send(client_of(alice), alice, fields(alice, name, version))) == (404, "not_found")
    assert not Message.objects.exists()


def test_after_a_day_it_is_refused(alice: Employee, client_of: ClientOf, sun: Member, version: TemplateVersion) -> None:
    then = timezone.now() - timedelta(hours=24, seconds=1)
    name = look_up_at(alice, sun, then)
    form = fields(alice, name, version, ticket=draft_ticket(alice, name, then))
    assert code(send(client_of(alice), alice, form)) == (410, "draft_expired")
    assert not Message.objects.exists()
    assert not RequestKey.objects.exists()


def test_what_was_sent_in_time_is_still_known_as_sent_after_a_day(
    alice: Employee, client_of: ClientOf, sun: Member, version: TemplateVersion
) -> None:
    then = timezone.now() - timedelta(hours=24) + timedelta(seconds=1)
    name = look_up_at(alice, sun, then)
    form = fields(alice, name, version, ticket=draft_ticket(alice, name, then))
    client = client_of(alice)
    assert send(client, alice, form).status_code == 200
    later = form | {"ticket": draft_ticket(alice, name, then - timedelta(hours=1))}
    assert send(client, alice, later).status_code == 200
    assert Message.objects.count() == 1


def test_the_guards_refusal_is_told_by_its_code(
    alice: Employee, client_of: ClientOf, sun: Member, version: TemplateVersion
) -> None:
    form = fields(alice, looked_up(alice, sun), version)
    make_consent(sun, given=False)
    assert code(send(client_of(alice), alice, form)) == (409, "no_consent")


def test_somebody_elses_draft_waits_for_its_owner(
    alice: Employee, bob: Employee, client_of: ClientOf, sun: Member, version: TemplateVersion
) -> None:
    form = fields(alice, looked_up(alice, sun), version)
    assert code(send(client_of(bob), alice, form)) == (401, "not_authenticated")
    assert code(send(client_of(bob), alice, form, owner=phone_owner(bob))) == (422, "draft_unreadable")
    assert not Message.objects.exists()


@pytest.mark.parametrize(
    "changed",
    [{"ticket": ""}, {"ticket": "1:x"}, {"text": "\0"}, {"member": "x" * 23}, {"version": "9" * 21}],
    ids=str,
)
def test_what_is_no_form_of_ours_is_unreadable(
    alice: Employee, client_of: ClientOf, sun: Member, version: TemplateVersion, changed: dict[str, str]
) -> None:
    form = fields(alice, looked_up(alice, sun), version) | changed
    assert code(send(client_of(alice), alice, form)) == (422, "draft_unreadable")


def test_the_ticket_is_of_one_employee_and_one_member(
    alice: Employee, bob: Employee, client_of: ClientOf, sun: Member, version: TemplateVersion
) -> None:
    name = looked_up(alice, sun)
    for ticket in (draft_ticket(bob, name, timezone.now()), draft_ticket(alice, "x", timezone.now())):
        answer = send(client_of(alice), alice, fields(alice, name, version, ticket=ticket))
        assert code(answer) == (422, "draft_unreadable")


@pytest.mark.parametrize("form", [[], "x", {}, {"member": []}, {"text": {}}], ids=str)
def test_what_is_sealed_must_be_a_form(alice: Employee, client_of: ClientOf, form: object) -> None:
    assert code(send(client_of(alice), alice, form)) == (422, "draft_unreadable")


@pytest.mark.parametrize("sealed", ["!", "AAAA", "A" * 400])
def test_what_is_not_sealed_is_unreadable(alice: Employee, client_of: ClientOf, sealed: str) -> None:
    assert code(send(client_of(alice), alice, {}, sealed=sealed)) == (422, "draft_unreadable")


def test_a_key_is_asked_for(alice: Employee, client_of: ClientOf, sun: Member, version: TemplateVersion) -> None:
    answer = send(client_of(alice), alice, fields(alice, looked_up(alice, sun), version), key=" ")
    assert code(answer) == (400, "bad_idempotency_key")


def test_a_version_that_was_replaced_meanwhile_is_refused_in_words(
    alice: Employee, client_of: ClientOf, sun: Member, version: TemplateVersion
) -> None:
    form = fields(alice, looked_up(alice, sun), version, version="0")
    assert code(send(client_of(alice), alice, form)) == (400, "invalid")
