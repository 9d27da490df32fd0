"""CPU per request and seconds per call, in alternating rounds, the median of rounds."""

import json
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Sequence

from tests.bench.client import Ask, Browser, as_json, ask_all, latencies
from tests.bench.database import CHECKOUT, BenchFailed
from tests.bench.servers import Redis, WebServer, cpu_seconds

Asks = Callable[[], Sequence[Ask]]


def cpu_per_request(web: WebServer, redis: Redis, routes: Sequence[Asks], *, rounds: int) -> list[float]:
    """Milliseconds of CPU a request, of the web worker, its PostgreSQL backends and Redis together.

    Each of ``routes`` gives the requests of its next round; the routes take turns. One round goes before that
    is not counted, over several connections at once: there every thread of the worker makes its connection to
    the database, its prepared statements and its caches.
    """
    spent: list[list[float]] = [[] for _ in routes]
    for route in routes:
        latencies(web.port, route(), per_second=1000, connections=8)
    with Browser(web.port) as browser:
        for _ in range(rounds):
            for route, found in zip(routes, spent, strict=True):
                asks = route()
                pids = [*web.pids(), redis.pid]
                before = cpu_seconds(pids)
                ask_all(browser, asks)
                after = cpu_seconds(pids)
                if pids != [*web.pids(), redis.pid]:
                    raise BenchFailed("the web server changed its database connections in the middle of a round")
                found.append((after - before) / len(asks) * 1000)
    return [statistics.median(found) for found in spent]


def open_loop(web: WebServer, asks: Sequence[Ask], *, per_second: float) -> tuple[float, float]:
    """(median, 99th percentile) in milliseconds of requests sent at fixed times by another process."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.bench.client"],
        input=as_json(web.port, asks, per_second), cwd=CHECKOUT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    if done.returncode:
        raise BenchFailed(done.stderr.strip().splitlines()[-1])
    taken = sorted(json.loads(done.stdout))
    if len(taken) != len(asks):
        raise BenchFailed("the latency run lost answers")
    return statistics.median(taken) * 1000, taken[int(len(taken) * 0.99)] * 1000


def cpu_per_call(calls: Sequence[Callable[[int], object]], backend: int, *, times: int, rounds: int) -> list[float]:
    """Milliseconds of CPU a call in this process and its PostgreSQL backend; the calls get running numbers."""
    spent: list[list[float]] = [[] for _ in calls]
    pids = [os.getpid(), backend]
    number = 0
    for turn in range(rounds + 1):
        for call, found in zip(calls, spent, strict=True):
            before = cpu_seconds(pids)
            for _ in range(times):
                call(number)
                number += 1
            if turn:
                found.append((cpu_seconds(pids) - before) / times * 1000)
    return [statistics.median(found) for found in spent]


def seconds(call: Callable[[], object]) -> float:
    start = time.perf_counter()
    call()
    return time.perf_counter() - start
