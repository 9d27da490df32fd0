"""Drafts and messages by the API: what comes back, and that what is refused leaves nothing."""

import json
import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone
from procrastinate.contrib.django.models import ProcrastinateJob
from pytest_django import Settings
from rest_framework.test import APIClient

from members.models import Member, Need
from outreach.message_token import read_staff_name
from outreach.models import Channel, Click, ContactGuard, Delivery, Message, MessageText, RequestKey, TemplateVersion
from salesapp.staff.models import Employee
from tests.builders import make_category, make_consent
from tests.outreach.conftest import SetClock, looked_up
from tests.outreach.templates import make_template, make_version

ClientOf = Callable[[Employee], APIClient]
BODY = "您好，我是{store}的{salesperson}，欢迎来看{category}。{link} 退订{unsubscribe} 拒收请回复R"
ENDING = "{link} 退订{unsubscribe} 拒收请回复R"


@pytest.fixture
def version(sun: Member) -> TemplateVersion:
    return make_version(make_template("sms", name="到店（短信）"), BODY)


def body(member: str, written_with: TemplateVersion, **fields: object) -> dict[str, object]:
    return {
        "member": member, "version": written_with.pk, "channel": "sms", "category": "fridge", "text": "您好。" + ENDING,
        **fields,
    }  # fmt: skip


def send(client: APIClient, data: object, key: str | None = "key-1", language: str = "zh-hans") -> Any:
    headers = {"Accept-Language": language} | ({"Idempotency-Key": key} if key is not None else {})
    return client.post("/api/messages/", data, format="json", headers=headers)


def draft(client: APIClient, member: str, **fields: object) -> Any:
    return client.post("/api/drafts/", {"member": member, **fields}, format="json")


def nothing_stored() -> bool:
    models = (Message, MessageText, ContactGuard, RequestKey, ProcrastinateJob)
    return not any(model.objects.exists() for model in models)


def problem(answer: Any, status: int, code: str) -> dict[str, Any]:
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert answer["Content-Type"].startswith("application/problem+json")
    found: dict[str, Any] = answer.json()
    return found


# --- Drafts ---------------------------------------------------------------------------------------------


def test_a_draft(alice: Employee, client_of: ClientOf, sun: Member, version: TemplateVersion) -> None:
    make_version(make_template("wechat", Channel.WECHAT), BODY.replace(" 拒收请回复R", ""))
    answer = draft(client_of(alice), looked_up(alice, sun))
    assert answer.status_code == 200
    assert answer.json() == {
        "category": "fridge",
        "needs": [{"code": "fridge", "name": "冰箱"}],
        "channel": "sms",
        "version": version.pk,
        "subject": "",
        "text": "您好，我是北岸一店的alice，欢迎来看冰箱。" + ENDING,
        "ending": ENDING,
        "editable": True,
        "limits": {"segments": 4, "characters": None},
        "channels": [
            {"channel": "sms", "name": "短信", "refusal": None, "detail": None},
            {
                "channel": "wechat", "name": "微信", "refusal": "no_address",
                "detail": answer.json()["channels"][1]["detail"],
            },
        ],
    }  # fmt: skip
    assert answer.json()["channels"][1]["detail"]


def test_a_draft_on_a_channel_and_for_a_need_of_ones_choice(
    alice: Employee, client_of: ClientOf, sun: Member, version: TemplateVersion
) -> None:
    push = make_version(make_template("push", Channel.PUSH), BODY.replace(" 拒收请回复R", ""))
    Need.objects.create(member_id=sun.pk, category=make_category("tv", "电视"), level=1, score=1, reasons=[])
    name = looked_up(alice, sun)
    found = draft(client_of(alice), name, channel="push", category="tv").json()
    assert (found["version"], found["category"], found["subject"]) == (push.pk, "tv", "新品到店")
    assert found["limits"] == {"segments": None, "characters": 300}
    assert [need["code"] for need in found["needs"]] == ["fridge", "tv"]


@pytest.mark.parametrize(
    ("fields", "status", "code"),
    [
        ({"member": "q0Ro8zUa1bEw2XkZ5vYt7g"}, 404, "not_found"),
        ({"member": "x" * 23}, 400, "invalid"),
        ({"member": 7}, 404, "not_found"),
        ({"member": None}, 400, "invalid"),
        ({"channel": "fax"}, 400, "invalid"),
        ({"channel": 1}, 400, "invalid"),
        ({"channel": "wechat"}, 409, "nothing_to_write"),
        ({"category": "boat"}, 404, "not_found"),
        ({"category": "tv"}, 409, "no_need"),
        ({"category": "a b"}, 400, "invalid"),
    ],
)
def test_a_bad_question_for_a_draft(
    alice: Employee, client_of: ClientOf, sun: Member, version: TemplateVersion, fields: dict[str, object],
    status: int, code: str,
) -> None:  # fmt: skip
    make_category("tv", "电视")
    problem(draft(client_of(alice), **({"member": looked_up(alice, sun)} | fields)), status, code)  # type: ignore[arg-type]


def test_a_member_whom_somebody_else_looked_up_is_not_found(
    alice: Employee, bob: Employee, client_of: ClientOf, sun: Member, version: TemplateVersion
) -> None:
    name = looked_up(alice, sun)
    problem(draft(client_of(bob), name), 404, "not_found")
    problem(send(client_of(bob), body(name, version)), 404, "not_found")
    assert nothing_stored()


# --- Sending --------------------------------------------------------------------------------------------


def test_a_message_is_on_its_way(alice: Employee, client_of: ClientOf, sun: Member, version: TemplateVersion) -> None:
    answer = send(client_of(alice), body(looked_up(alice, sun), version))
    assert answer.status_code == 201
    assert answer.json()["state"] == "claimed"
    assert len(answer.json()["message"]) == 22
    assert Message.objects.count() == MessageText.objects.count() == ProcrastinateJob.objects.count() == 1


def test_the_same_request_again_gets_the_same_answer_and_sends_nothing(
    alice: Employee, client_of: ClientOf, sun: Member, version: TemplateVersion
) -> None:
    data = body(looked_up(alice, sun), version)
    first, second = (send(client_of(alice), data) for _ in range(2))
    assert (first.status_code, first.json()) == (second.status_code, second.json())
    assert Message.objects.count() == 1
    other = send(client_of(alice), data | {"text": "您好！" + ENDING})
    problem(other, 409, "idempotency_key_reused")
    problem(send(client_of(alice), data, "key-2"), 409, "month_used")


@pytest.mark.parametrize("key", [None, "", "a b", "k" * 101, "钥匙".encode().decode("latin-1")])
def test_a_key_is_required(
    alice: Employee, client_of: ClientOf, sun: Member, version: TemplateVersion, key: str | None
) -> None:
    found = problem(send(client_of(alice), body(looked_up(alice, sun), version), key), 400, "bad_idempotency_key")
    assert found["errors"][0]["field"] == "Idempotency-Key"
    assert nothing_stored()


def test_a_refused_request_leaves_its_key_free(
    alice: Employee, client_of: ClientOf, sun: Member, version: TemplateVersion
) -> None:
    make_consent(sun, given=False)
    data = body(looked_up(alice, sun), version)
    problem(send(client_of(alice), data), 409, "no_consent")
    make_consent(sun)
    assert send(client_of(alice), data).status_code == 201


@pytest.mark.django_db(transaction=True)
def test_the_same_request_eight_times_at_once_is_one_message(
    alice: Employee, client_of: ClientOf, sun: Member, version: TemplateVersion
) -> None:
    data = body(looked_up(alice, sun), version)
    clients = [client_of(alice) for _ in range(8)]
    answers: list[Any] = []

    def ask(client: APIClient) -> None:
        answers.append(send(client, data))
        connection.close()

    threads = [threading.Thread(target=ask, args=(client,)) for client in clients]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [answer.status_code for answer in answers] == [201] * 8
    assert len({answer.json()["message"] for answer in answers}) == 1
    assert Message.objects.count() == 1


@pytest.mark.parametrize(
    ("fields", "field", "code"),
    [
        ({"text": "海" * 10_000}, "text", "max_length"),
        ({"text": "海" * 300 + ENDING}, "text", "too_long"),
        ({"text": "好😀" + ENDING}, "text", "emoji"),
        ({"text": "=cmd|' /C calc'!A0" + ENDING}, "text", "formula"),
        ({"text": "＝1+1" + ENDING}, "text", "formula"),
        ({"text": "a\x00b" + ENDING}, "text", "null_characters_not_allowed"),
        ({"text": "a\x1bb" + ENDING}, "text", "control"),
        ({"text": ""}, "text", "blank"),
        ({"text": ENDING}, "text", "required"),
        ({"text": "您好"}, "text", "ending"),
        ({"text": "您好" + ENDING.replace("回复R", "回复")}, "text", "ending"),
        ({"text": "看 evil.cn " + ENDING}, "text", "link"),
        ({"text": "wang@evil " + ENDING}, "text", "address"),
        ({"text": "15400001234 " + ENDING}, "text", "number"),
        ({"text": ["x"]}, "text", "invalid"),
        ({"version": 999_999}, "version", "not_usable"),
        ({"version": 10**30}, "version", "max_value"),
        ({"version": -1}, "version", "min_value"),
        ({"version": "x"}, "version", "invalid"),
        ({"version": None}, "version", "null"),
        ({"channel": "wechat"}, "version", "not_usable"),
        ({"channel": "fax"}, "channel", "invalid_choice"),
    ],
)
def test_bad_input_is_named_and_nothing_is_stored(
    alice: Employee, client_of: ClientOf, sun: Member, version: TemplateVersion, fields: dict[str, object],
    field: str, code: str,
) -> None:  # fmt: skip
    answer = send(client_of(alice), body(looked_up(alice, sun), version, **fields))
    found = problem(answer, 400, "invalid")
    assert (field, code) in {(error["field"], error["code"]) for error in found["errors"]}
    assert all(error["detail"] for error in found["errors"])
    for value in ("海海", "calc", "evil", "15400001234", "999999"):
        assert value not in answer.content.decode()
    assert nothing_stored()


def test_half_a_character_is_refused(
    alice: Employee, client_of: ClientOf, sun: Member, version: TemplateVersion
) -> None:
    data = json.dumps(body(looked_up(alice, sun), version, text="a\ud800b" + ENDING))
    answer = client_of(alice).post(
        "/api/messages/", data, content_type="application/json", headers={"Idempotency-Key": "k"}
    )
    problem(answer, 400, "invalid")
    assert nothing_stored()


@pytest.mark.parametrize("data", [[], "text", 7, None, {"member": {}}])
def test_what_is_no_message_at_all(alice: Employee, client_of: ClientOf, sun: Member, data: object) -> None:
    problem(send(client_of(alice), data), 400, "invalid")
    assert nothing_stored()


# --- Refusals -------------------------------------------------------------------------------------------


def test_when_the_member_was_contacted_and_is_free_again_is_told_and_nothing_else(
    alice: Employee, bob: Employee, client_of: ClientOf, sun: Member, version: TemplateVersion, set_clock: SetClock
) -> None:
    # 3 November, 23:30 in UTC is the 4th in Shanghai
    at = datetime(2026, 11, 2, 23, 30, tzinfo=UTC)
    set_clock(at)
    assert send(client_of(bob), body(looked_up(bob, sun), version)).status_code == 201
    name = looked_up(alice, sun)
    waiting = problem(send(client_of(alice), body(name, version)), 409, "month_used")
    assert "12月" in waiting["detail"]
    message = Message.objects.get()
    with connection.cursor() as cursor:
        cursor.execute("select outreach_hand_over(%s, %s, 1)", [message.member_id, message.no])
        cursor.execute("select outreach_settle(%s, %s, 2::smallint, 'x', 'y', null)", [message.member_id, message.no])
    set_clock(at + timedelta(days=3))
    refused = problem(send(client_of(alice), body(name, version)), 409, "month_used")
    assert refused["detail"] == "已在11月3日联系过，12月4日后可再联系。"
    english = problem(send(client_of(alice), body(name, version), language="en"), 409, "month_used")
    assert english["detail"] == "Already contacted on 3 Nov. The next message is possible after 4 Dec."
    for told in (refused, english):
        assert not {"bob", "短信", "SMS", "sms", "到店"} & set(str(told).replace("'", " ").split())
    shown = draft(client_of(alice), name).json()["channels"][0]
    assert (shown["refusal"], shown["detail"]) == ("month_used", refused["detail"])


def test_quiet_hours_are_told(
    alice: Employee, client_of: ClientOf, sun: Member, version: TemplateVersion, night: None
) -> None:
    refused = problem(send(client_of(alice), body(looked_up(alice, sun), version)), 409, "quiet_hours")
    assert "8:00" in refused["detail"]
    assert "免打扰" in refused["detail"]
    assert nothing_stored()


def test_a_missing_consent_names_the_channel(
    alice: Employee, client_of: ClientOf, sun: Member, version: TemplateVersion
) -> None:
    make_consent(sun, given=False)
    refused = problem(send(client_of(alice), body(looked_up(alice, sun), version)), 409, "no_consent")
    assert refused["detail"] == "该会员没有同意接收短信。"


def test_messages_are_limited_and_a_replay_is_not(
    alice: Employee, client_of: ClientOf, sun: Member, version: TemplateVersion, settings: Settings
) -> None:
    settings.MESSAGE_LIMITS = ["1/d"]
    data = body(looked_up(alice, sun), version)
    assert send(client_of(alice), data).status_code == 201
    assert send(client_of(alice), data).status_code == 201
    problem(send(client_of(alice), data, "key-2"), 429, "too_many_requests")


def test_without_redis_nothing_is_sent(
    alice: Employee, client_of: ClientOf, sun: Member, version: TemplateVersion, settings: Settings
) -> None:
    settings.CACHES = settings.CACHES | {"limits": settings.CACHES["limits"] | {"LOCATION": "unix:///nowhere.sock"}}
    problem(send(client_of(alice), body(looked_up(alice, sun), version)), 503, "limiter_unavailable")
    assert nothing_stored()


# --- One's own ------------------------------------------------------------------------------------------


def own(client: APIClient, **asked: str | float) -> Any:
    return client.get("/api/messages/", asked)


def test_ones_own_messages_tell_when_and_what_became_of_them_and_not_to_whom(
    alice: Employee, bob: Employee, client_of: ClientOf, sun: Member, version: TemplateVersion
) -> None:
    sent = send(client_of(alice), body(looked_up(alice, sun), version)).json()
    assert own(client_of(bob)).json() == {"results": [], "next": None}
    answer = own(client_of(alice))
    (row,) = answer.json()["results"]
    assert row == {
        "message": sent["message"], "at": row["at"], "channel": "sms", "template": "到店（短信）", "category": "冰箱",
        "state": "claimed", "label": row["label"],
    }  # fmt: skip
    assert not {"孙", "1234"} & set(answer.content.decode())


def test_a_receipt_has_the_last_word(
    alice: Employee, client_of: ClientOf, sun: Member, version: TemplateVersion
) -> None:
    sent = send(client_of(alice), body(looked_up(alice, sun), version)).json()
    member_id, no = read_staff_name(sent["message"])
    Delivery.objects.create(member_id=member_id, no=no, state=Delivery.State.DELIVERED, reported_at=timezone.now())
    (row,) = own(client_of(alice)).json()["results"]
    assert row["state"] == "delivered"


def test_pages_follow_one_another(alice: Employee, client_of: ClientOf, sun: Member, version: TemplateVersion) -> None:
    with connection.cursor() as cursor:
        # Several at the same moment, over several partitions
        cursor.execute(
            "insert into outreach_message (member_id, no, channel, state, service, version_id, sender_id, claimed_at,"
            " send_by) select 1000 + n / 3, n %% 3 + 1, 1, 4, false, %s, %s, timestamptz '2026-11-01' + (n / 5) *"
            " interval '1 hour', now() from generate_series(0, 22) n",
            [version.pk, alice.pk],
        )
    seen, after = [], None
    for _ in range(10):
        page = own(client_of(alice), limit=5, **({"after": after} if after else {})).json()
        seen += page["results"]
        after = page["next"]
        if after is None:
            break
    assert len({row["message"] for row in seen}) == len(seen) == 23
    assert [row["at"] for row in seen] == sorted((row["at"] for row in seen), reverse=True)


@pytest.mark.parametrize("after", ["x", "q0Ro8zUa1bEw2XkZ5vYt7g", "!" * 22])
def test_a_cursor_of_somebody_else_is_none(
    alice: Employee, client_of: ClientOf, sun: Member, version: TemplateVersion, after: str
) -> None:
    problem(own(client_of(alice), after=after), 400, "bad_cursor")


def test_bobs_message_is_no_cursor_for_alice(
    alice: Employee, bob: Employee, client_of: ClientOf, sun: Member, version: TemplateVersion
) -> None:
    sent = send(client_of(bob), body(looked_up(bob, sun), version)).json()
    problem(own(client_of(alice), after=sent["message"]), 400, "bad_cursor")


def test_who_may_not_write_is_refused(dana: Employee, root: Employee, client_of: ClientOf) -> None:
    for employee in (dana, root):
        client = client_of(employee)
        for answer in (draft(client, "x"), send(client, {}), own(client)):
            problem(answer, 403, "forbidden")
    assert not Click.objects.exists()
