import socket
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone

from outreach.channels import smpp
from outreach.channels.incoming import Incoming, Receipt, Reply
from outreach.channels.protocol import Answer, Outcome, Outgoing
from outreach.channels.smpp import REFUSED, SmppChannel, SmppInbox
from outreach.channels.url import ChannelUrl
from outreach.errors import BadChannelUrl
from outreach.models import Channel
from tests.outreach.channels.conftest import message
from tests.servers.certificate import write_certificate
from tests.servers.smpp_centre import SmppCentre


@pytest.fixture(scope="module")
def server() -> Iterator[SmppCentre]:
    centre = SmppCentre()
    yield centre
    centre.close()


@pytest.fixture
def centre(server: SmppCentre) -> SmppCentre:
    server.behave("accept")
    server.seen("submitted")
    server._kept.clear()
    return server


@pytest.fixture
def channel(centre: SmppCentre) -> Iterator[SmppChannel]:
    made = SmppChannel(ChannelUrl.parse(centre.url))
    yield made
    made.close()


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """A short time-out: the centre of the test answers late or never."""
    monkeypatch.setattr(smpp, "STEP_SECONDS", 1)


def test_a_message_is_submitted_and_its_id_is_the_reference(channel: SmppChannel, centre: SmppCentre) -> None:
    answer = channel.send(message())
    assert answer.outcome is Outcome.ACCEPTED
    assert answer.reference.startswith("m")
    assert centre.wait("bound") == {"event": "bound", "kind": "bind_transmitter", "version": 0x34}
    seen = centre.wait("submitted")
    assert (seen["to"], seen["to_ton"], seen["from"], seen["receipt"]) == ("8615400001234", 1, "1069", 1)


def test_the_centre_is_told_how_long_to_try(channel: SmppChannel, centre: SmppCentre) -> None:
    channel.send(message())
    assert centre.wait("submitted")["valid_until"] is None
    channel.send(message(valid_seconds=90_061))
    until = datetime.fromisoformat(centre.seen("submitted")[-1]["valid_until"])
    assert abs(until - timezone.now() - timedelta(days=1, hours=1, minutes=1, seconds=1)) < timedelta(seconds=10)


def test_the_centre_is_not_told_to_try_into_the_night(channel: SmppChannel, centre: SmppCentre) -> None:
    nearly = timezone.now() - timedelta(seconds=40)
    assert channel.send(message(valid_seconds=50, handed_over_at=nearly)).outcome is Outcome.ACCEPTED
    until = datetime.fromisoformat(centre.wait("submitted")["valid_until"])
    assert until <= nearly + timedelta(seconds=50)


def test_a_session_is_kept(channel: SmppChannel, centre: SmppCentre) -> None:
    references = {channel.send(message()).reference for _ in range(5)}
    assert len(references) == 5
    assert len(centre.seen("bound")) == 1


@pytest.mark.parametrize(
    ("text", "coding", "payload"),
    [
        ("Your fridge @ 11 years: {50% off} €5", 0, False),
        ("a" * 140, 0, False),
        ("a" * 141, 0, True),
        ("您的冰箱", 8, False),
        ("冰" * 70, 8, False),
        ("冰" * 71, 8, True),
        ("冰箱😀", 8, False),
        ("a `quoted` word", 8, False),  # no accent in the GSM alphabet
        ("冰" * 500, 8, True),
    ],
)
def test_texts_go_whole_in_the_narrowest_coding(
    channel: SmppChannel, centre: SmppCentre, text: str, coding: int, payload: bool
) -> None:
    assert channel.send(message(text=text)).outcome is Outcome.ACCEPTED
    seen = centre.wait("submitted")
    assert (seen["coding"], seen["payload"]) == (coding, payload)
    if coding == 8:
        octets = seen["text"]
        # the server decodes what it knows
        assert octets == text or bytes.fromhex(octets).decode("utf-16-be") == text


@pytest.mark.parametrize("status", sorted(REFUSED))
def test_a_documented_status_is_a_certain_refusal(channel: SmppChannel, centre: SmppCentre, status: int) -> None:
    centre.behave("refuse", status=status)
    assert channel.send(message()) == Answer(Outcome.REFUSED, reason=f"ESME_{REFUSED[status]}")


@pytest.mark.parametrize("status", [0x08, 0x45, 0x64, 0xFE, 0xFF, 0x400, 0x4FF])
def test_any_other_status_is_unknown(channel: SmppChannel, centre: SmppCentre, status: int) -> None:
    centre.behave("refuse", status=status)
    assert channel.send(message()).outcome is Outcome.UNKNOWN


def test_the_session_serves_on_after_a_refusal(channel: SmppChannel, centre: SmppCentre) -> None:
    centre.behave("refuse", status=0x58)
    channel.send(message())
    centre.behave("accept")
    assert channel.send(message()).outcome is Outcome.ACCEPTED
    assert len(centre.seen("bound")) == 1


@pytest.mark.parametrize(
    "behaviour",
    [
        {"mode": "accept-then-cut"},
        {"mode": "drop"},
        {"mode": "late", "after": 2500},
        {"mode": "no-id"},
        {"mode": "nonsense", "hex": "ffffffff" * 8},
        {"mode": "nonsense", "hex": "00000002"},
        {"mode": "nonsense", "hex": "00000010" + "80000004" + "00000000" + "7fffffff"},
        {"mode": "nonsense", "hex": b"HTTP/1.1 400 Bad Request\r\n\r\n".hex()},
    ],
    ids=str,
)
def test_in_doubt_is_unknown_and_the_next_message_binds_anew(
    quick: None, channel: SmppChannel, centre: SmppCentre, behaviour: dict[str, Any]
) -> None:
    centre.behave(**behaviour)
    assert channel.send(message()).outcome is Outcome.UNKNOWN
    assert len(centre.seen("submitted")) == 1
    centre.behave("accept")
    assert channel.send(message()).outcome is Outcome.ACCEPTED


def test_an_answer_to_another_request_is_not_taken_for_ours(channel: SmppChannel, centre: SmppCentre) -> None:
    centre.behave("other-first")
    answer = channel.send(message())
    assert answer.outcome is Outcome.ACCEPTED
    assert answer.reference != "not-yours"


def test_a_session_that_was_cut_while_it_rested_costs_no_message(
    monkeypatch: pytest.MonkeyPatch, channel: SmppChannel, centre: SmppCentre
) -> None:
    channel.send(message())
    centre.cut()
    monkeypatch.setattr(smpp, "IDLE_SECONDS", 0)
    assert channel.send(message()).outcome is Outcome.ACCEPTED
    assert len(centre.seen("submitted")) == 2


def test_a_centre_that_is_not_there_or_refuses_the_bind_has_nothing(centre: SmppCentre) -> None:
    nobody = SmppChannel(ChannelUrl.parse("smpp://shop:secret@127.0.0.1:9/?source=1069&tls=off"))
    assert nobody.send(message()) == Answer(Outcome.REFUSED, reason="not bound")
    stranger = SmppChannel(ChannelUrl.parse(centre.url.replace("secret", "other")))
    assert stranger.send(message()) == Answer(Outcome.REFUSED, reason="not bound: 0xd")
    assert centre.seen("submitted") == []


def test_a_centre_that_is_mute_at_the_bind_has_nothing(quick: None, channel: SmppChannel, centre: SmppCentre) -> None:
    centre.behave("mute-bind")
    assert channel.send(message()) == Answer(Outcome.REFUSED, reason="not bound")


class Dripping:
    """A centre that says ``answers`` in full, one a request, then a byte now and then for ever."""

    def __init__(self, *answers: Callable[[bytes], bytes], begins: bytes) -> None:
        self._over = threading.Event()
        self._server = socket.create_server(("127.0.0.1", 0))
        self._thread = threading.Thread(target=self._drip, args=(answers, begins))
        self._thread.start()
        self.url = f"smpp://shop:secret@127.0.0.1:{self._server.getsockname()[1]}/?source=1069&tls="

    def _drip(self, answers: tuple[Callable[[bytes], bytes], ...], begins: bytes) -> None:
        peer, _ = self._server.accept()
        with peer:
            for answer in answers:
                peer.sendall(answer(peer.recv(4096)))
            peer.recv(4096)
            try:
                peer.sendall(begins)
                while not self._over.wait(0.2):
                    peer.sendall(b"\0")
            except OSError:
                return

    def close(self) -> None:
        self._over.set()
        self._thread.join(20)
        self._server.close()


def bound(request: bytes) -> bytes:
    return bytes.fromhex("0000001180000002" + "00000000") + request[12:16] + b"\0"


@pytest.mark.parametrize(
    ("answers", "begins", "tls", "told"),
    [
        ([bound], "0000ea60", "off", Answer(Outcome.UNKNOWN, reason="no answer")),  # announces 60,000 octets
        ([], "0000ea60", "off", Answer(Outcome.REFUSED, reason="not bound")),
        ([], "1603034000", "on", Answer(Outcome.REFUSED, reason="not bound")),  # a record of a handshake
    ],
    ids=["at the message", "at the bind", "in the handshake"],
)
def test_a_centre_that_sends_a_byte_now_and_then_is_cut_off(
    quick: None, answers: list[Callable[[bytes], bytes]], begins: str, tls: str, told: Answer
) -> None:
    centre = Dripping(*answers, begins=bytes.fromhex(begins))
    began = time.monotonic()
    try:
        assert SmppChannel(ChannelUrl.parse(centre.url + tls)).send(message()) == told
        assert time.monotonic() - began < 5
    finally:
        centre.close()


def test_what_is_stale_does_not_leave(channel: SmppChannel, centre: SmppCentre, stale: Outgoing) -> None:
    assert channel.send(stale) == Answer(Outcome.REFUSED, reason="stale")
    assert centre.seen("submitted") == []


def test_threads_share_the_sessions(centre: SmppCentre) -> None:
    channel = SmppChannel(ChannelUrl.parse(centre.url + "&sessions=3"))
    with ThreadPoolExecutor(8) as threads:
        answers = list(threads.map(channel.send, [message() for _ in range(60)]))
    assert {answer.outcome for answer in answers} == {Outcome.ACCEPTED}
    assert len({answer.reference for answer in answers}) == 60
    assert 1 <= len(centre.seen("bound")) <= 3
    channel.close()


def test_tls_asks_for_a_certificate_that_is_trusted_and_names_the_host(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    certificate, key = write_certificate(tmp_path)
    secured = SmppCentre(certificate, key)
    url = secured.url.replace("tls=off", "tls=on")
    try:
        assert SmppChannel(ChannelUrl.parse(url)).send(message()) == Answer(Outcome.REFUSED, reason="not bound")
        monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
        channel = SmppChannel(ChannelUrl.parse(url))
        assert channel.send(message()).outcome is Outcome.ACCEPTED
        assert channel.send(message()).outcome is Outcome.ACCEPTED
        channel.close()
        other = SmppChannel(ChannelUrl.parse(url.replace("127.0.0.1", "localhost")))
        assert other.send(message()) == Answer(Outcome.REFUSED, reason="not bound")
    finally:
        secured.close()


@pytest.mark.parametrize(
    "url",
    [
        "smpp://shop@127.0.0.1/?source=1",
        "smpp://:secret@127.0.0.1/?source=1",
        "smpp://shop:secret@/?source=1",
        "smpp://shop:secret@127.0.0.1/",
        "smpp://shop:longerthan8@127.0.0.1/?source=1",
        "smpp://shop:secret@127.0.0.1/?source=%E5%BA%97",
        "smpp://shop:secret@127.0.0.1/?source=1&sessions=0",
        "smpp://shop:secret@127.0.0.1/?source=1&rate=fast",
        "smpp://shop:secret@127.0.0.1/?source=1&window=3",
        "smpp://shop:secret@127.0.0.1:port/?source=1",
    ],
)
def test_an_unusable_address_is_told_without_repeating_it(url: str) -> None:
    with pytest.raises(BadChannelUrl) as error:
        SmppChannel(ChannelUrl.parse(url))
    assert "secret" not in str(error.value)
    assert "longer" not in str(error.value)


class Listening:
    """An inbox in a thread, and what it took."""

    def __init__(self, centre: SmppCentre) -> None:
        self.taken: list[Incoming] = []
        self.fails = 0
        self._stop = threading.Event()
        inbox = SmppInbox(ChannelUrl.parse(centre.url))
        self._thread = threading.Thread(target=inbox.listen, args=(self._take, self._stop))
        self._thread.start()
        assert centre.wait("bound")["kind"] == "bind_receiver"

    def _take(self, event: Incoming) -> None:
        if self.fails:
            self.fails -= 1
            raise RuntimeError("the database is away")
        self.taken.append(event)

    def close(self) -> None:
        self._stop.set()
        self._thread.join(20)
        assert not self._thread.is_alive()


@pytest.fixture
def listening(centre: SmppCentre, monkeypatch: pytest.MonkeyPatch) -> Iterator[Listening]:
    monkeypatch.setattr(smpp, "WAIT_SECONDS", 0.05)
    made = Listening(centre)
    yield made
    made.close()


def receipt(reference: str, state: str, error: str = "000") -> dict[str, Any]:
    return {
        "source_addr": "8615400001234", "source_addr_ton": 1, "destination_addr": "1069", "esm_class": 4,
        "short_message": (
            f"id:{reference} sub:001 dlvrd:001 submit date:2611221000 done date:2611221001"
            f" stat:{state} err:{error} text:id:forged stat:DELIVRD"
        ),
    }  # fmt: skip


@pytest.mark.parametrize(
    ("state", "delivered"),
    [("DELIVRD", True), ("EXPIRED", False), ("DELETED", False), ("UNDELIV", False), ("REJECTD", False)],
)
def test_a_final_receipt_is_taken(centre: SmppCentre, listening: Listening, state: str, delivered: bool) -> None:
    centre.deliver(**receipt("m77", state, "011"))
    assert centre.wait("delivered")["status"] == 0
    assert listening.taken == [Receipt(delivered, f"{state} 011", reference="m77")]


def test_the_parameters_of_a_receipt_outrank_its_text(centre: SmppCentre, listening: Listening) -> None:
    centre.deliver(**receipt("m1", "UNDELIV"), receipted_message_id="m2", message_state=2)
    centre.wait("delivered")
    assert listening.taken == [Receipt(True, "DELIVRD 000", reference="m2")]


@pytest.mark.parametrize("state", ["ENROUTE", "ACCEPTD", "UNKNOWN", "", "WHATEVER"])
def test_a_state_on_the_way_is_answered_and_not_taken(centre: SmppCentre, listening: Listening, state: str) -> None:
    centre.deliver(**receipt("m77", state))
    assert centre.wait("delivered")["status"] == 0
    assert listening.taken == []


@pytest.mark.parametrize(
    "pdu",
    [
        {"data_coding": 8, "hex": "退订".encode("utf-16-be").hex()},
        {"data_coding": 8, "esm_class": 0x40, "hex": "050003aa0101" + "退订".encode("utf-16-be").hex()},
        {"data_coding": 15, "hex": "退订".encode("gbk").hex()},
    ],
    ids=["UCS-2", "with a header", "GBK"],
)
def test_a_reply_is_taken(centre: SmppCentre, listening: Listening, pdu: dict[str, Any]) -> None:
    centre.deliver(source_addr="8615400001234", source_addr_ton=1, destination_addr="1069", **pdu)
    assert centre.wait("delivered")["status"] == 0
    assert listening.taken == [Reply(Channel.SMS, "+8615400001234", "退订")]


@pytest.mark.parametrize("coding", [0, 1, 2, 3, 4, 15])
def test_a_reply_in_the_default_alphabet_is_taken(centre: SmppCentre, listening: Listening, coding: int) -> None:
    centre.deliver(source_addr="15400001234", destination_addr="1069", data_coding=coding, hex=b"TD".hex())
    centre.wait("delivered")
    assert listening.taken == [Reply(Channel.SMS, "15400001234", "TD")]


def test_what_could_not_be_kept_is_given_back_to_the_centre(centre: SmppCentre, listening: Listening) -> None:
    listening.fails = 1
    centre.deliver(**receipt("m5", "DELIVRD"))
    assert centre.wait("delivered")["status"] == 0x64
    centre.deliver(**receipt("m5", "DELIVRD"))
    assert centre.wait("delivered")["status"] == 0
    assert [event.reference for event in listening.taken if isinstance(event, Receipt)] == ["m5"]


def test_a_pdu_that_cannot_be_read_does_not_end_the_listening(centre: SmppCentre, listening: Listening) -> None:
    # an unknown command, then a deliver_sm that ends in the middle
    centre.raw(bytes.fromhex("00000010" + "00007777" + "00000000" + "00000009"))
    centre.raw(bytes.fromhex("00000014" + "00000005" + "00000000" + "0000000a" + "00010100"))
    centre.deliver(**receipt("m6", "DELIVRD"))
    centre.wait("delivered")
    assert [event.reference for event in listening.taken if isinstance(event, Receipt)] == ["m6"]


def test_a_lost_session_is_bound_anew(centre: SmppCentre, listening: Listening) -> None:
    centre.cut()
    assert centre.wait("bound")["kind"] == "bind_receiver"
    centre.deliver(**receipt("m8", "DELIVRD"))
    centre.wait("delivered")
    assert len(listening.taken) == 1


def test_a_session_that_says_nothing_more_is_bound_anew(
    centre: SmppCentre, listening: Listening, monkeypatch: pytest.MonkeyPatch
) -> None:
    centre.behave("frozen")
    monkeypatch.setattr(smpp, "WAITS", 2)
    assert centre.wait("bound")["kind"] == "bind_receiver"


def test_a_session_that_only_answers_is_kept(
    centre: SmppCentre, listening: Listening, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(smpp, "WAITS", 2)
    time.sleep(0.6)  # several times the patience with silence
    assert centre.seen("bound") == []


def test_nothing_personal_is_logged(
    quick: None, channel: SmppChannel, centre: SmppCentre, listening: Listening, caplog: pytest.LogCaptureFixture
) -> None:
    listening.fails = 1
    centre.deliver(source_addr="15400001234", destination_addr="1069", data_coding=0, hex=b"TD my name".hex())
    centre.wait("delivered")
    centre.behave("accept-then-cut")
    channel.send(message())
    assert caplog.records
    assert "5400001234" not in caplog.text
    assert "31353430303030313233" not in caplog.text
    assert "my name" not in caplog.text
