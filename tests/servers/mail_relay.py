import asyncio
import time
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any, cast

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session


class _AnyPort(Controller):
    """Of the ports that are free."""

    def _trigger_server(self) -> None:
        self.port = cast(asyncio.Server, self.server).sockets[0].getsockname()[1]
        super()._trigger_server()  # type: ignore[no-untyped-call]


@dataclass
class MailRelay:
    """A real SMTP server with faults: ``refuse`` maps a step to its answer, ``cut`` names where it drops, ``mute``
    where it stops answering."""

    refuse: dict[str, str] = field(default_factory=dict)
    cut: str = ""
    mute: str = ""
    taken: list[Envelope] = field(default_factory=list)
    started: int = 0
    _closed: bool = False

    def __post_init__(self) -> None:
        self._controller = _AnyPort(self, hostname="127.0.0.1", port=0)
        self._controller.start()
        self.port = self._controller.port

    @property
    def url(self) -> str:
        return f"smtp://127.0.0.1:{self.port}/?sender=%E6%B5%B7%E6%BE%84+%3Cshop%40example.com%3E&tls=off"

    def close(self) -> None:
        if not self._closed:
            self._controller.stop()
        self._closed = True

    def mail(self) -> EmailMessage:
        (envelope,) = self.taken
        return message_from_bytes(cast(bytes, envelope.content), policy=policy.default)

    async def _step(self, server: SMTP, name: str) -> str | None:
        if self.cut == name:
            cast(asyncio.Transport, server.transport).abort()
            await asyncio.sleep(0.2)
        if self.mute == name:
            await asyncio.sleep(4)
        return self.refuse.get(name)

    async def handle_MAIL(self, server: SMTP, session: Session, envelope: Envelope, address: str, options: Any) -> str:
        self.started += 1
        if answer := await self._step(server, "mail"):
            return answer
        envelope.mail_from = address
        return "250 OK"

    async def handle_RCPT(self, server: SMTP, session: Session, envelope: Envelope, address: str, options: Any) -> str:
        if answer := await self._step(server, "rcpt"):
            return answer
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        """After the final dot."""
        if answer := self.refuse.get("text"):
            return answer
        self.taken.append(envelope)
        await self._step(server, "text")
        return "250 taken"


def wait_until_taken(relay: MailRelay) -> None:
    ends = time.monotonic() + 10
    while not relay.taken:
        assert time.monotonic() < ends
        time.sleep(0.01)
