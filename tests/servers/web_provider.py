"""Stand-ins for providers' HTTP interfaces. Each is made from what the provider documents, kept here as data, and
refuses what the documents do not allow; tests/outreach/channels/test_contracts.py holds them to it."""

import base64
import hashlib
import hmac
import json
import ssl
import threading
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, quote, urlsplit


@dataclass(frozen=True)
class Call:
    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]  # names in lower case
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


@dataclass(frozen=True)
class Said:
    status: int
    body: Mapping[str, Any]


@dataclass
class Refused(Exception):
    """The documented answer to what the contract does not allow."""

    said: Said


@dataclass
class Contract:
    """What a provider's pages say of one interface."""

    source: str
    method: str
    path: str
    required: Mapping[str, type]
    optional: Mapping[str, type]
    answer: Mapping[str, type]
    refuse: Callable[[str], Said]

    def check(self, call: Call, fields: Mapping[str, Any]) -> None:
        if (call.method, call.path) != (self.method, self.path):
            raise Refused(Said(404, self.refuse("no such interface").body))
        for name, kind in self.required.items():
            if not isinstance(fields.get(name), kind) or not fields[name]:
                raise Refused(self.refuse(f"missing {name}"))
        for name, value in fields.items():
            kind = (self.required | self.optional).get(name)  # type: ignore[operator]
            if kind is None or not isinstance(value, kind):
                raise Refused(self.refuse(f"unknown {name}"))


@dataclass
class WebProvider:
    """An HTTP server on 127.0.0.1: ``answer`` decides, or ``fault`` does: cut, mute, drip, garbage."""

    calls: list[Call] = field(default_factory=list)
    fault: str = ""
    forced: Said | None = None

    def __post_init__(self) -> None:
        self._over = threading.Event()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._server.daemon_threads = False
        self.port = self._server.server_address[1]
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05})
        self._thread.start()

    def secure(self, certificate: Path, key: Path) -> None:
        """Speak TLS from now on."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate, key)
        self._server.socket = context.wrap_socket(self._server.socket, server_side=True)

    def answer(self, call: Call) -> Said:
        raise NotImplementedError

    def close(self) -> None:
        self._over.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        provider = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            timeout = 5

            def do_POST(self) -> None:
                parts = urlsplit(self.path)
                call = Call(
                    self.command, parts.path, dict(parse_qsl(parts.query, keep_blank_values=True)),
                    {name.lower(): value for name, value in self.headers.items()},
                    self.rfile.read(int(self.headers.get("Content-Length", 0))),
                )  # fmt: skip
                provider.calls.append(call)
                self.close_connection = True
                match provider.fault:
                    case "cut":
                        return
                    case "mute":
                        provider._over.wait(5)
                    case "drip":
                        self.wfile.write(b"HTTP/1.1 200 OK\r\n")
                        while not provider._over.wait(0.1):
                            try:
                                self.wfile.write(b"X-Wait: on\r\n"[:1])
                            except OSError:
                                return
                    case "garbage":
                        self.wfile.write(b"\x00\xff nonsense \r\n\r\n")
                    case "html":
                        self._say(200, b"<html>502 Bad Gateway</html>")
                    case "huge":
                        self._say(200, b"[" * 300_000)
                    case _:
                        said = provider.forced or provider.said(call)
                        self._say(said.status, json.dumps(said.body).encode())

            def _say(self, status: int, content: bytes) -> None:
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(content)))
                self.send_header("Connection", "close")
                self.end_headers()
                with suppress(OSError):
                    self.wfile.write(content)

            def log_message(self, format: str, *args: Any) -> None:
                pass

        return Handler

    def said(self, call: Call) -> Said:
        try:
            return self.answer(call)
        except Refused as refused:
            return refused.said


# --- Alibaba Cloud ------------------------------------------------------------------------------------------------

SEND_SMS = Contract(
    source="help.aliyun.com: SendSms - 发送短信 (document_detail/55284)",
    method="POST",
    path="/",
    required={"PhoneNumbers": str, "SignName": str, "TemplateCode": str},
    optional={"TemplateParam": str, "OutId": str, "SmsUpExtendCode": str},
    answer={"Code": str, "Message": str, "RequestId": str, "BizId": str},
    refuse=lambda why: Said(400, {"Code": "MissingParameter", "Message": why, "RequestId": "R"}),
)
# help.aliyun.com: V3版本请求体&签名机制
SIGNED_HEADERS = {
    "host",
    "x-acs-action",
    "x-acs-content-sha256",
    "x-acs-date",
    "x-acs-signature-nonce",
    "x-acs-version",
}
WINDOW = timedelta(minutes=15)  # "值为请求发出前15分钟内的时间"


def acs3_signature(call: Call, signed: list[str], secret: str) -> str:
    """The documented construction, written from the page and not from the SDK."""
    query = "&".join(f"{quote(k, safe='~')}={quote(v, safe='~')}" for k, v in sorted(call.query.items()))
    headers = "".join(f"{name}:{call.headers[name].strip()}\n" for name in signed)
    payload = hashlib.sha256(call.body).hexdigest()
    canonical = "\n".join([call.method, call.path, query, headers, ";".join(signed), payload])
    to_sign = f"ACS3-HMAC-SHA256\n{hashlib.sha256(canonical.encode()).hexdigest()}"
    return hmac.new(secret.encode(), to_sign.encode(), "sha256").hexdigest()


class Aliyun(WebProvider):
    KEY, SECRET = "LTAI-test", "aliyun-secret"

    def __post_init__(self) -> None:
        self.nonces: set[str] = set()
        super().__post_init__()

    @property
    def url(self) -> str:
        return f"aliyun://{self.KEY}:{self.SECRET}@127.0.0.1:{self.port}/?sign=%E6%B5%B7%E6%BE%84&tls=off"

    def answer(self, call: Call) -> Said:
        self._authorise(call)
        SEND_SMS.check(call, call.query)
        return Said(
            200, {"Code": "OK", "Message": "OK", "RequestId": "R", "BizId": f"9006197469364984{len(self.calls)}"}
        )

    def _authorise(self, call: Call) -> None:
        def refuse(code: str) -> Refused:
            return Refused(Said(400, {"Code": code, "Message": code, "RequestId": "R"}))

        if (call.headers.get("x-acs-action"), call.headers.get("x-acs-version")) != ("SendSms", "2017-05-25"):
            raise refuse("InvalidAction.NotFound")
        kind, _, rest = call.headers.get("authorization", "").partition(" ")
        parts = dict(part.split("=", 1) for part in rest.split(",") if "=" in part)
        if kind != "ACS3-HMAC-SHA256" or parts.get("Credential") != self.KEY:
            raise refuse("InvalidAccessKeyId.NotFound")
        signed = parts.get("SignedHeaders", "").split(";")
        if not set(signed) >= SIGNED_HEADERS or signed != sorted(signed):
            raise refuse("SignatureDoesNotMatch")
        if call.headers["x-acs-content-sha256"] != hashlib.sha256(call.body).hexdigest():
            raise refuse("SignatureDoesNotMatch")
        if not hmac.compare_digest(parts.get("Signature", ""), acs3_signature(call, signed, self.SECRET)):
            raise refuse("SignatureDoesNotMatch")
        try:
            dated = datetime.strptime(call.headers["x-acs-date"], "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)
        except ValueError:
            raise refuse("InvalidTimeStamp.Format") from None
        if abs(datetime.now(UTC) - dated) > WINDOW:
            raise refuse("InvalidTimeStamp.Expired")
        if call.headers["x-acs-signature-nonce"] in self.nonces:
            raise refuse("SignatureNonceUsed")
        self.nonces.add(call.headers["x-acs-signature-nonce"])


# --- WeChat -------------------------------------------------------------------------------------------------------

STABLE_TOKEN = Contract(
    source="developers.weixin.qq.com: 获取稳定版接口调用凭据 getStableAccessToken",
    method="POST",
    path="/cgi-bin/stable_token",
    required={"grant_type": str, "appid": str, "secret": str},
    optional={"force_refresh": bool},
    answer={"access_token": str, "expires_in": int},
    refuse=lambda why: Said(200, {"errcode": 41002, "errmsg": why}),
)
SEND_TEMPLATE = Contract(
    source="developers.weixin.qq.com: 发送模板消息 sendTemplateMessage",
    method="POST",
    path="/cgi-bin/message/template/send",
    required={"touser": str, "template_id": str, "data": dict},
    optional={"url": str, "miniprogram": dict, "client_msg_id": str, "color": str},
    answer={"errcode": int, "errmsg": str, "msgid": int},
    refuse=lambda why: Said(200, {"errcode": 47001, "errmsg": why}),
)


class WeChat(WebProvider):
    APP_ID, SECRET = "wx0123456789abcdef", "wechat-secret"

    def __post_init__(self) -> None:
        self.token, self.expires_in = "first-token", 7200
        self.names: set[tuple[str, str]] = set()
        super().__post_init__()

    @property
    def url(self) -> str:
        return f"wechat://{self.APP_ID}:{self.SECRET}@127.0.0.1:{self.port}/?tls=off"

    def answer(self, call: Call) -> Said:
        if call.path == STABLE_TOKEN.path:
            STABLE_TOKEN.check(call, call.json)
            if (call.json["appid"], call.json["secret"]) != (self.APP_ID, self.SECRET):
                return Said(200, {"errcode": 40001, "errmsg": "invalid credential"})
            return Said(200, {"access_token": self.token, "expires_in": self.expires_in})
        if call.query.get("access_token") != self.token:
            return Said(200, {"errcode": 40001, "errmsg": "invalid credential, access_token is invalid or not latest"})
        SEND_TEMPLATE.check(call, call.json)
        if not all(
            isinstance(item, dict) and isinstance(item.get("value"), str) for item in call.json["data"].values()
        ):
            return SEND_TEMPLATE.refuse("data format error")
        return Said(200, {"errcode": 0, "errmsg": "ok", "msgid": 200228332 + len(self.calls)})

    def sends(self) -> list[Call]:
        return [call for call in self.calls if call.path == SEND_TEMPLATE.path]


# --- JPush --------------------------------------------------------------------------------------------------------

PUSH = Contract(
    source="docs.jiguang.cn: 推送 API (rest_api_v3_push), HTTP 状态码 (http_status_code)",
    method="POST",
    path="/v3/push",
    required={"platform": str, "audience": dict},
    optional={"notification": dict, "message": dict, "options": dict, "cid": str, "callback": dict},
    answer={"sendno": str, "msg_id": str},
    refuse=lambda why: Said(400, {"error": {"code": 1003, "message": why}}),
)
NOTIFICATION = {"alert", "android", "ios", "quickapp", "hmos", "voip"}


class JPush(WebProvider):
    KEY, SECRET = "7d431e42dfa6a6d693ac2d04", "5e987ac6d2e04d95a9d8f0d1"  # the page's own example

    @property
    def url(self) -> str:
        return f"jpush://{self.KEY}:{self.SECRET}@127.0.0.1:{self.port}/?tls=off"

    def answer(self, call: Call) -> Said:
        expected = "Basic " + base64.b64encode(f"{self.KEY}:{self.SECRET}".encode()).decode()
        if call.headers.get("authorization") != expected:
            return Said(401, {"error": {"code": 1004, "message": "Authen failed!"}})
        PUSH.check(call, call.json)
        if not call.json.get("notification") and not call.json.get("message"):
            return PUSH.refuse("notification or message")
        if set(call.json.get("notification", {})) - NOTIFICATION:
            return PUSH.refuse("notification")
        return Said(200, {"sendno": "0", "msg_id": str(1828256757 + len(self.calls))})


def until(true: Callable[[], bool]) -> None:
    """Wait for what another thread does."""
    ends = time.monotonic() + 10
    while not true():
        assert time.monotonic() < ends
        time.sleep(0.01)
