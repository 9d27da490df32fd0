import socket
import threading
from collections.abc import Iterator

import pytest

from outreach.channels import smtp
from outreach.channels.protocol import Answer, Outcome, Outgoing
from outreach.channels.smtp import SmtpChannel
from outreach.channels.url import ChannelUrl
from outreach.errors import BadChannelUrl
from tests.outreach.channels.conftest import message
from tests.servers.mail_relay import MailRelay, wait_until_taken


def mail(**fields: object) -> Outgoing:
    return message(**{"address": "sun@example.com", "text": "您的冰箱已用 11 年\n退订: https://…\n"} | fields)


@pytest.fixture
def relay() -> Iterator[MailRelay]:
    made = MailRelay()
    yield made
    made.close()


@pytest.fixture
def channel(relay: MailRelay) -> SmtpChannel:
    return SmtpChannel(ChannelUrl.parse(relay.url))


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(smtp, "STEP_SECONDS", 1)


def test_a_mail_arrives_with_its_name_and_the_way_out(relay: MailRelay, channel: SmtpChannel) -> None:
    assert channel.send(mail()) == Answer(Outcome.ACCEPTED, reference="q0Ro8zUa1bEw2XkZ5vYt7g")
    arrived = relay.mail()
    assert relay.taken[0].rcpt_tos == ["sun@example.com"]
    assert relay.taken[0].mail_from == "shop@example.com"
    assert arrived["Message-ID"] == "<q0Ro8zUa1bEw2XkZ5vYt7g@example.com>"
    # RFC 8058
    assert arrived["List-Unsubscribe"] == "<https://sales.example.com/u/q0Ro8zUa1bEw2XkZ5vYt7g>"
    assert arrived["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert arrived["Subject"] == "海澄冰箱"
    assert arrived["From"] == "海澄 <shop@example.com>"
    assert arrived.get_content().replace("\r\n", "\n") == "您的冰箱已用 11 年\n退订: https://…\n"


def test_lines_that_begin_with_a_dot_arrive(relay: MailRelay, channel: SmtpChannel) -> None:
    channel.send(mail(text=".\n..\nend\n"))
    assert relay.mail().get_content().replace("\r\n", "\n") == ".\n..\nend\n"


@pytest.mark.parametrize(
    ("step", "said", "reason"),
    [
        ("mail", "550 no such sender", "mail 550"),
        ("mail", "452 disk full", "mail 452 (temporary)"),
        ("rcpt", "550 5.1.1 sun@example.com unknown", "rcpt 550"),
        ("rcpt", "553 not a mailbox", "rcpt 553"),
        ("rcpt", "450 4.2.1 greylisted", "rcpt 450 (temporary)"),
        ("rcpt", "421 closing", "rcpt 421 (temporary)"),
        ("text", "554 5.7.1 spam", "text 554"),
        ("text", "552 too large", "text 552"),
    ],
)
def test_a_documented_refusal_is_certain_and_repeats_no_words(
    relay: MailRelay, channel: SmtpChannel, step: str, said: str, reason: str
) -> None:
    relay.refuse = {step: said}
    assert channel.send(mail()) == Answer(Outcome.REFUSED, reason=reason)
    assert relay.taken == []


@pytest.mark.parametrize("said", ["451 try later", "421 closing", "450 no", "354 more?", "299 perhaps"])
def test_anything_but_yes_and_no_after_the_text_is_unknown(relay: MailRelay, channel: SmtpChannel, said: str) -> None:
    relay.refuse = {"text": said}
    assert channel.send(mail()).outcome is Outcome.UNKNOWN


@pytest.mark.parametrize("step", ["mail", "rcpt"])
def test_a_cut_before_the_text_is_certain(relay: MailRelay, channel: SmtpChannel, step: str) -> None:
    relay.cut = step
    assert channel.send(mail()) == Answer(Outcome.REFUSED, reason="cut before the text")


def test_a_cut_after_the_text_is_unknown_and_not_tried_again(relay: MailRelay, channel: SmtpChannel) -> None:
    relay.cut = "text"
    assert channel.send(mail()) == Answer(Outcome.UNKNOWN, reason="no answer")
    assert relay.started == 1


def test_silence_after_the_text_is_unknown(quick: None, relay: MailRelay, channel: SmtpChannel) -> None:
    relay.mute = "text"
    assert channel.send(mail()).outcome is Outcome.UNKNOWN
    wait_until_taken(relay)
    assert relay.started == 1


def test_silence_before_the_text_is_certain(quick: None, relay: MailRelay, channel: SmtpChannel) -> None:
    relay.mute = "rcpt"
    assert channel.send(mail()).outcome is Outcome.REFUSED
    assert relay.taken == []


def test_a_relay_that_is_not_there_has_nothing(relay: MailRelay) -> None:
    relay.close()
    assert SmtpChannel(ChannelUrl.parse(relay.url)).send(mail()) == Answer(Outcome.REFUSED, reason="not connected")


def test_a_relay_without_tls_gets_nothing_when_tls_is_asked_for(relay: MailRelay) -> None:
    for tls in ("starttls", "implicit"):
        strict = SmtpChannel(ChannelUrl.parse(relay.url.replace("tls=off", f"tls={tls}")))
        assert strict.send(mail()) == Answer(Outcome.REFUSED, reason="not connected")
    assert relay.taken == []


def test_a_password_that_the_relay_does_not_take_is_told(relay: MailRelay) -> None:
    url = relay.url.replace("127.0.0.1", "shop:s3cret@127.0.0.1")
    answer = SmtpChannel(ChannelUrl.parse(url)).send(mail())
    assert answer.outcome is Outcome.REFUSED
    assert "s3cret" not in answer.reason


def test_a_password_that_smtp_cannot_write_is_told(relay: MailRelay) -> None:
    url = relay.url.replace("127.0.0.1", "shop:%E5%AF%86@127.0.0.1")
    assert SmtpChannel(ChannelUrl.parse(url)).send(mail()).outcome is Outcome.REFUSED


def test_what_is_stale_does_not_leave(relay: MailRelay, channel: SmtpChannel, stale: Outgoing) -> None:
    assert channel.send(mail(handed_over_at=stale.handed_over_at)) == Answer(Outcome.REFUSED, reason="stale")
    assert relay.taken == []


@pytest.mark.parametrize(
    "fields",
    [
        {"subject": "海澄\nBcc: all@example.com"},
        {"subject": "x\r\nX-Evil: 1"},
        {"address": "sun@example.com\nBcc: all@example.com"},
        {"address": "not an address"},
        {"address": ""},
        {"unsubscribe_url": "https://x/\nX-Evil: 1"},
    ],
)
def test_nothing_can_be_smuggled_into_the_headers(
    relay: MailRelay, channel: SmtpChannel, fields: dict[str, object]
) -> None:
    answer = channel.send(mail(**fields))
    assert answer.outcome is Outcome.REFUSED
    assert relay.taken == []


def test_a_peer_that_sends_a_byte_now_and_then_is_cut_off(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(smtp, "WHOLE_SECONDS", 1)
    over = threading.Event()
    server = socket.create_server(("127.0.0.1", 0))

    def drip() -> None:
        peer, _ = server.accept()
        with peer:
            peer.sendall(b"220 here\r\n")
            while not over.wait(0.1):
                try:
                    peer.sendall(b"2")
                except OSError:
                    return

    thread = threading.Thread(target=drip)
    thread.start()
    port = server.getsockname()[1]
    channel = SmtpChannel(ChannelUrl.parse(f"smtp://127.0.0.1:{port}/?sender=shop@example.com&tls=off"))
    assert channel.send(mail()).outcome is Outcome.REFUSED
    over.set()
    thread.join()
    server.close()


@pytest.mark.parametrize(
    "url",
    [
        "smtp:///?sender=a@example.com",
        "smtp://relay/",
        "smtp://relay/?sender=nobody",
        "smtp://relay/?sender=a@b&tls=no",
    ],
)
def test_an_unusable_address_is_told(url: str) -> None:
    with pytest.raises(BadChannelUrl):
        SmtpChannel(ChannelUrl.parse(url))
