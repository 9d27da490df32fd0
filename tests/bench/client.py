"""Requests over kept connections, by the standard library: in turn for CPU, on a schedule for latency."""

import http.client
import json
import sys
import threading
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from types import TracebackType

from tests.bench.database import BenchFailed


@dataclass(frozen=True, slots=True)
class Ask:
    """One request. ``body`` is sent as JSON when there is one."""

    path: str
    headers: dict[str, str] = field(default_factory=dict)
    body: dict[str, str] | None = None


class Browser:
    """One kept connection. Every answer that is not 2xx raises BenchFailed."""

    def __init__(self, port: int) -> None:
        self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)

    def __enter__(self) -> "Browser":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._connection.close()

    def ask(self, ask: Ask) -> bytes:
        headers = {"Accept-Encoding": "gzip", "Accept-Language": "zh-CN", **ask.headers}
        body = None
        if ask.body is not None:
            body = json.dumps(ask.body).encode()
            headers["Content-Type"] = "application/json"
        self._connection.request("GET" if body is None else "POST", ask.path, body, headers)
        answer = self._connection.getresponse()
        content = answer.read()
        if not 200 <= answer.status < 300:
            raise BenchFailed(f"{ask.path} answered {answer.status}: {content[:300]!r}")
        return content


def ask_all(browser: Browser, asks: Sequence[Ask]) -> int:
    """All in turn. Bytes received."""
    if not asks:
        raise BenchFailed("a run without requests measures nothing")
    return sum(len(browser.ask(ask)) for ask in asks)


def latencies(port: int, asks: Sequence[Ask], *, per_second: float, connections: int = 16) -> list[float]:
    """Send at fixed times whatever the answers do; seconds from when each was due to its answer."""
    if not asks:
        raise BenchFailed("a run without requests measures nothing")
    taken = [0.0] * len(asks)
    failed: Counter[str] = Counter()
    lock = threading.Lock()
    due = iter(range(len(asks)))
    start = time.monotonic() + 0.2

    def work() -> None:
        with Browser(port) as browser:
            while not failed:
                with lock:
                    number = next(due, None)
                if number is None:
                    return
                when = start + number / per_second
                time.sleep(max(0.0, when - time.monotonic()))
                try:
                    browser.ask(asks[number])
                except (BenchFailed, OSError, http.client.HTTPException) as error:
                    failed[str(error)] += 1
                    return
                taken[number] = time.monotonic() - when

    threads = [threading.Thread(target=work) for _ in range(connections)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if failed:
        raise BenchFailed(next(iter(failed)))
    return taken


def as_json(port: int, asks: Sequence[Ask], per_second: float) -> str:
    """The standard input of this module run as a program: the load comes from a process of its own."""
    return json.dumps({"port": port, "per_second": per_second, "asks": [asdict(ask) for ask in asks]})


if __name__ == "__main__":
    told = json.load(sys.stdin)
    try:
        print(json.dumps(latencies(told["port"], [Ask(**ask) for ask in told["asks"]], per_second=told["per_second"])))
    except BenchFailed as error:
        sys.exit(str(error))
