"""A provider's JSON API. Plain http.client: one attempt, and connecting apart from sending, which decides what
is known when it fails."""

import http.client
import json
import ssl
from collections.abc import Callable, Mapping
from contextlib import closing
from dataclasses import dataclass
from typing import Any

from outreach.channels.deadline import deadline
from outreach.channels.url import ChannelUrl
from outreach.errors import NothingLeft

STEP_SECONDS = 10
WHOLE_SECONDS = 30
LARGEST_ANSWER = 64 * 1024


class NoAnswer(Exception):
    """The request left and nothing that can be read came back."""


@dataclass(frozen=True, slots=True)
class WebAnswer:
    status: int
    data: Mapping[str, Any]


def code_in(value: object) -> int | None:
    """A code as documented, a whole number. JSON's false and 0.0 are equal to one without being it."""
    return value if type(value) is int else None


def reference_in(value: object) -> str:
    """The provider's name of a message, which is a text or a whole number; empty where it is neither."""
    return str(value) if value and type(value) in {str, int} else ""


class WebApi:
    def __init__(self, url: ChannelUrl, *, tls: bool) -> None:
        self._host, self._port = url.host, url.port
        self._context = ssl.create_default_context() if tls else None

    def post(
        self,
        path: str,
        body: Callable[[], Mapping[str, object]],
        headers: Mapping[str, str] | None = None,
        *,
        may_leave: Callable[[], bool] = lambda: True,
    ) -> WebAnswer:
        """``may_leave`` and ``body`` are asked when connected, right before. Raises NothingLeft, NoAnswer."""
        with closing(self._connection()) as connection:
            try:
                connection.connect()
            except (OSError, ValueError):  # the latter for a name that is no host's
                raise NothingLeft("not connected") from None
            if not may_leave():
                raise NothingLeft("stale")
            content = json.dumps(body(), ensure_ascii=False).encode()
            try:
                with deadline(connection.sock, WHOLE_SECONDS):
                    connection.request("POST", path, content, {"Content-Type": "application/json", **(headers or {})})
                    answer = connection.getresponse()
                    text = answer.read(LARGEST_ANSWER)
            except (OSError, http.client.HTTPException, ValueError):
                raise NoAnswer from None
        try:
            data = json.loads(text)
        except (ValueError, RecursionError):
            raise NoAnswer from None
        return WebAnswer(answer.status, data if isinstance(data, dict) else {})

    def _connection(self) -> http.client.HTTPConnection:
        if self._context is None:
            return http.client.HTTPConnection(self._host, self._port, timeout=STEP_SECONDS)
        return http.client.HTTPSConnection(self._host, self._port, timeout=STEP_SECONDS, context=self._context)
