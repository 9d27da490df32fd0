"""SMS by SMPP 3.4: a bound transmitter for sending, a bound receiver for receipts and replies.

Apart, so that a process that sends never has to deal with what comes in: `manage.py listen_sms` does.
"""

import queue
import re
import select
import socket
import ssl
import struct
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, cast

import structlog
from smpplib import consts, exceptions
from smpplib.client import Client
from smpplib.gsm import gsm_encode
from smpplib.smpp import make_pdu

from outreach.channels.deadline import deadline
from outreach.channels.incoming import Incoming, Receipt, Reply
from outreach.channels.protocol import Answer, Outcome, Outgoing
from outreach.channels.url import ChannelUrl, is_on, rate
from outreach.errors import BadChannelUrl, NothingLeft
from outreach.models import Channel

log = structlog.get_logger(__name__)

STEP_SECONDS = 10  # connecting; a request and its answer, whole
IDLE_SECONDS = 5  # a session that rested longer is asked whether it still stands before a message goes out on it
# A receiver waits so long at a time; it asks after this many waits in vain, and binds anew after three times as many
WAIT_SECONDS, WAITS = 1.0, 30
LARGEST_PDU = 64 * 1024  # message_payload has at most 64 K octets
ONE_MESSAGE = 140  # octets of one SMS; longer texts go whole as message_payload, so there is one answer for all

# SMPP 3.4 Issue 1.2, 5.1.3 "SMPP Error status codes": why a submit_sm was not taken. Of ESME_RSYSERR (8),
# ESME_RSUBMITFAIL (0x45), ESME_RUNKNOWNERR (0xff) and the vendors' codes that cannot be said for certain.
REFUSED = {
    0x01: "RINVMSGLEN", 0x02: "RINVCMDLEN", 0x03: "RINVCMDID", 0x04: "RINVBNDSTS", 0x06: "RINVPRTFLG",
    0x07: "RINVREGDLVFLG", 0x0A: "RINVSRCADR", 0x0B: "RINVDSTADR", 0x14: "RMSGQFUL", 0x15: "RINVSERTYP",
    0x42: "RINVREPFLAG", 0x43: "RINVESMCLASS", 0x48: "RINVSRCTON", 0x49: "RINVSRCNPI", 0x50: "RINVDSTTON",
    0x51: "RINVDSTNPI", 0x53: "RINVSYSTYP", 0x58: "RTHROTTLED", 0x61: "RINVSCHED", 0x62: "RINVEXPIRY",
    0x63: "RINVDFTMSGID", 0xC0: "RINVOPTPARSTREAM", 0xC1: "ROPTPARNOTALLWD", 0xC2: "RINVPARLEN",
    0xC3: "RMISSINGOPTPARAM", 0xC4: "RINVOPTPARAMVAL",
}  # fmt: skip

# 5.2.28 message_state and Appendix B: the states that are final, as a receipt's text and as its parameter say it
FINAL = {"DELIVRD": True, "EXPIRED": False, "DELETED": False, "UNDELIV": False, "REJECTD": False}
FINAL_STATES = {2: "DELIVRD", 3: "EXPIRED", 4: "DELETED", 5: "UNDELIV", 8: "REJECTD"}

# What a person's reply is written in, by data_coding. 5.2.19 keeps 15 free; Chinese centres mean GBK by it, which is a
# part of GB 18030. Of the others a word in ASCII can still be read.
REPLY_CODINGS = {consts.SMPP_ENCODING_ISO10646: "utf-16-be", consts.SMPP_ENCODING_ISO88591: "latin-1", 15: "gb18030"}
DEFAULT_ALPHABET, UCS2 = consts.SMPP_ENCODING_DEFAULT, consts.SMPP_ENCODING_ISO10646
# smpplib's table of the GSM alphabet has these two in the places of other characters
NOT_IN_SMPPLIBS_GSM = re.compile("[`\x1b]")


class _Session(Client):  # type: ignore[misc]
    """smpplib's client, which trusts its peer with lengths and checks no certificate's name."""

    _socket: socket.socket | None

    def __init__(self, url: ChannelUrl, *, tls: bool) -> None:
        super().__init__(
            url.host,
            url.port or 2775,
            timeout=STEP_SECONDS,
            logger_name="smpp",  # silenced in the settings: its debug lines are the messages in hex
            ssl_context=ssl.create_default_context() if tls else None,
            allow_unknown_opt_params=True,
        )
        self.used_at = 0.0

    def _create_socket(self) -> socket.socket:
        plain = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        plain.settimeout(self.timeout)
        if self._ssl_context is None:
            return plain
        secured: ssl.SSLSocket = self._ssl_context.wrap_socket(plain, server_hostname=self.host)
        return secured

    def connect(self) -> None:
        """With TLS's handshake, in which a peer may dawdle as well."""
        self._socket = self._create_socket()
        with deadline(self._socket, STEP_SECONDS):
            super().connect()

    def _recv_exact(self, exact_size: int) -> bytes:
        if not 0 <= exact_size <= LARGEST_PDU:
            raise exceptions.PDUError("no length of a PDU")
        received: bytes = super()._recv_exact(exact_size)
        return received

    def close(self) -> None:
        if self._socket is not None:
            self._socket.close()
            self._socket = None
        self.state = consts.SMPP_CLIENT_STATE_CLOSED

    def has_something(self) -> bool:
        """Waits a little for the first byte: a time-out inside a PDU would lose the place in the stream."""
        if isinstance(self._socket, ssl.SSLSocket) and self._socket.pending() > 0:
            return True
        return bool(select.select([cast(socket.socket, self._socket)], [], [], WAIT_SECONDS)[0])

    def exchange(self, pdu: Any) -> Any:
        """The answer to a request; what else comes in between is answered too. Raises whatever smpplib raises."""
        ends = time.monotonic() + STEP_SECONDS
        # The clock is looked at between PDUs alone; inside of one the connection is cut
        with deadline(cast(socket.socket, self._socket), STEP_SECONDS):
            self.send_pdu(pdu)
            while time.monotonic() < ends:
                answer = self.read_pdu()
                if answer.sequence == pdu.sequence and answer.is_response():
                    self.used_at = time.monotonic()
                    return answer
                if answer.command != "deliver_sm":  # no business of a transmitter; a receiver gets it again
                    self.reply_to(answer)
        raise TimeoutError

    def reply_to(self, pdu: Any, status: int = consts.SMPP_ESME_ROK) -> None:
        """Answer a request of the centre."""
        if pdu.command not in {"enquire_link", "deliver_sm", "unbind"}:
            return
        answer = make_pdu(f"{pdu.command}_resp", client=self, status=status)
        answer.sequence = pdu.sequence
        self.send_pdu(answer)
        if pdu.command == "unbind":
            raise exceptions.ConnectionError("unbound")


class _Access:
    """How to get a bound session."""

    def __init__(self, url: ChannelUrl) -> None:
        url.needs("user", "password", "host")
        self.options = url.options(rate="50", tls="on", source="", sessions="1")
        if not re.fullmatch("[1-9]|[1-4][0-9]", self.options["sessions"]):
            raise BadChannelUrl("its option sessions is not a number from 1 to 49")
        for value, longest in ((url.user, 15), (url.password, 8), (self.options["source"], 20)):
            if not value.isascii() or len(value) > longest:  # smpplib would cut it without a word
                raise BadChannelUrl("SMPP allows 15 ASCII characters of user, 8 of password, 20 of source")
        self._url, self._tls = url, is_on(self.options["tls"])

    def bound(self, bind: str) -> _Session:
        """Raises NothingLeft."""
        session = _Session(self._url, tls=self._tls)
        try:
            session.connect()
            answer = session.exchange(
                make_pdu(
                    bind, client=session, system_id=self._url.user, password=self._url.password,
                    interface_version=consts.SMPP_VERSION_34,
                )
            )  # fmt: skip
        except Exception:  # noqa: BLE001 - smpplib raises of many kinds when an answer is nonsense
            session.close()
            raise NothingLeft("not bound") from None
        if answer.is_error():
            session.close()
            raise NothingLeft(f"not bound: {answer.status:#x}")
        return session


class SmppChannel:
    """Messages on bound transmitters, each used by one thread at a time and kept for the next message.

    The provider's message_id is the reference: SMPP has no room for our name, receipts are matched by it.
    """

    provider = "smpp"

    def __init__(self, url: ChannelUrl) -> None:
        self._access = _Access(url)
        self.per_second = rate(self._access.options["rate"])
        self._source = self._access.options["source"]
        self._sessions: queue.LifoQueue[_Session | None] = queue.LifoQueue()
        self._count = int(self._access.options["sessions"])
        for _ in range(self._count):
            self._sessions.put(None)

    def send(self, message: Outgoing) -> Answer:
        try:
            with self._session() as session:
                return self._submit(session, message)
        except NothingLeft as why:
            return Answer(Outcome.REFUSED, reason=str(why))
        except Exception:  # noqa: BLE001 - smpplib raises of many kinds when an answer is nonsense
            return Answer(Outcome.UNKNOWN, reason="no answer")

    def close(self) -> None:
        sessions = [self._sessions.get() for _ in range(self._count)]
        for session in sessions:
            if session is not None:
                session.close()
            self._sessions.put(None)

    @contextmanager
    def _session(self) -> Iterator[_Session]:
        """A bound session; it is dropped when the block raises, since what comes next on it is not known."""
        session = self._sessions.get()
        try:
            session = self._standing(session) or self._access.bound("bind_transmitter")
            yield session
        except BaseException:
            if session is not None:
                session.close()
            session = None
            raise
        finally:
            self._sessions.put(session)

    @staticmethod
    def _standing(session: _Session | None) -> _Session | None:
        """The session, where it still stands: centres cut resting ones, and a message must not find that out."""
        if session is None or time.monotonic() - session.used_at < IDLE_SECONDS:
            return session
        try:
            session.exchange(make_pdu("enquire_link", client=session))
        except Exception:  # noqa: BLE001 - smpplib raises of many kinds; here nothing is lost by it
            session.close()
            return None
        return session

    def _submit(self, session: _Session, message: Outgoing) -> Answer:
        coding, octets = _encoded(message.text)
        body = {"message_payload": octets} if len(octets) > ONE_MESSAGE else {"short_message": octets}
        number = message.address.removeprefix("+")
        alphabetic = not self._source.isdecimal()
        pdu = make_pdu(
            "submit_sm", client=session,
            source_addr_ton=consts.SMPP_TON_ALNUM if alphabetic else consts.SMPP_TON_UNK,
            source_addr_npi=consts.SMPP_NPI_UNK if alphabetic else consts.SMPP_NPI_ISDN,
            source_addr=self._source,
            dest_addr_ton=consts.SMPP_TON_INTL, dest_addr_npi=consts.SMPP_NPI_ISDN, destination_addr=number,
            data_coding=coding, registered_delivery=True, validity_period=_validity(message.seconds_left), **body,
        )  # fmt: skip
        if message.is_stale:
            raise NothingLeft("stale")
        answer = session.exchange(pdu)
        if answer.status in REFUSED:
            return Answer(Outcome.REFUSED, reason=f"ESME_{REFUSED[answer.status]}")
        reference = (getattr(answer, "message_id", None) or b"").decode("ascii", "replace")
        if answer.command == "submit_sm_resp" and answer.status == consts.SMPP_ESME_ROK and reference:
            return Answer(Outcome.ACCEPTED, reference=reference)
        return Answer(Outcome.UNKNOWN, reason=f"{answer.command} {answer.status:#x}")


def _validity(seconds: int | None) -> str:
    """SMPP 3.4 section 7.1.1: a relative time, YYMMDDhhmmss000R; empty for the centre's own."""
    if seconds is None:
        return ""
    minutes, second = divmod(seconds, 60)
    hours, minute = divmod(minutes, 60)
    day, hour = divmod(hours, 24)
    return f"0000{day:02}{hour:02}{minute:02}{second:02}000R"


def _encoded(text: str) -> tuple[int, bytes]:
    """(data_coding, octets)"""
    try:
        if not NOT_IN_SMPPLIBS_GSM.search(text):
            return DEFAULT_ALPHABET, gsm_encode(text)
    except UnicodeError:
        pass
    return UCS2, text.encode("utf-16-be")


class SmppInbox:
    """Receipts and replies on a bound receiver."""

    def __init__(self, url: ChannelUrl) -> None:
        self._access = _Access(url)

    def listen(self, take: Callable[[Incoming], None], stop: threading.Event) -> None:
        """Until ``stop`` is set, give what comes in to ``take``; bind again whenever the session is lost.

        A delivery is answered after ``take`` has returned: what it raised on is sent again by the centre.
        """
        pause = 1.0
        while not stop.is_set():
            try:
                session = self._access.bound("bind_receiver")
            except NothingLeft as why:
                log.warning("no session for receipts and replies", reason=str(why), pause=pause)
                stop.wait(pause)
                pause = min(pause * 2, 60)
                continue
            pause = 1.0
            try:
                self._read(session, take, stop)
            except Exception as error:  # noqa: BLE001 - whatever broke the session, the next one begins afresh
                # Not its text: it may quote what a person wrote
                log.warning("the session for receipts and replies was lost", error=type(error).__name__)
            finally:
                session.close()

    def _read(self, session: _Session, take: Callable[[Incoming], None], stop: threading.Event) -> None:
        waits = 0
        while not stop.is_set():
            if not session.has_something():
                waits += 1
                if waits % WAITS == 0:
                    session.send_pdu(make_pdu("enquire_link", client=session))
                if waits > 3 * WAITS:
                    raise TimeoutError
                continue
            waits = 0
            try:
                pdu = session.read_pdu()
                event = _read_delivery(pdu) if pdu.command == "deliver_sm" else None
            except (LookupError, TypeError, ValueError, struct.error, exceptions.UnknownCommandError) as error:
                # Read to its end but not understood; unanswered, so the centre keeps it
                log.warning("a PDU could not be read", error=type(error).__name__)
                continue
            session.reply_to(pdu, _taken(take, event) if event else consts.SMPP_ESME_ROK)


def _taken(take: Callable[[Incoming], None], event: Incoming) -> int:
    try:
        take(event)
    except Exception as error:  # noqa: BLE001 - the database may be away; the centre keeps the delivery for us
        log.warning("a delivery could not be taken", error=type(error).__name__)
        return int(consts.SMPP_ESME_RX_T_APPN)
    return int(consts.SMPP_ESME_ROK)


def _read_delivery(pdu: Any) -> Incoming | None:
    """A final receipt or a person's reply; None for a state on the way."""
    octets = getattr(pdu, "message_payload", None) or pdu.short_message or b""
    if pdu.esm_class & consts.SMPP_GSMFEAT_UDHI and octets:
        octets = octets[octets[0] + 1 :]
    if (pdu.esm_class >> 2) & 0b1111 in {0b0001, 0b1000}:  # 5.2.12: delivery receipt, intermediate notification
        return _read_receipt(pdu, octets.decode("ascii", "replace"))
    sender = (pdu.source_addr or b"").decode("ascii", "replace")
    if pdu.source_addr_ton == consts.SMPP_TON_INTL and not sender.startswith("+"):
        sender = f"+{sender}"
    return Reply(Channel.SMS, sender, octets.decode(REPLY_CODINGS.get(pdu.data_coding, "ascii"), "replace"))


def _read_receipt(pdu: Any, text: str) -> Receipt | None:
    """Appendix B: "id:… sub:… dlvrd:… submit date:… done date:… stat:… err:… text:…"; the parameters go first."""
    said = dict(re.findall(r"(?i)\b(id|stat|err):(\S+)", text.partition("text:")[0]))
    said = {name.lower(): value for name, value in said.items()}
    reference = (getattr(pdu, "receipted_message_id", None) or b"").decode("ascii", "replace") or said.get("id", "")
    state = FINAL_STATES.get(getattr(pdu, "message_state", None) or 0) or said.get("stat", "").upper()
    if state not in FINAL or not reference:
        return None
    return Receipt(FINAL[state], code=f"{state} {said.get('err', '')}".rstrip(), reference=reference)
