"""Alibaba Cloud's HTTP pushes: help.aliyun.com, 短信服务 "SmsReport" and "SmsUp" (HTTP 批量推送模式).

The pages document no signature. The gateway that lets them in from Alibaba's addresses adds our secret as the
header X-Webhook-Secret.
"""

import hmac
import json
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import structlog
from django.http import HttpRequest

from outreach.api.signed_callback import is_possible
from outreach.channels.incoming import Incoming, Receipt, Reply
from outreach.errors import BadSignature, UnreadableBody
from outreach.models import Channel

log = structlog.get_logger(__name__)

THERE = ZoneInfo("Asia/Shanghai")
ANSWER = {"code": 0, "msg": "OK"}


def read_aliyun(request: HttpRequest, body: bytes, secret: str) -> list[Incoming]:
    """Raises BadSignature, UnreadableBody. An item that is neither form is passed over, the others count."""
    if not hmac.compare_digest(secret.encode(), request.headers.get("X-Webhook-Secret", "").encode()):
        raise BadSignature
    try:
        items = json.loads(body)
    except (ValueError, RecursionError):
        raise UnreadableBody from None
    if not isinstance(items, list):
        raise UnreadableBody
    events = [event for item in items if (event := _read(item)) is not None]
    if len(events) < len(items):
        log.warning("pushed items that are neither report nor reply", count=len(items) - len(events))
    return events


def _read(item: Any) -> Incoming | None:
    match item:
        case {"success": bool(success), "out_id": str(name), "biz_id": str(reference)}:
            return Receipt(success, str(item.get("err_code", ""))[:64], name, reference)
        case {"content": str(text), "phone_number": str(address)}:
            told = " ".join(str(item.get(field) or "") for field in ("sequence_id", "send_time"))
            return Reply(Channel.SMS, address, text, _moment(item.get("send_time")), told.strip())
        case _:
            return None


def _moment(text: Any) -> datetime | None:
    try:
        at = datetime.strptime(text, "%Y-%m-%d %H:%M:%S").replace(tzinfo=THERE)
    except (TypeError, ValueError):
        return None
    return at if is_possible(at) else None
