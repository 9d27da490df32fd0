import json
from datetime import UTC

from alibabacloud_dysmsapi20170525.client import Client
from alibabacloud_dysmsapi20170525.models import SendSmsRequest
from alibabacloud_tea_openapi.utils_models import Config
from darabonba.exceptions import ResponseException
from darabonba.policy.retry import RetryOptions
from darabonba.runtime import ExtendsParameters, RuntimeOptions
from requests.exceptions import ConnectionError as NotConnected
from urllib3.exceptions import ConnectTimeoutError as ConnectTimeout
from urllib3.exceptions import MaxRetryError, NameResolutionError, NewConnectionError

from outreach.channels.deadline import within
from outreach.channels.protocol import Answer, Outcome, Outgoing
from outreach.channels.url import ChannelUrl, is_on, rate

# help.aliyun.com, 短信服务 "国内消息API错误码" (document_detail/101346): the platform did not take the message.
# isp.SYSTEM_ERROR is none of them: "call again" does not say that nothing was taken.
REFUSED = {
    "isp.RAM_PERMISSION_DENY", "isv.ACCOUNT_ABNORMAL", "isv.ACCOUNT_NOT_EXISTS", "isv.AMOUNT_NOT_ENOUGH",
    "isv.BLACK_KEY_CONTROL_LIMIT", "isv.BUSINESS_LIMIT_CONTROL", "isv.DAY_LIMIT_CONTROL", "isv.DENY_IP_RANGE",
    "isv.DOMESTIC_NUMBER_NOT_SUPPORTED", "isv.EXTEND_CODE_ERROR", "isv.INVALID_JSON_PARAM",
    "isv.INVALID_PARAMETERS", "isv.MOBILE_COUNT_OVER_LIMIT", "isv.MOBILE_NUMBER_ILLEGAL", "isv.MONTH_LIMIT_CONTROL",
    "isv.OUT_OF_SERVICE", "isv.PARAM_LENGTH_LIMIT", "isv.PARAM_NOT_SUPPORT_URL", "isv.PRODUCT_UNSUBSCRIBE",
    "isv.PRODUCT_UN_SUBSCRIPT", "isv.SIGN_STATE_ILLEGAL", "isv.SMS_CONTENT_ILLEGAL", "isv.SMS_SIGNATURE_ILLEGAL",
    "isv.SMS_SIGNATURE_SCENE_ILLEGAL", "isv.SMS_SIGN_ILLEGAL", "isv.SMS_TEMPLATE_ILLEGAL",
    "isv.TEMPLATE_MISSING_PARAMETERS",
    # help.aliyun.com, the gateway's "客户端错误" (document_detail/48054): refused before it reached the service.
    # SignatureNonceUsed is none of them: the same request was there before.
    "InvalidAccessKeyId.Inactive", "InvalidAccessKeyId.NotFound", "InvalidTimeStamp.Expired",
    "InvalidTimeStamp.Format", "SignatureDoesNotMatch", "Throttling.Api", "Throttling.User",
}  # fmt: skip
STEP_MILLISECONDS = 10_000
WHOLE_SECONDS = 30


class AliyunChannel:
    """SMS by Alibaba Cloud. ``OutId`` is our name; its receipts repeat it.

    SendSms "does not support idempotence" (SendSms, 注意事项), so the SDK's own repeats are off. The request is
    dated with the hand-over: the gateway refuses one that is over 15 minutes old (InvalidTimeStamp.Expired).
    """

    provider = "aliyun"

    def __init__(self, url: ChannelUrl) -> None:
        url.needs("user", "password", "host")
        options = url.options(rate="100", tls="on", sign="")
        self.per_second = rate(options["rate"])
        self._sign = options["sign"]
        self._client = Client(
            Config(
                access_key_id=url.user,
                access_key_secret=url.password,
                endpoint=url.host if url.port is None else f"{url.host}:{url.port}",
                protocol="https" if is_on(options["tls"]) else "http",
                retry_options=RetryOptions({"retryable": False}),
            )
        )

    def send(self, message: Outgoing) -> Answer:
        if not message.provider_code:
            return Answer(Outcome.REFUSED, reason="no template id")
        request = SendSmsRequest(
            phone_numbers=message.address,
            sign_name=self._sign,
            template_code=message.provider_code,
            template_param=json.dumps(dict(message.parameters), ensure_ascii=False),
            out_id=message.name,
        )
        dated = message.handed_over_at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        runtime = RuntimeOptions(
            autoretry=False,
            connect_timeout=STEP_MILLISECONDS,
            read_timeout=STEP_MILLISECONDS,
            extends_parameters=ExtendsParameters(headers={"x-acs-date": dated}),
        )
        if message.is_stale:
            return Answer(Outcome.REFUSED, reason="stale")
        try:
            body = within(WHOLE_SECONDS, lambda: self._client.send_sms_with_options(request, runtime)).body
            code, reference = body.code, body.biz_id
        except ResponseException as error:
            code, reference = error.code, None
        except Exception as error:  # noqa: BLE001 - whatever the SDK trips on, the request may have left
            if _never_connected(error):
                return Answer(Outcome.REFUSED, reason="not connected")
            return Answer(Outcome.UNKNOWN, reason="no answer")
        if not isinstance(code, str):
            return Answer(Outcome.UNKNOWN, reason="?")
        if code == "OK" and reference and isinstance(reference, str):
            return Answer(Outcome.ACCEPTED, reference=reference)
        if code in REFUSED:
            return Answer(Outcome.REFUSED, reason=code)
        return Answer(Outcome.UNKNOWN, reason=code if code.isprintable() else "?")


def _never_connected(error: BaseException | None) -> bool:
    """The SDK keeps only the text of what went wrong; what raised it hangs on as its context."""
    while error is not None:
        if isinstance(error, NotConnected):
            cause = error.args[0] if error.args else None
            reason = cause.reason if isinstance(cause, MaxRetryError) else cause
            return isinstance(reason, (NewConnectionError, ConnectTimeout, NameResolutionError))
        inner = getattr(error, "inner_exception", None)
        error = inner if inner is not None else error.__context__
    return False
