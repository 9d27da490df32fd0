"""The providers' webhooks: nothing changes without a valid signature."""

import base64
import hashlib
import hmac
import json
import os
import struct
import time
import uuid
from datetime import timedelta
from typing import Any

import pytest
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from django.conf import settings
from django.db import connection
from django.test import Client
from django.utils import timezone

from members.models import ConsentState, ContactPoint, Member
from members.vault import keyed_hash
from outreach.actions.grant_web_role import grant_web_role
from outreach.message_token import token
from outreach.models import Channel, Delivery, EarlyReceipt, Message, Reply
from tests.builders import make_consent, make_member
from tests.outreach.messages import put_message

JSON = "application/json"


@pytest.fixture
def sun(db: None) -> Member:
    member = make_member(phone="15400001234")
    for channel in Channel:
        make_consent(member, channel)
    ContactPoint.objects.create(
        channel=Channel.EMAIL, bidx=keyed_hash("email", "sun@example.com"), member_id=member.pk, ciphertext=b"x"
    )
    ContactPoint.objects.create(
        channel=Channel.WECHAT, bidx=keyed_hash("wechat", "oSun"), member_id=member.pk, ciphertext=b"x"
    )
    put_message(member.pk)
    return member


@pytest.fixture
def name(sun: Member) -> str:
    return token(sun.pk, 1)


def unchanged() -> bool:
    return (
        Message.objects.get().state == Message.State.SENDING
        and not Delivery.objects.exists()
        and not Reply.objects.exists()
        and not EarlyReceipt.objects.exists()
        and ConsentState.objects.filter(given=False).count() == 0
    )


# --- our own form ----------------------------------------------------------------------------------------------


def signed(body: bytes, *, secret: str = "s" * 32, at: float | None = None) -> dict[str, str]:
    timestamp = str(int(time.time() if at is None else at))
    signature = hmac.new(secret.encode(), timestamp.encode() + b"." + body, hashlib.sha256).hexdigest()
    return {"X-Timestamp": timestamp, "X-Signature": signature}


def tell(body: Any, provider: str = "smtp", **signing: Any) -> Any:
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    headers = signing.pop("headers", None) or signed(content, **signing)
    client = Client(raise_request_exception=False, enforce_csrf_checks=True)
    return client.post(f"/api/webhooks/{provider}/", content, content_type=JSON, headers=headers)


def bounce(name: str, *, delivered: bool = False) -> dict[str, Any]:
    return {"receipts": [{"name": name, "delivered": delivered, "code": "5.1.1"}]}


def test_a_signed_receipt_is_taken(name: str) -> None:
    answer = tell(bounce(name))
    assert (answer.status_code, answer.json()) == (200, {"taken": 1})
    assert Message.objects.get().state == Message.State.ACCEPTED
    assert Delivery.objects.get().state == Delivery.State.FAILED


def test_a_signed_reply_is_taken(sun: Member) -> None:
    reply = {"address": "sun@example.com", "text": "unsubscribe", "said_at": "2026-11-22T10:00:00+08:00"}
    make_consent(sun, Channel.EMAIL)
    assert tell({"replies": [reply | {"said_at": "2099-01-01T00:00:00Z"}]}).json() == {"taken": 1}
    assert ConsentState.objects.filter(member_id=sun.pk, given=False).get().channel == Channel.EMAIL


def test_replays_and_duplicates_change_nothing_more(name: str) -> None:
    tell(bounce(name, delivered=True))
    before = Delivery.objects.values().get()
    for _ in range(3):
        assert tell(bounce(name, delivered=True)).status_code == 200
        assert tell(bounce(name)).status_code == 200
    assert Delivery.objects.values().get() == before


@pytest.mark.parametrize(
    "signing",
    [
        {"secret": "x" * 32},
        {"secret": "p" * 32},  # of another provider
        {"ahead": -400},
        {"ahead": 400},
        {"headers": {"X-Timestamp": "0"}},
        {"headers": {"X-Signature": "0" * 64}},
        {"headers": {"X-Timestamp": "１２３", "X-Signature": "签"}},
        {"headers": {"X-Timestamp": "9" * 400, "X-Signature": "0" * 64}},
    ],
)
def test_without_a_valid_signature_nothing_changes(name: str, signing: dict[str, Any]) -> None:
    # Seconds from now, not from when the tests were collected
    signing = {("at" if key == "ahead" else key): value for key, value in signing.items()}
    if "at" in signing:
        signing["at"] += time.time()
    answer = tell(bounce(name), **signing)
    assert (answer.status_code, answer.json()["code"]) == (403, "bad_signature")
    assert unchanged()


@pytest.mark.parametrize("timestamp", ["-1", "1e9", " 1", "٣", "", "0x10", "99999999999999999999"])
def test_a_signed_timestamp_that_is_none_is_refused(name: str, timestamp: str) -> None:
    body = json.dumps(bounce(name)).encode()
    signature = hmac.new(b"s" * 32, timestamp.encode() + b"." + body, hashlib.sha256).hexdigest()
    headers = {"X-Timestamp": timestamp, "X-Signature": signature}
    assert tell(body, headers=headers).status_code == 403
    assert unchanged()


def test_a_changed_body_is_refused(name: str) -> None:
    headers = signed(json.dumps(bounce(name)).encode())
    assert tell(bounce(name, delivered=True), headers=headers).status_code == 403
    assert unchanged()


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"null",
        b"[]",
        b'"x"',
        b"[" * 100_000,
        b"\xff\xfe",
        {"receipts": {}},
        {"receipts": [{"name": "x"}]},
        {"receipts": [{"name": "x" * 65, "delivered": True, "code": ""}]},
        {"receipts": [{"name": "x", "delivered": "perhaps", "code": ""}]},
        {"replies": [{"address": "15400001234", "text": "R"}]},
        {"replies": [{"address": "15400001234", "text": "R", "said_at": "yesterday"}]},
        {"replies": [{"address": "15400001234", "text": "R", "said_at": "0001-01-01T00:00:00Z"}]},
        {"replies": [{"address": "15400001234", "text": "R", "said_at": "0001-01-01T00:00:00+14:00"}]},
        {"replies": [{"address": "15400001234", "text": "x" * 10_001, "said_at": "2026-11-22T10:00:00Z"}]},
    ],
    ids=lambda body: str(body)[:40],
)
def test_a_signed_body_in_another_form_is_a_400_that_repeats_nothing(sun: Member, body: Any) -> None:
    answer = tell(body)
    assert answer.status_code == 400
    assert answer["Content-Type"] == "application/problem+json"
    assert b"15400001234" not in answer.content
    assert unchanged()


@pytest.mark.parametrize("name", ["", "q0Ro8zUa1bEw2XkZ5vYt7g", "\x00", "=1+1", "😀"])
def test_a_name_of_nobody_is_answered_and_changes_nothing(sun: Member, name: str) -> None:
    assert tell(bounce(name)).status_code in ({400} if name in {"", "\x00"} else {200})
    assert unchanged()


def test_ten_megabytes_are_refused_by_their_length(sun: Member) -> None:
    body = b'{"receipts": ["' + b"x" * 10_000_000 + b'"]}'
    answer = tell(body)
    assert (answer.status_code, answer.json()["code"]) == (413, "too_large")
    assert unchanged()


def test_a_body_is_not_read_when_its_length_says_too_much(sun: Member) -> None:
    """The client promises 10 MB and sends none of it: the answer comes all the same."""
    client = Client(raise_request_exception=False)
    answer = client.post(
        "/api/webhooks/smtp/", b"", content_type=JSON, headers={"X-Signature": "0"}, CONTENT_LENGTH="10000000"
    )
    assert answer.status_code == 413


@pytest.mark.parametrize("provider", ["nobody", "smpp", "console", "recording", "../admin"])
def test_an_unknown_provider_is_not_found(sun: Member, provider: str) -> None:
    assert tell({}, provider=provider).status_code == 404


def test_a_provider_without_a_secret_is_not_found(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settings, "WEBHOOK_SECRETS", {"smtp": ""})
    assert tell(bounce(name), secret="").status_code == 404
    assert unchanged()


@pytest.mark.parametrize("method", ["get", "put", "patch", "delete"])
def test_other_methods_are_refused(sun: Member, method: str) -> None:
    assert getattr(Client(raise_request_exception=False), method)("/api/webhooks/smtp/").status_code in {404, 405}


# --- Alibaba Cloud ---------------------------------------------------------------------------------------------

REPORT = {
    "phone_number": "15400001234", "send_time": "2026-11-22 10:00:00", "report_time": "2026-11-22 10:00:02",
    "success": True, "err_code": "DELIVERED", "err_msg": "用户接收成功", "sms_size": "1",
    "biz_id": "932702304080415357^0", "out_id": "",
}  # fmt: skip
UP = {
    "phone_number": "15400001234", "content": "退订", "send_time": "2099-09-01 00:00:00", "dest_code": "1234",
    "sequence_id": "1234567890",
}  # fmt: skip


def push(items: Any, secret: str = "a" * 32) -> Any:
    body = items if isinstance(items, bytes) else json.dumps(items).encode()
    return Client(raise_request_exception=False).post(
        "/api/webhooks/aliyun/", body, content_type=JSON, headers={"X-Webhook-Secret": secret}
    )


def test_aliyuns_documented_report_is_taken_and_answered_as_documented(name: str) -> None:
    answer = push([REPORT | {"out_id": name}])
    assert (answer.status_code, answer.json()) == (200, {"code": 0, "msg": "OK"})
    assert Delivery.objects.get().state == Delivery.State.DELIVERED
    assert Message.objects.get().provider_ref == "932702304080415357^0"


@pytest.mark.parametrize("reference", ["\0", "\ud800", os.urandom(5000).hex()])
@pytest.mark.parametrize("named", [True, False])
def test_a_reference_that_cannot_be_kept_holds_nothing_up(name: str, reference: str, named: bool) -> None:
    odd = REPORT | {"out_id": name if named else "", "biz_id": reference}
    assert push([odd, REPORT | {"out_id": name}]).status_code == 200
    assert Message.objects.get().provider_ref == "932702304080415357^0" or named
    assert not EarlyReceipt.objects.exists()


def test_aliyuns_documented_reply_is_taken(sun: Member) -> None:
    assert push([UP]).json() == {"code": 0, "msg": "OK"}
    assert ConsentState.objects.filter(member_id=sun.pk, given=False).get().channel == Channel.SMS


def test_aliyuns_own_spellings_of_the_moment_are_read(sun: Member) -> None:
    moments = ("2026-09-01 00:00:00", "20260901000000", "", None, 5)
    for moment in moments:
        assert push([UP | {"send_time": moment}]).status_code == 200
    assert Reply.objects.count() == len(moments) - 1  # "" and None tell nothing, so they tell the same


@pytest.mark.parametrize(
    "changes",
    [{}, {"send_time": "0001-01-01 00:00:00"}, {"send_time": None}, {"sequence_id": None}, {"sequence_id": 5}],
)
def test_a_reply_by_aliyun_told_again_changes_nothing(sun: Member, changes: dict[str, Any]) -> None:
    push([UP | changes])
    make_consent(sun)
    push([UP | changes, UP | changes])
    assert Reply.objects.count() == 1
    assert ConsentState.objects.get(member_id=sun.pk, channel=Channel.SMS).given
    push([UP | changes | {"sequence_id": "1234567891"}])
    assert not ConsentState.objects.get(member_id=sun.pk, channel=Channel.SMS).given


@pytest.mark.parametrize("moment", ["0001-01-01 00:00:00", "1999-12-31 23:59:59", "9999-12-31 23:59:59"])
def test_a_moment_that_aliyun_cannot_mean_is_now_and_holds_nothing_up(name: str, sun: Member, moment: str) -> None:
    assert push([UP | {"send_time": moment}, REPORT | {"out_id": name}]).status_code == 200
    assert Reply.objects.get().at > timezone.now() - timedelta(minutes=1)
    assert ConsentState.objects.filter(member_id=sun.pk, given=False).get().channel == Channel.SMS
    assert Delivery.objects.exists()


def test_items_in_another_form_are_passed_over(name: str) -> None:
    assert (
        push([None, 1, "x", {}, {"success": "yes"}, REPORT | {"out_id": 5}, REPORT | {"out_id": name}]).status_code
        == 200
    )
    assert Delivery.objects.count() == 1


@pytest.mark.parametrize("secret", ["", "a" * 31, "b" * 32, "秘"])
def test_without_the_gateways_secret_nothing_changes(name: str, secret: str) -> None:
    assert push([REPORT | {"out_id": name}, UP], secret).status_code == 403
    assert unchanged()


@pytest.mark.parametrize("body", [b"", b"{}", b"x", b"[" * 100_000])
def test_no_list_is_a_400(sun: Member, body: bytes) -> None:
    assert push(body).status_code == 400


# --- WeChat ----------------------------------------------------------------------------------------------------

APP_ID, TOKEN, KEY = f"wx0123456789abcdef.{'t' * 16}.{'E' * 43}".split(".")


def sha1_of(*parts: str) -> str:
    return hashlib.sha1("".join(sorted(parts)).encode()).hexdigest()


def encrypted(document: str, app_id: str = APP_ID, key: str = KEY) -> str:
    """As 消息加解密说明 has it."""
    aes = base64.b64decode(key + "=")
    content = document.encode()
    clear = os.urandom(16) + struct.pack(">I", len(content)) + content + app_id.encode()
    padding = 32 - len(clear) % 32
    cipher = Cipher(algorithms.AES(aes), modes.CBC(aes[:16])).encryptor()
    return base64.b64encode(cipher.update(clear + bytes([padding]) * padding) + cipher.finalize()).decode()


def wechat(
    document: str, *, at: float | None = None, token: str = TOKEN, body: bytes | None = None, app_id: str = APP_ID,
    key: str = KEY,
) -> Any:  # fmt: skip
    secret = encrypted(document, app_id, key)
    timestamp, nonce = str(int(time.time() if at is None else at)), "486452656"
    query = {
        "timestamp": timestamp, "nonce": nonce, "signature": sha1_of(token, timestamp, nonce), "encrypt_type": "aes",
        "msg_signature": sha1_of(token, timestamp, nonce, secret),
    }  # fmt: skip
    content = f"<xml><ToUserName><![CDATA[gh_1]]></ToUserName><Encrypt><![CDATA[{secret}]]></Encrypt></xml>".encode()
    client = Client(raise_request_exception=False)
    return client.post(
        "/api/webhooks/wechat/",
        body or content,
        content_type="text/xml",
        query_params=query,
    )


def event(kind: str, more: str = "", who: str = "oSun", created: int = 4_000_000_000) -> str:
    return (
        "<xml><ToUserName><![CDATA[gh_7f083739789a]]></ToUserName>"
        f"<FromUserName><![CDATA[{who}]]></FromUserName><CreateTime>{created}</CreateTime>"
        f"<MsgType><![CDATA[{'text' if kind == 'text' else 'event'}]]></MsgType>"
        + (f"<Event><![CDATA[{kind}]]></Event>" if kind != "text" else "")
        + f"{more}</xml>"
    )


def finished(status: str, reference: str = "200163836") -> str:
    return event("TEMPLATESENDJOBFINISH", f"<MsgID>{reference}</MsgID><Status><![CDATA[{status}]]></Status>")


def test_the_documented_signature_is_ours() -> None:
    """接入指引 of 消息加解密说明: its example."""
    assert sha1_of("AAAAA", "1714037059", "486452656") == "899cf89e464efb63f54ddac96b0a0a235f53aa78"


def test_wechats_question_for_the_address_is_answered(db: None) -> None:
    timestamp = str(int(time.time()))
    query = {"timestamp": timestamp, "nonce": "5", "signature": sha1_of(TOKEN, timestamp, "5"), "echostr": "4375120948"}
    answer = Client().get("/api/webhooks/wechat/", query)
    assert (answer.status_code, answer.content, answer["Content-Type"]) == (200, b"4375120948", "text/plain")
    assert Client().get("/api/webhooks/wechat/", query | {"signature": "0" * 40}).status_code == 403
    assert Client().get("/api/webhooks/wechat/", {"echostr": "<script>"}).status_code == 403


@pytest.mark.parametrize(
    ("status", "state"),
    [
        ("success", Delivery.State.DELIVERED),
        ("failed:user block", Delivery.State.FAILED),
        ("failed: system failed", Delivery.State.FAILED),
    ],
)
def test_wechats_documented_receipts_are_taken(sun: Member, status: str, state: int) -> None:
    with connection.cursor() as cursor:
        cursor.execute("select outreach_settle(%s, 1, 2::smallint, 'wechat', '200163836', null)", [sun.pk])
    answer = wechat(finished(status))
    assert (answer.status_code, answer.content) == (200, b"success")
    assert Delivery.objects.get().state == state


@pytest.mark.parametrize("text", ["TD", "退订"])
def test_a_reply_by_wechat_is_taken(sun: Member, text: str) -> None:
    assert wechat(event("text", f"<Content><![CDATA[{text}]]></Content><MsgId>1</MsgId>")).content == b"success"
    assert ConsentState.objects.filter(member_id=sun.pk, given=False).get().channel == Channel.WECHAT


@pytest.mark.parametrize("kind", ["text", "unsubscribe"])
def test_a_reply_by_wechat_told_again_changes_nothing(sun: Member, kind: str) -> None:
    more = "<Content>TD</Content><MsgId>1</MsgId>" if kind == "text" else ""
    wechat(event(kind, more))
    make_consent(sun, Channel.WECHAT)
    wechat(event(kind, more))
    assert Reply.objects.count() == 1
    assert ConsentState.objects.get(member_id=sun.pk, channel=Channel.WECHAT).given
    wechat(event(kind, more, created=4_000_000_001))
    assert not ConsentState.objects.get(member_id=sun.pk, channel=Channel.WECHAT).given


@pytest.mark.parametrize("created", [-62_135_596_800, 0, 253_402_300_799])
def test_a_moment_that_wechat_cannot_mean_is_now(sun: Member, created: int) -> None:
    assert wechat(event("unsubscribe", created=created)).content == b"success"
    assert Reply.objects.get().at > timezone.now() - timedelta(minutes=1)


def test_leaving_the_account_is_an_opt_out(sun: Member) -> None:
    wechat(event("unsubscribe"))
    assert ConsentState.objects.filter(member_id=sun.pk, given=False).get().channel == Channel.WECHAT


def test_a_text_cannot_pass_for_a_receipt(sun: Member) -> None:
    text = "<Event>TEMPLATESENDJOBFINISH</Event><MsgID>200163836</MsgID><Status>success</Status>"
    wechat(event("text", f"<Content><![CDATA[{text}]]></Content>"))
    assert not Delivery.objects.exists()
    assert not EarlyReceipt.objects.exists()


@pytest.mark.parametrize(
    "how",
    [
        {"token": "x" * 16},
        {"at": time.time() - 400},
        {"body": b"<xml><Encrypt>x</Encrypt></xml>"},
        {"body": b"<xml></xml>"},
    ],
)
def test_what_wechat_did_not_sign_changes_nothing(sun: Member, how: dict[str, Any]) -> None:
    assert wechat(event("unsubscribe"), **how).status_code == 403
    assert unchanged()


def test_a_plain_body_with_the_plain_signature_changes_nothing(sun: Member) -> None:
    """The plain mode's signature does not cover the body."""
    assert wechat("", body=event("unsubscribe").encode()).status_code == 403
    assert unchanged()


@pytest.mark.parametrize(
    ("document", "how"),
    [
        (event("unsubscribe"), {"app_id": "wxanother"}),
        (event("unsubscribe"), {"key": "F" * 43}),
        ("no xml", {}),
        ('<!DOCTYPE xml [<!ENTITY a "b">]><xml>&a;</xml>', {}),
    ],
)
def test_what_cannot_be_opened_is_a_400(sun: Member, document: str, how: dict[str, str]) -> None:
    assert wechat(document, app_id=how.get("app_id", APP_ID), key=how.get("key", KEY)).status_code == 400
    assert unchanged()


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_a_document_type_outside_is_a_400(sun: Member, encoding: str) -> None:
    document = f"<?xml version='1.0' encoding='{encoding}'?><!DOCTYPE x><xml><Encrypt>x</Encrypt></xml>"
    assert wechat("", body=document.encode(encoding)).status_code == 400


@pytest.mark.parametrize("kind", ["subscribe", "CLICK", "SCAN", "LOCATION"])
def test_other_events_are_answered_and_change_nothing(sun: Member, kind: str) -> None:
    assert wechat(event(kind)).content == b"success"
    assert unchanged()


# --- the web's database role -----------------------------------------------------------------------------------


def test_the_webs_database_role_is_enough(name: str, sun: Member) -> None:
    role = f"web-{uuid.uuid4()}"
    grant_web_role(role=role)
    with connection.cursor() as cursor:
        cursor.execute(f'set local role "{role}"')
        try:
            assert push([REPORT | {"out_id": name}, UP]).status_code == 200
            assert wechat(finished("success", "unknown-yet")).status_code == 200
        finally:
            cursor.execute("reset role")
    assert Delivery.objects.count() == 1
    assert EarlyReceipt.objects.count() == 1
    assert ConsentState.objects.filter(member_id=sun.pk, given=False).exists()
