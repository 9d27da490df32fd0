import smtplib
import socket
from contextlib import suppress
from email.utils import parseaddr
from typing import cast

from django.core.exceptions import ValidationError
from django.core.mail import EmailMessage
from django.core.mail.backends.smtp import EmailBackend
from django.core.mail.message import SafeMIMEText, sanitize_address
from django.core.validators import validate_email

from outreach.channels.deadline import deadline
from outreach.channels.protocol import Answer, Outcome, Outgoing
from outreach.channels.url import ChannelUrl, rate
from outreach.errors import BadChannelUrl

STEP_SECONDS = 10
WHOLE_SECONDS = 60


class SmtpChannel:
    """E-mail by a relay, with Django's own SMTP back end; one connection a message.

    RFC 5321 4.2.1: 4yz and 5yz mean that what was asked did not happen, and no mail is accepted before the
    final dot has been answered. So a refusal before the dot is certain; so is 5yz after it. 4yz after the dot,
    or nothing, is not: servers were seen to deliver what they took too long to answer for (RFC 1047).
    The relay signs with DKIM; RFC 8058 wants List-Unsubscribe and List-Unsubscribe-Post under the signature.
    """

    provider = "smtp"

    def __init__(self, url: ChannelUrl) -> None:
        url.needs("host")
        options = url.options(rate="20", tls="starttls", sender="")
        if options["tls"] not in {"starttls", "implicit", "off"}:
            raise BadChannelUrl("its option tls is none of starttls, implicit, off")
        address = parseaddr(options["sender"])[1]
        try:
            validate_email(address)
        except ValidationError:
            raise BadChannelUrl("its option sender is not an e-mail address") from None
        self._domain = address.rpartition("@")[2]
        self.per_second = rate(options["rate"])
        self._sender = options["sender"]
        self._url, self._tls = url, options["tls"]

    def send(self, message: Outgoing) -> Answer:
        try:
            validate_email(message.address)
            content = self._written(message)
            sender = sanitize_address(parseaddr(self._sender)[1], "utf-8")
            receiver = sanitize_address(message.address, "utf-8")
        except (ValidationError, ValueError):  # an address that is none, a line break in a header
            return Answer(Outcome.REFUSED, reason="cannot be written as an e-mail")
        try:
            smtp = self._connected()
        except (OSError, ValueError) as error:  # the latter for a password that SMTP cannot write
            return Answer(Outcome.REFUSED, reason=_reason("not connected", error))
        try:
            with deadline(cast(socket.socket, smtp.sock), WHOLE_SECONDS):
                return self._transaction(smtp, sender, receiver, content, message)
        finally:
            # Without QUIT: what is settled is settled, and a relay that hangs must not hold this thread
            smtp.close()

    def _connected(self) -> smtplib.SMTP:
        """Logged in where the address names a user. Raises OSError, of which SMTPException is one."""
        relay = EmailBackend(
            host=self._url.host,
            port=self._url.port or {"starttls": 587, "implicit": 465, "off": 25}[self._tls],
            username=self._url.user,
            password=self._url.password,
            use_tls=self._tls == "starttls",
            use_ssl=self._tls == "implicit",
            timeout=STEP_SECONDS,
        )
        try:
            relay.open()
        except (OSError, ValueError):
            with suppress(OSError):
                relay.close()
            raise
        return cast(smtplib.SMTP, relay.connection)

    def _written(self, message: Outgoing) -> bytes:
        mail = EmailMessage(
            message.subject, message.text, self._sender, [message.address],
            headers={
                "Message-ID": f"<{message.name}@{self._domain}>",
                "List-Unsubscribe": f"<{message.unsubscribe_url}>",
                "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
            },
        )  # fmt: skip
        return cast(SafeMIMEText, mail.message()).as_bytes(linesep="\r\n")

    def _transaction(self, smtp: smtplib.SMTP, sender: str, receiver: str, content: bytes, message: Outgoing) -> Answer:
        try:
            smtp.ehlo_or_helo_if_needed()
            code, _ = smtp.mail(sender, ["BODY=8BITMIME"] if smtp.has_extn("8bitmime") else [])
            if code != 250:
                return Answer(Outcome.REFUSED, reason=f"mail {code}{_temporary(code)}")
            code, _ = smtp.rcpt(receiver)
            if code not in {250, 251}:
                return Answer(Outcome.REFUSED, reason=f"rcpt {code}{_temporary(code)}")
        except OSError as error:
            return Answer(Outcome.REFUSED, reason=_reason("cut before the text", error))
        if message.is_stale:
            return Answer(Outcome.REFUSED, reason="stale")
        try:
            code, _ = smtp.data(content)
        except smtplib.SMTPDataError as error:  # raised for the answer to DATA, before the text
            return Answer(Outcome.REFUSED, reason=f"data {error.smtp_code}{_temporary(error.smtp_code)}")
        except OSError:
            return Answer(Outcome.UNKNOWN, reason="no answer")
        if code == 250:
            return Answer(Outcome.ACCEPTED, reference=message.name)
        return Answer(Outcome.REFUSED if 500 <= code < 600 else Outcome.UNKNOWN, reason=f"text {code}")


def _temporary(code: int) -> str:
    return " (temporary)" if 400 <= code < 500 else ""


def _reason(what: str, error: Exception) -> str:
    """With the server's code where it gave one; never its words, which may repeat the address."""
    code = getattr(error, "smtp_code", None)
    return f"{what} {code}" if isinstance(code, int) else what
