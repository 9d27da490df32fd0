"""The stand-ins keep to what the providers document: they take the documented examples and refuse deviations."""

import base64
import hashlib
import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.servers.web_provider import (
    PUSH,
    SEND_SMS,
    SEND_TEMPLATE,
    STABLE_TOKEN,
    Aliyun,
    Call,
    Contract,
    JPush,
    Said,
    WebProvider,
    WeChat,
    acs3_signature,
)

CONTRACTS = {"SendSms": SEND_SMS, "stable_token": STABLE_TOKEN, "template/send": SEND_TEMPLATE, "v3/push": PUSH}


@pytest.fixture
def aliyun() -> Iterator[Aliyun]:
    yield from _served(Aliyun())


@pytest.fixture
def wechat() -> Iterator[WeChat]:
    yield from _served(WeChat())


@pytest.fixture
def jpush() -> Iterator[JPush]:
    yield from _served(JPush())


def _served(provider: Any) -> Iterator[Any]:
    yield provider
    provider.close()


def test_the_signature_is_the_documented_one() -> None:
    """V3版本请求体&签名机制, its example with fixed values."""
    call = Call(
        "POST", "/",
        {"ImageId": "win2019_1809_x64_dtc_zh-cn_40G_alibase_20230811.vhd", "RegionId": "cn-shanghai"},
        {
            "host": "ecs.cn-shanghai.aliyuncs.com", "x-acs-action": "RunInstances",
            "x-acs-content-sha256": hashlib.sha256(b"").hexdigest(), "x-acs-date": "2023-10-26T10:22:32Z",
            "x-acs-signature-nonce": "3156853299f313e23d1673dc12e1703d", "x-acs-version": "2014-05-26",
        },
        b"",
    )  # fmt: skip
    expected = "06563a9e1b43f5dfe96b81484da74bceab24a1d853912eee15083a6f0f3283c0"
    assert acs3_signature(call, sorted(call.headers), "YourAccessKeySecret") == expected


def sms(**changes: Any) -> Call:
    """The page's example values, signed."""
    query = {
        "PhoneNumbers": "15400001234", "SignName": "阿里云", "TemplateCode": "SMS_15305****",
        "TemplateParam": '{"name":"张三","number":"1390000****"}', "OutId": "abcdefgh",
    }  # fmt: skip
    query = {name: value for name, value in (query | changes.pop("query", {})).items() if value is not None}
    headers = {
        "host": "dysmsapi.aliyuncs.com", "x-acs-action": "SendSms", "x-acs-version": "2017-05-25",
        "x-acs-date": datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "x-acs-content-sha256": hashlib.sha256(b"").hexdigest(), "x-acs-signature-nonce": changes.pop("nonce", "n1"),
    }  # fmt: skip
    headers |= changes.pop("headers", {})
    call = Call("POST", changes.pop("path", "/"), query, headers, b"")
    signed = sorted(headers)
    signature = acs3_signature(call, signed, changes.pop("secret", Aliyun.SECRET))
    key = changes.pop("key", Aliyun.KEY)
    headers["authorization"] = (
        f"ACS3-HMAC-SHA256 Credential={key},SignedHeaders={';'.join(signed)},Signature={signature}"
    )
    return call


def test_aliyun_takes_the_documented_example(aliyun: Aliyun) -> None:
    said = aliyun.said(sms())
    assert said.status == 200
    assert said.body["Code"] == "OK"
    assert set(said.body) == set(SEND_SMS.answer)


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"secret": "another"}, "SignatureDoesNotMatch"),
        ({"key": "another"}, "InvalidAccessKeyId.NotFound"),
        ({"headers": {"x-acs-date": "yesterday"}}, "InvalidTimeStamp.Format"),
        ({"headers": {"x-acs-action": "SendAll"}}, "InvalidAction.NotFound"),
        ({"headers": {"x-acs-content-sha256": "0" * 64}}, "SignatureDoesNotMatch"),
        (
            {"headers": {"x-acs-date": (datetime.now(UTC) - timedelta(minutes=20)).strftime("%Y-%m-%dT%H:%M:%SZ")}},
            "InvalidTimeStamp.Expired",
        ),
        ({"query": {"PhoneNumbers": None}}, "MissingParameter"),
        ({"query": {"SignName": None}}, "MissingParameter"),
        ({"query": {"TemplateCode": ""}}, "MissingParameter"),
        ({"query": {"Phone": "1"}}, "MissingParameter"),
    ],
)
def test_aliyun_refuses_deviations(aliyun: Aliyun, changes: dict[str, Any], code: str) -> None:
    assert aliyun.said(sms(**changes)).body["Code"] == code


def test_aliyun_refuses_the_same_request_twice(aliyun: Aliyun) -> None:
    call = sms()
    assert aliyun.said(call).body["Code"] == "OK"
    assert aliyun.said(call).body["Code"] == "SignatureNonceUsed"


def json_call(path: str, body: Any, query: dict[str, str] | None = None, **headers: str) -> Call:
    return Call("POST", path, query or {}, headers, json.dumps(body).encode())


TOKEN = {"grant_type": "client_credential", "appid": WeChat.APP_ID, "secret": WeChat.SECRET}
TEMPLATE = {
    "touser": "OPENID", "template_id": "ngqIpbwh8bUfcSsECmogfXcV14J0tQlEpBO27izEYtY",
    "url": "http://weixin.qq.com/download", "client_msg_id": "MSG_000001",
    "data": {"keyword1": {"value": "巧克力"}, "keyword2": {"value": "39.8元"}},
}  # fmt: skip


def test_wechat_takes_the_documented_examples(wechat: WeChat) -> None:
    token = wechat.said(json_call(STABLE_TOKEN.path, TOKEN))
    assert set(token.body) == set(STABLE_TOKEN.answer)
    query = {"access_token": token.body["access_token"]}
    sent = wechat.said(json_call(SEND_TEMPLATE.path, TEMPLATE, query))
    assert sent.body["errcode"] == 0
    assert set(sent.body) == set(SEND_TEMPLATE.answer)


@pytest.mark.parametrize(
    ("call", "code"),
    [
        (json_call(STABLE_TOKEN.path, TOKEN | {"secret": "another"}), 40001),
        (json_call(STABLE_TOKEN.path, {"appid": "x"}), 41002),
        (json_call(SEND_TEMPLATE.path, TEMPLATE, {"access_token": "another"}), 40001),
        (json_call(SEND_TEMPLATE.path, TEMPLATE | {"touser": ""}, {"access_token": "first-token"}), 47001),
        (json_call(SEND_TEMPLATE.path, TEMPLATE | {"text": "x"}, {"access_token": "first-token"}), 47001),
        (json_call(SEND_TEMPLATE.path, TEMPLATE | {"data": {"a": "b"}}, {"access_token": "first-token"}), 47001),
    ],
)
def test_wechat_refuses_deviations(wechat: WeChat, call: Call, code: int) -> None:
    assert wechat.said(call).body["errcode"] == code


AUTHORIZATION = "Basic N2Q0MzFlNDJkZmE2YTZkNjkzYWMyZDA0OjVlOTg3YWM2ZDJlMDRkOTVhOWQ4ZjBkMQ=="  # as the page prints it
PUSHED = {
    "platform": "all", "audience": {"registration_id": ["4312kjklfds2"]},
    "notification": {
        "android": {"alert": "Hi, JPush!", "title": "Send to Android", "extras": {"newsid": 321}},
        "ios": {"alert": "Hi, JPush!", "sound": "default", "badge": "+1", "extras": {"newsid": 321}},
    },
    "options": {"time_to_live": 60, "apns_production": False},
}  # fmt: skip


def test_jpush_takes_the_documented_example(jpush: JPush) -> None:
    assert base64.b64decode(AUTHORIZATION[6:]).decode() == f"{JPush.KEY}:{JPush.SECRET}"
    said = jpush.said(json_call(PUSH.path, PUSHED, authorization=AUTHORIZATION))
    assert said.status == 200
    assert set(said.body) == set(PUSH.answer)


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (json_call(PUSH.path, PUSHED, authorization="Basic bm8="), (401, 1004)),
        (json_call(PUSH.path, PUSHED | {"audience": None}, authorization=AUTHORIZATION), (400, 1003)),
        (json_call(PUSH.path, PUSHED | {"notification": {}}, authorization=AUTHORIZATION), (400, 1003)),
        (json_call(PUSH.path, PUSHED | {"to": "x"}, authorization=AUTHORIZATION), (400, 1003)),
        (json_call("/v2/push", PUSHED, authorization=AUTHORIZATION), (404, 1003)),
    ],
)
def test_jpush_refuses_deviations(jpush: JPush, call: Call, said: tuple[int, int]) -> None:
    found = jpush.said(call)
    assert (found.status, found.body["error"]["code"]) == said


@pytest.mark.parametrize("name", CONTRACTS)
def test_every_contract_names_its_page(name: str) -> None:
    contract: Contract = CONTRACTS[name]
    assert ".cn:" in contract.source or ".com:" in contract.source
    assert isinstance(contract.refuse("x"), Said)


def test_a_server_answers_by_its_contract(jpush: WebProvider) -> None:
    from http.client import HTTPConnection

    connection = HTTPConnection("127.0.0.1", jpush.port, timeout=5)
    connection.request("POST", "/v3/push", json.dumps(PUSHED), {"Authorization": AUTHORIZATION})
    assert json.loads(connection.getresponse().read())["msg_id"]
    connection.close()
