"""Alibaba Cloud's SDK, WeChat and JPush against local endpoints that behave as documented."""

from collections.abc import Callable, Iterator
from datetime import UTC, timedelta
from pathlib import Path
from typing import Any, cast

import pytest
from django.utils import timezone

from outreach.channels import aliyun, jpush, web_api, wechat
from outreach.channels.aliyun import AliyunChannel
from outreach.channels.jpush import JPushChannel
from outreach.channels.protocol import Answer, MessageChannel, Outcome, Outgoing
from outreach.channels.url import ChannelUrl
from outreach.channels.wechat import WeChatChannel
from outreach.errors import BadChannelUrl
from tests.outreach.channels.conftest import message
from tests.servers.certificate import write_certificate
from tests.servers.web_provider import Aliyun, JPush, Said, WebProvider, WeChat

CHANNELS: dict[str, tuple[type[WebProvider], Callable[[ChannelUrl], MessageChannel]]] = {
    "aliyun": (Aliyun, AliyunChannel),
    "wechat": (WeChat, WeChatChannel),
    "jpush": (JPush, JPushChannel),
}


@pytest.fixture(params=CHANNELS)
def pair(request: pytest.FixtureRequest) -> Iterator[tuple[Any, MessageChannel]]:
    server, channel = CHANNELS[request.param]
    yield from _pair(server, channel)


def _pair(
    server: type[WebProvider], channel: Callable[[ChannelUrl], MessageChannel]
) -> Iterator[tuple[Any, MessageChannel]]:
    provider = cast(Any, server())
    yield provider, channel(ChannelUrl.parse(provider.url))
    provider.close()


@pytest.fixture
def cloud() -> Iterator[tuple[Aliyun, MessageChannel]]:
    yield from _pair(Aliyun, AliyunChannel)


@pytest.fixture
def account() -> Iterator[tuple[WeChat, MessageChannel]]:
    yield from _pair(WeChat, WeChatChannel)


@pytest.fixture
def app() -> Iterator[tuple[JPush, MessageChannel]]:
    yield from _pair(JPush, JPushChannel)


def sends(provider: WebProvider) -> int:
    return len(provider.sends()) if isinstance(provider, WeChat) else len(provider.calls)


def test_a_message_is_accepted_with_a_reference(pair: tuple[Any, MessageChannel]) -> None:
    provider, channel = pair
    first, second = channel.send(message()), channel.send(message())
    assert {first.outcome, second.outcome} == {Outcome.ACCEPTED}
    assert first.reference != second.reference
    assert sends(provider) == 2


@pytest.mark.parametrize("fault", ["cut", "mute", "drip", "garbage", "html", "huge"])
def test_no_answer_that_can_be_read_is_unknown_after_one_attempt(
    pair: tuple[Any, MessageChannel], fault: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    provider, channel = pair
    if isinstance(provider, WeChat):
        channel.send(message())  # has its token
        provider.calls.clear()
    monkeypatch.setattr(web_api, "STEP_SECONDS", 1)
    monkeypatch.setattr(web_api, "WHOLE_SECONDS", 2)
    monkeypatch.setattr(aliyun, "STEP_MILLISECONDS", 1000)
    monkeypatch.setattr(aliyun, "WHOLE_SECONDS", 2)
    provider.fault = fault
    assert channel.send(message()).outcome is Outcome.UNKNOWN
    assert sends(provider) == 1


@pytest.mark.parametrize("status", [500, 502, 503, 504, 200, 302])
def test_an_answer_without_a_documented_code_is_unknown(pair: tuple[Any, MessageChannel], status: int) -> None:
    provider, channel = pair
    if isinstance(provider, WeChat):
        channel.send(message())
        provider.calls.clear()
    for body in ({}, {"Code": "isp.SYSTEM_ERROR"}, {"errcode": -1}, {"error": {"code": 1000}}, {"Code": 7}):
        provider.forced = Said(status, body)
        assert channel.send(message()).outcome is Outcome.UNKNOWN
    assert sends(provider) == 5


NONSENSE: dict[str, Any] = {
    "list": ["40003"], "object": {"code": 40003}, "null": None, "float": 40003.0, "zero": 0.0, "infinite": float("inf"),
    "true": True, "false": False, "long text": "9" * 20_000, "long number": 10**4000, "half a sign": "\ud800",
}  # fmt: skip


@pytest.mark.parametrize("status", [200, 400])
@pytest.mark.parametrize("value", NONSENSE.values(), ids=NONSENSE)
def test_nonsense_in_place_of_a_code_or_a_reference_is_unknown(
    pair: tuple[Any, MessageChannel], value: Any, status: int
) -> None:
    provider, channel = pair
    if isinstance(provider, WeChat):
        channel.send(message())
    code = {"aliyun": {"Code": value, "BizId": "1"}, "wechat": {"errcode": value, "msgid": 1}}
    provider.forced = Said(status, code.get(channel.provider, {"error": {"code": value}}))
    told = channel.send(message())
    if not (channel.provider == "jpush" and status == 400 and type(value) is int):  # any whole number is a code there
        assert told.outcome is Outcome.UNKNOWN
    if type(value) in {str, int}:
        return  # may be a reference
    reference = {"aliyun": {"Code": "OK", "BizId": value}, "wechat": {"errcode": 0, "msgid": value}}
    provider.forced = Said(status, reference.get(channel.provider, {"msg_id": value}))
    assert channel.send(message()).outcome is Outcome.UNKNOWN


@pytest.mark.parametrize("value", NONSENSE.values(), ids=NONSENSE)
@pytest.mark.parametrize("field", ["access_token", "expires_in"])
def test_nonsense_in_place_of_a_token_never_raises(
    account: tuple[WeChat, MessageChannel], field: str, value: Any
) -> None:
    provider, channel = account
    provider.forced = Said(200, {"access_token": "token", "expires_in": 7200} | {field: value})
    assert channel.send(message()).outcome is not Outcome.ACCEPTED


def test_a_provider_that_is_not_there_has_nothing(pair: tuple[Any, MessageChannel]) -> None:
    provider, channel = pair
    provider.close()
    assert channel.send(message()) == Answer(Outcome.REFUSED, reason="not connected")


@pytest.mark.parametrize("name", CHANNELS)
def test_a_host_without_an_address_has_nothing(name: str) -> None:
    _, channel = CHANNELS[name]
    url = f"{name}://key:secret@no-such-host.invalid/?tls=off" + ("&sign=x" if name == "aliyun" else "")
    assert channel(ChannelUrl.parse(url)).send(message()).outcome is Outcome.REFUSED


def test_what_is_stale_does_not_leave(pair: tuple[Any, MessageChannel], stale: Outgoing) -> None:
    provider, channel = pair
    assert channel.send(stale) == Answer(Outcome.REFUSED, reason="stale")
    assert sends(provider) == 0


@pytest.mark.parametrize("name", ["aliyun", "wechat"])
def test_without_the_providers_template_id_nothing_leaves(name: str) -> None:
    for provider, channel in _pair(*CHANNELS[name]):
        assert channel.send(message(provider_code="")) == Answer(Outcome.REFUSED, reason="no template id")
        assert provider.calls == []


@pytest.mark.parametrize(
    "url",
    ["{}://127.0.0.1/", "{}://key@127.0.0.1/", "{}://key:s3cret@/", "{}://key:s3cret@h/?tls=maybe&sign=x",
     "{}://key:s3cret@h/?rate=0&sign=x", "{}://key:s3cret@h/?colour=red&sign=x"],
)  # fmt: skip
@pytest.mark.parametrize("name", CHANNELS)
def test_an_unusable_address_is_told_without_repeating_it(name: str, url: str) -> None:
    with pytest.raises(BadChannelUrl) as error:
        CHANNELS[name][1](ChannelUrl.parse(url.format(name)))
    assert "s3cret" not in str(error.value)


def test_nothing_personal_is_logged(pair: tuple[Any, MessageChannel], caplog: pytest.LogCaptureFixture) -> None:
    provider, channel = pair
    caplog.set_level("DEBUG")
    channel.send(message())
    provider.fault = "cut"
    channel.send(message())
    assert "15400001234" not in caplog.text
    assert "secret" not in caplog.text


def test_tls_asks_for_a_certificate_that_is_trusted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    certificate, key = write_certificate(tmp_path)
    provider = JPush()
    provider.secure(certificate, key)
    url = ChannelUrl.parse(provider.url.replace("tls=off", "tls=on"))
    try:
        assert JPushChannel(url).send(message()) == Answer(Outcome.REFUSED, reason="not connected")
        monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
        assert JPushChannel(url).send(message()).outcome is Outcome.ACCEPTED
    finally:
        provider.close()


# --- Alibaba Cloud ---------------------------------------------------------------------------------------------


def test_the_request_to_aliyun_carries_our_name_and_the_moment_of_the_hand_over(
    cloud: tuple[Aliyun, MessageChannel],
) -> None:
    provider, channel = cloud
    handed_over_at = timezone.now() - timedelta(seconds=40)
    channel.send(message(handed_over_at=handed_over_at))
    (call,) = provider.calls
    assert call.query["OutId"] == "q0Ro8zUa1bEw2XkZ5vYt7g"
    assert call.query["PhoneNumbers"] == "+8615400001234"
    assert call.query["SignName"] == "海澄"
    assert call.query["TemplateParam"] == '{"store": "北岸一店"}'
    assert call.headers["x-acs-date"] == handed_over_at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


@pytest.mark.parametrize("code", sorted(aliyun.REFUSED))
def test_aliyuns_documented_codes_are_certain_refusals(cloud: tuple[Aliyun, MessageChannel], code: str) -> None:
    provider, channel = cloud
    # The service says it in an answer of 200, the gateway in one of 400
    provider.forced = Said(200 if code.startswith("is") else 400, {"Code": code, "Message": "m", "RequestId": "R"})
    assert channel.send(message()) == Answer(Outcome.REFUSED, reason=code)
    assert len(provider.calls) == 1


@pytest.mark.parametrize(
    "said",
    [
        Said(200, {"Code": "isp.SYSTEM_ERROR", "Message": "m", "RequestId": "R"}),
        Said(400, {"Code": "SignatureNonceUsed", "Message": "m", "RequestId": "R"}),
        Said(503, {"Code": "ServiceUnavailable", "Message": "m", "RequestId": "R"}),
        Said(200, {"Code": "OK", "Message": "OK", "RequestId": "R"}),
        Said(200, {"Code": "isv.NEW_CODE", "Message": "m", "RequestId": "R"}),
    ],
    ids=lambda said: said.body["Code"],
)
def test_aliyuns_other_answers_are_unknown_after_one_attempt(cloud: tuple[Aliyun, MessageChannel], said: Said) -> None:
    provider, channel = cloud
    provider.forced = said
    assert channel.send(message()).outcome is Outcome.UNKNOWN
    assert len(provider.calls) == 1


def test_a_wrong_key_is_refused_by_the_gateway(cloud: tuple[Aliyun, MessageChannel]) -> None:
    provider, _ = cloud
    channel = AliyunChannel(ChannelUrl.parse(provider.url.replace(provider.SECRET, "another")))
    assert channel.send(message()) == Answer(Outcome.REFUSED, reason="SignatureDoesNotMatch")


# --- WeChat ----------------------------------------------------------------------------------------------------


def test_the_request_to_wechat_is_the_template_with_our_name(account: tuple[WeChat, MessageChannel]) -> None:
    provider, channel = account
    channel.send(message(address="OPENID"))
    sent = provider.sends()[0].json
    assert sent["touser"] == "OPENID"
    assert sent["client_msg_id"] == "q0Ro8zUa1bEw2XkZ5vYt7g"
    assert sent["data"] == {"store": {"value": "北岸一店"}}


def test_the_token_is_fetched_once_and_again_before_it_ends(
    account: tuple[WeChat, MessageChannel], monkeypatch: pytest.MonkeyPatch
) -> None:
    provider, channel = account
    now = [1000.0]
    monkeypatch.setattr("outreach.channels.wechat.time.monotonic", lambda: now[0])
    for _ in range(3):
        channel.send(message())
    assert len(provider.calls) - len(provider.sends()) == 1
    now[0] += 7200 - wechat.TOKEN_MARGIN + 1
    channel.send(message())
    assert len(provider.calls) - len(provider.sends()) == 2


def test_a_token_that_wechat_refuses_costs_one_message_and_is_fetched_anew(
    account: tuple[WeChat, MessageChannel],
) -> None:
    provider, channel = account
    channel.send(message())
    provider.token = "second-token"
    assert channel.send(message()) == Answer(Outcome.REFUSED, reason="40001")
    assert channel.send(message()).outcome is Outcome.ACCEPTED


def test_without_a_token_nothing_leaves(account: tuple[WeChat, MessageChannel]) -> None:
    provider, _ = account
    channel = WeChatChannel(ChannelUrl.parse(provider.url.replace(provider.SECRET, "another")))
    assert channel.send(message()) == Answer(Outcome.REFUSED, reason="no token")
    provider.fault = "cut"
    assert channel.send(message()) == Answer(Outcome.REFUSED, reason="no token")
    assert provider.sends() == []


@pytest.mark.parametrize("code", sorted(wechat.REFUSED))
def test_wechats_documented_codes_are_certain_refusals(account: tuple[WeChat, MessageChannel], code: int) -> None:
    provider, channel = account
    channel.send(message())
    provider.forced = Said(200, {"errcode": code, "errmsg": "m"})
    assert channel.send(message()) == Answer(Outcome.REFUSED, reason=str(code))


@pytest.mark.parametrize("code", [-1, 43108, 65400, 99999, None, "40003", 0])
def test_wechats_other_codes_are_unknown(account: tuple[WeChat, MessageChannel], code: object) -> None:
    provider, channel = account
    channel.send(message())
    provider.forced = Said(200, {"errcode": code, "errmsg": "m"})
    assert channel.send(message()).outcome is Outcome.UNKNOWN


# --- JPush -----------------------------------------------------------------------------------------------------


def test_the_request_to_jpush_names_the_device_and_carries_our_name(app: tuple[JPush, MessageChannel]) -> None:
    provider, channel = app
    channel.send(message(address="device-1"))
    sent = provider.calls[0].json
    assert sent["audience"] == {"registration_id": ["device-1"]}
    assert sent["notification"]["android"]["extras"] == {"name": "q0Ro8zUa1bEw2XkZ5vYt7g"}


def test_jpush_is_told_how_long_to_try(app: tuple[JPush, MessageChannel]) -> None:
    provider, channel = app
    channel.send(message())
    channel.send(message(valid_seconds=7200))
    channel.send(message(valid_seconds=50, handed_over_at=timezone.now() - timedelta(seconds=40)))
    first, long, short = [call.json["options"].get("time_to_live") for call in provider.calls]
    assert first is None
    assert 7190 < long <= 7200
    assert 1 <= short <= 10


@pytest.mark.parametrize("status", sorted(jpush.REFUSED))
def test_jpushs_documented_statuses_are_certain_refusals(app: tuple[JPush, MessageChannel], status: int) -> None:
    provider, channel = app
    provider.forced = Said(status, {"error": {"code": 1011, "message": "m"}})
    assert channel.send(message()) == Answer(Outcome.REFUSED, reason=f"http {status} code 1011")


@pytest.mark.parametrize("status", [400, 403, 429])
def test_a_status_of_a_proxy_in_between_is_unknown(app: tuple[JPush, MessageChannel], status: int) -> None:
    provider, channel = app
    provider.forced = Said(status, {"message": "forbidden by policy"})
    assert channel.send(message()).outcome is Outcome.UNKNOWN
