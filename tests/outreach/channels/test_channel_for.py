import subprocess
import sys
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone
from pytest_django.fixtures import Settings

from outreach.channels import PROVIDERS, _opened, channel_for, holds_texts, open_channel
from outreach.channels.protocol import Answer, Outcome, Outgoing
from outreach.channels.url import ChannelUrl
from outreach.errors import BadChannelUrl, ChannelNotSetUp
from outreach.models import Channel
from tests.outreach.channels.conftest import message

URLS = {
    Channel.SMS: "smpp://shop:secret@smsc.example.com:2775/?source=1069&rate=30",
    Channel.EMAIL: "smtp://shop:p%40ss@relay.example.com/?sender=shop@example.com&rate=5.5",
    Channel.PUSH: "jpush://key:secret@api.jpush.cn/",
    Channel.WECHAT: "wechat://wx0123:secret@api.weixin.qq.com/",
}


@pytest.fixture(autouse=True)
def _afresh() -> Iterator[None]:
    _opened.cache_clear()
    yield
    _opened.cache_clear()


@pytest.mark.parametrize("channel", Channel)
def test_the_setting_names_the_provider_and_its_rate(settings: Settings, channel: Channel) -> None:
    settings.CHANNEL_URLS = {channel.name: URLS[channel]}
    made = channel_for(channel)
    assert made.provider in PROVIDERS[channel]
    assert made.per_second > 0
    assert channel_for(int(channel)) is made


def test_the_rate_of_the_address_counts(settings: Settings) -> None:
    settings.CHANNEL_URLS = {"EMAIL": URLS[Channel.EMAIL]}
    assert channel_for(Channel.EMAIL).per_second == 5.5


def test_aliyun_can_be_the_provider_of_sms() -> None:
    url = "aliyun://key:secret@dysmsapi.aliyuncs.com/?sign=%E6%B5%B7%E6%BE%84"
    assert open_channel(Channel.SMS, url).provider == "aliyun"


def test_without_a_provider_nothing_is_sent_but_in_the_demo(settings: Settings) -> None:
    settings.DEMO = False
    with pytest.raises(ChannelNotSetUp):
        channel_for(Channel.SMS)
    settings.DEMO = True
    assert channel_for(Channel.SMS).provider == "console"


@pytest.mark.parametrize(
    ("channel", "url"),
    [
        (Channel.SMS, "smtp://relay/?sender=a@example.com"),
        (Channel.EMAIL, "smpp://a:s3cret@h/?source=1"),
        (Channel.SMS, "s3cret"),
        (Channel.SMS, "smpp://a:s3cret@[h/?source=1"),
        (Channel.SMS, "smpp://a:s3cret@h/?source"),
    ],
)
def test_another_channels_provider_is_none(channel: Channel, url: str) -> None:
    with pytest.raises(BadChannelUrl) as error:
        open_channel(channel, url)
    assert "s3cret" not in str(error.value)


def test_a_missing_package_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "alibabacloud_dysmsapi20170525.client", None)
    monkeypatch.delitem(sys.modules, "outreach.channels.aliyun", raising=False)
    with pytest.raises(BadChannelUrl, match="pip install"):
        open_channel(Channel.SMS, "aliyun://key:secret@h/?sign=x")


def test_a_provider_that_is_not_used_is_not_loaded() -> None:
    code = (
        "import os, sys, django; os.environ['DJANGO_SETTINGS_MODULE'] = 'salesapp.settings'; django.setup();"
        "import salesapp.urls, outreach.jobs, salesapp.checks;"
        "sys.exit(any(name.startswith(('alibabacloud', 'darabonba', 'smpplib')) for name in sys.modules))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_an_address_is_never_shown() -> None:
    url = ChannelUrl.parse(URLS[Channel.SMS])
    assert "secret" not in repr(url) + str(url)


def test_a_message_shows_neither_address_nor_text() -> None:
    shown = repr(message())
    assert "15400001234" not in shown
    assert "冰箱已用" not in shown


@pytest.mark.parametrize(
    ("channel", "url", "demo", "held"),
    [
        (Channel.WECHAT, "", False, True),
        (Channel.WECHAT, "", True, False),
        (Channel.WECHAT, "console:", True, False),
        (Channel.WECHAT, "wechat://wx0123:secret@api.weixin.qq.com/", True, True),
        (Channel.SMS, "aliyun://key:secret@dysmsapi.aliyuncs.com/?sign=x", False, True),
        (Channel.SMS, "smpp://shop:secret@smsc.example.com/?source=1069", False, False),
        (Channel.SMS, "", False, False),
        (Channel.EMAIL, "", False, False),
    ],
)
def test_who_holds_the_texts(settings: Settings, channel: Channel, url: str, demo: bool, held: bool) -> None:
    settings.DEMO, settings.CHANNEL_URLS = demo, dict.fromkeys(Channel.names, "") | {channel.name: url}
    assert holds_texts(channel) is held


# --- the console -----------------------------------------------------------------------------------------------


def test_the_console_prints_the_message_without_the_address(capsys: pytest.CaptureFixture[str]) -> None:
    answer = open_channel(Channel.SMS, "console:").send(message())
    assert answer == Answer(Outcome.ACCEPTED, reference="q0Ro8zUa1bEw2XkZ5vYt7g")
    printed = capsys.readouterr().out
    assert "您的冰箱已用 11 年" in printed
    assert "15400001234" not in printed


def test_the_console_keeps_what_is_stale(stale: Outgoing, capsys: pytest.CaptureFixture[str]) -> None:
    assert open_channel(Channel.SMS, "console:").send(stale).outcome is Outcome.REFUSED
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize(
    ("valid", "passed", "stale"), [(0, 0, True), (1, 0.1, True), (30, 20, False), (30, 31, True), (7200, 59, False)]
)
def test_marketing_is_stale_when_the_sending_hours_are_over(valid: int, passed: float, stale: bool) -> None:
    handed_over_at = timezone.now() - timedelta(seconds=passed)
    assert message(handed_over_at=handed_over_at, valid_seconds=valid).is_stale is stale


@pytest.mark.parametrize(("seconds", "stale"), [(0, False), (59, False), (61, True), (-59, False), (-61, True)])
def test_stale_is_to_both_sides(seconds: int, stale: bool) -> None:
    fresh: Any = message()
    assert message(handed_over_at=fresh.handed_over_at - timedelta(seconds=seconds)).is_stale is stale
