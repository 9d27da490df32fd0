import base64
from typing import Any

from outreach.channels.protocol import Answer, Outcome, Outgoing
from outreach.channels.url import ChannelUrl, is_on, rate
from outreach.channels.web_api import NoAnswer, WebApi, code_in, reference_in
from outreach.errors import NothingLeft

# docs.jiguang.cn, JPush REST API "HTTP 状态码": 200 is always right and every error has another status; these
# mean that the request was not taken. Of 500 to 504 the page only says "the server's trouble".
REFUSED = {400, 401, 403, 404, 405, 410, 429}


class JPushChannel:
    """Notifications of the company's app through JPush's Push API v3. Our name goes along as an extra."""

    provider = "jpush"

    def __init__(self, url: ChannelUrl) -> None:
        url.needs("user", "password", "host")
        options = url.options(rate="10", tls="on")
        self.per_second = rate(options["rate"])
        self._api = WebApi(url, tls=is_on(options["tls"]))
        self._authorization = "Basic " + base64.b64encode(f"{url.user}:{url.password}".encode()).decode()

    def send(self, message: Outgoing) -> Answer:
        try:
            answer = self._api.post(
                "/v3/push",
                lambda: _body(message),
                {"Authorization": self._authorization},
                may_leave=lambda: not message.is_stale,
            )
        except NothingLeft as why:
            return Answer(Outcome.REFUSED, reason=str(why))
        except NoAnswer:
            return Answer(Outcome.UNKNOWN, reason="no answer")
        reference = reference_in(answer.data.get("msg_id"))
        if answer.status == 200 and reference:
            return Answer(Outcome.ACCEPTED, reference=reference)
        error = answer.data.get("error")
        code = code_in(error.get("code")) if isinstance(error, dict) else None
        reason = f"http {answer.status} code {'?' if code is None else code}"
        # A proxy in between may answer with such a status too: the provider's own errors carry a code
        refused = answer.status in REFUSED and code is not None
        return Answer(Outcome.REFUSED if refused else Outcome.UNKNOWN, reason=reason)


def _body(message: Outgoing) -> dict[str, Any]:
    extras = {"name": message.name}
    options: dict[str, Any] = {"apns_production": True}
    if message.seconds_left is not None:
        options["time_to_live"] = message.seconds_left
    return {
        "platform": "all",
        "audience": {"registration_id": [message.address]},
        "notification": {
            "android": {"alert": message.text, "title": message.subject, "extras": extras},
            "ios": {"alert": {"title": message.subject, "body": message.text}, "extras": extras},
        },
        "options": options,
    }
