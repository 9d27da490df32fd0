import threading
import time
from urllib.parse import quote

from outreach.channels.protocol import Answer, Outcome, Outgoing
from outreach.channels.url import ChannelUrl, is_on, rate
from outreach.channels.web_api import NoAnswer, WebApi, code_in, reference_in
from outreach.errors import NothingLeft

# developers.weixin.qq.com, 服务号 "发送模板消息" and "全局返回码说明": codes that say why the request was not
# carried out. -1 (系统繁忙, "try again later") is none of them: it does not say that nothing was sent.
REFUSED = {
    40001: "the token is not valid", 40003: "not an OpenID of this account", 40013: "not an AppID",
    40014: "the token is not valid", 40036: "not a template id", 40037: "not a template of this account",
    41001: "no token", 42001: "the token has expired", 43002: "POST wanted", 43003: "HTTPS wanted",
    43004: "the receiver does not follow the account", 43101: "the receiver refuses such messages",
    44002: "empty body", 45009: "the day's quota is used", 45011: "too many in this minute",
    47001: "the body cannot be read", 47003: "a value breaks the template's rule", 48001: "not allowed to call this",
    48004: "banned from calling this", 50002: "the account is restricted",
}  # fmt: skip
TOKEN_CODES = {40001, 40014, 42001}
# "普通模式下平台会提前 5 分钟更新 access_token": the last five minutes of a token are not used
TOKEN_MARGIN = 300
LONGEST_LIFE = 7200  # "目前是7200秒之内的值"


class WeChatChannel:
    """Template messages of a service account.

    The token is the stable one (获取稳定版接口调用凭据): every process that asks is given the same, so they need
    not share it; the older call would end the token of the others. The text of the message is the provider's
    template with ``parameters``. ``client_msg_id`` is our name: for ten minutes WeChat itself sends it once.
    """

    provider = "wechat"

    def __init__(self, url: ChannelUrl) -> None:
        url.needs("user", "password", "host")
        options = url.options(rate="50", tls="on")
        self.per_second = rate(options["rate"])
        self._api = WebApi(url, tls=is_on(options["tls"]))
        self._app_id, self._secret = url.user, url.password
        self._lock = threading.Lock()
        self._token, self._token_until = "", 0.0

    def send(self, message: Outgoing) -> Answer:
        if not message.provider_code:
            return Answer(Outcome.REFUSED, reason="no template id")
        try:
            token = self._current_token()
            answer = self._api.post(
                f"/cgi-bin/message/template/send?access_token={quote(token, safe='')}",
                lambda: {
                    "touser": message.address,
                    "template_id": message.provider_code,
                    "url": message.parameters.get("link") or message.unsubscribe_url,
                    "client_msg_id": message.name,
                    "data": {name: {"value": value} for name, value in message.parameters.items()},
                },
                may_leave=lambda: not message.is_stale,
            )
        except NothingLeft as why:
            return Answer(Outcome.REFUSED, reason=str(why))
        except NoAnswer:
            return Answer(Outcome.UNKNOWN, reason="no answer")
        code, reference = code_in(answer.data.get("errcode")), reference_in(answer.data.get("msgid"))
        if answer.status == 200 and code == 0 and reference:
            return Answer(Outcome.ACCEPTED, reference=reference)
        if code in TOKEN_CODES:
            self._forget(token)
        if answer.status == 200 and code in REFUSED:
            return Answer(Outcome.REFUSED, reason=str(code))
        return Answer(Outcome.UNKNOWN, reason=f"http {answer.status} code {'?' if code is None else code}")

    def _current_token(self) -> str:
        """Raises NothingLeft."""
        with self._lock:
            if self._token and time.monotonic() < self._token_until:
                return self._token
            try:
                answer = self._api.post(
                    "/cgi-bin/stable_token",
                    lambda: {"grant_type": "client_credential", "appid": self._app_id, "secret": self._secret},
                )
            except NoAnswer:
                raise NothingLeft("no token") from None
            token, lives = answer.data.get("access_token"), code_in(answer.data.get("expires_in"))
            if not isinstance(token, str) or not token or not token.isascii() or lives is None:
                raise NothingLeft("no token")
            self._token, self._token_until = token, time.monotonic() + min(max(lives, 0), LONGEST_LIFE) - TOKEN_MARGIN
            return token

    def _forget(self, token: str) -> None:
        with self._lock:
            if self._token == token:
                self._token = ""
