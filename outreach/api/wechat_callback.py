"""WeChat's pushes in the safe mode (安全模式): developers.weixin.qq.com, "消息加解密说明" and "接入指引".

The plain mode's signature covers the time and a nonce but not the body; of the safe mode's, msg_signature covers
the encrypted body. The secret is "AppID.Token.EncodingAESKey", as set on the platform.
"""

import base64
import binascii
import hmac
import struct
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha1
from xml.etree import ElementTree

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from django.http import HttpRequest

from outreach.api.signed_callback import is_possible, is_recent
from outreach.channels.incoming import Incoming, Receipt, Reply
from outreach.errors import BadSignature, UnreadableBody
from outreach.models import Channel

BLOCK = 32  # of the padding; the cipher's is 16
ANSWER = "success"


@dataclass(frozen=True, slots=True, repr=False)
class _Secret:
    app_id: str
    token: str
    key: bytes

    @classmethod
    def parse(cls, text: str) -> "_Secret":
        app_id, token, key = text.split(".")
        return cls(app_id, token, base64.b64decode(key + "="))


def is_secret(text: str) -> bool:
    try:
        secret = _Secret.parse(text)
    except (ValueError, binascii.Error):
        return False
    return bool(secret.app_id and secret.token) and len(secret.key) == 32


def echo(request: HttpRequest, secret: str) -> str:
    """The answer to the platform's question whether this is the address. Raises BadSignature."""
    _verify(request, "signature", _Secret.parse(secret).token)
    return request.GET.get("echostr", "")


def read_wechat(request: HttpRequest, body: bytes, secret: str) -> list[Incoming]:
    """Raises BadSignature, UnreadableBody."""
    ours = _Secret.parse(secret)
    encrypted = _fields(body).get("Encrypt", "")
    _verify(request, "msg_signature", ours.token, encrypted)
    event = _read(_fields(_decrypted(encrypted, ours)))
    return [event] if event else []


def _verify(request: HttpRequest, name: str, token: str, *more: str) -> None:
    timestamp, nonce = request.GET.get("timestamp", ""), request.GET.get("nonce", "")
    # The documented SHA-1 over the sorted parts
    expected = sha1("".join(sorted([token, timestamp, nonce, *more])).encode()).hexdigest()  # noqa: S324
    if not hmac.compare_digest(expected.encode(), request.GET.get(name, "").encode()) or not is_recent(timestamp):
        raise BadSignature


def _decrypted(text: str, secret: _Secret) -> bytes:
    """AES-256-CBC of: 16 random bytes, length of the message in 4, message, AppID, PKCS#7 padding to 32."""
    try:
        decryptor = Cipher(algorithms.AES(secret.key), modes.CBC(secret.key[:16])).decryptor()
        clear = decryptor.update(base64.b64decode(text, validate=True)) + decryptor.finalize()
        clear = clear[: -clear[-1]]
        (length,) = struct.unpack(">I", clear[16:20])
    except (ValueError, IndexError, struct.error):
        raise UnreadableBody from None
    if clear[20 + length :] != secret.app_id.encode():
        raise UnreadableBody
    return clear[20 : 20 + length]


def _fields(body: bytes) -> dict[str, str]:
    """The flat document's elements. No document type, so there are no entities to grow."""
    # Nor UTF-16, in which one would not be found
    if b"\0" in body or b"<!DOCTYPE" in body.upper():
        raise UnreadableBody
    try:
        document = ElementTree.fromstring(body)  # noqa: S314
    except (ElementTree.ParseError, ValueError, LookupError):
        raise UnreadableBody from None
    return {element.tag: element.text or "" for element in document}


def _read(fields: dict[str, str]) -> Incoming | None:
    who, said_at = fields.get("FromUserName", ""), _moment(fields.get("CreateTime", ""))
    # 接收普通消息: a push told again is known by MsgId; an event, which has none, by its moment
    told = f"{fields.get('MsgId', '')} {fields.get('CreateTime', '')}".strip()
    match fields.get("MsgType"), fields.get("Event"):
        case "event", "TEMPLATESENDJOBFINISH":
            status = fields.get("Status", "")
            return Receipt(status == "success", status[:64], reference=fields.get("MsgID", ""))
        case "event", "unsubscribe":  # left the account: WeChat's own word for it
            return Reply(Channel.WECHAT, who, "退订", said_at, told)
        case "text", _:
            return Reply(Channel.WECHAT, who, fields.get("Content", ""), said_at, told)
        case _:
            return None


def _moment(text: str) -> datetime | None:
    try:
        at = datetime.fromtimestamp(int(text[:12]), UTC)
    except (ValueError, OverflowError, OSError):
        return None
    return at if is_possible(at) else None
