"""The benchmarks' own promises: a refused or empty run fails, bars are judged by the ratio."""

import os
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from tests.bench.client import Ask, Browser, ask_all, latencies
from tests.bench.database import BenchFailed, url_of_bench
from tests.bench.servers import cpu_seconds
from tests.bench.table import Figure, as_table


class _Answers(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        self.send_response(429 if self.path == "/refused" else 200)
        self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(b"ok")

    def log_message(self, *words: object) -> None:
        pass


@pytest.fixture
def port() -> Iterator[int]:
    server = HTTPServer(("127.0.0.1", 0), _Answers)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield server.server_port
    server.shutdown()
    thread.join()
    server.server_close()


def test_answers_are_counted_in_bytes(port: int) -> None:
    with Browser(port) as browser:
        assert ask_all(browser, [Ask("/a"), Ask("/b")]) == 4


def test_a_refused_request_fails_the_run(port: int) -> None:
    with Browser(port) as browser, pytest.raises(BenchFailed, match="/refused answered 429"):
        ask_all(browser, [Ask("/a"), Ask("/refused")])


def test_a_refused_request_fails_the_latency_run(port: int) -> None:
    with pytest.raises(BenchFailed, match="/refused answered 429"):
        latencies(port, [Ask("/refused")], per_second=100, connections=1)


def test_a_run_without_requests_fails(port: int) -> None:
    with Browser(port) as browser, pytest.raises(BenchFailed, match="measures nothing"):
        ask_all(browser, [])
    with pytest.raises(BenchFailed, match="measures nothing"):
        latencies(port, [], per_second=100)


def test_every_request_of_the_latency_run_has_its_time(port: int) -> None:
    taken = latencies(port, [Ask("/a")] * 20, per_second=1000, connections=1)

    assert len(taken) == 20
    assert all(seconds > 0 for seconds in taken)


def test_cpu_of_a_process_grows_when_it_works() -> None:
    before = cpu_seconds([os.getpid()])
    sum(n * n for n in range(200_000))

    assert cpu_seconds([os.getpid()]) > before


def test_a_ceiling_and_a_least_are_judged_by_the_ratio() -> None:
    assert not Figure("a", 3.0, "ms", 1.0, bar=3.5).is_over
    assert Figure("a", 4.0, "ms", 1.0, bar=3.5).is_over
    assert Figure("a", 14.0, "rows/s", 1.0, bar=15, at_most=False).is_over
    assert Figure("a", 61.0, "s", bar=60).is_over
    assert not Figure("a", 61.0, "s").is_over


def test_the_table_shows_time_floor_ratio_and_verdict() -> None:
    table = as_table([Figure("look-up", 4.0, "ms", 1.0, "raw", 3.5), Figure("p50", 2.0, "ms")])

    assert [line.split() for line in table.splitlines()[2:]] == [
        ["look-up", "4", "ms", "1", "ms", "4.00", "×", "≤", "3.5", "×", "OVER", "raw"],
        ["p50", "2", "ms"],
    ]


def test_the_benchmarks_have_a_database_of_their_own() -> None:
    url = url_of_bench("postgis://salesapp@/salesapp?host=/tmp/x", "web")

    assert url == "postgis://salesapp@/salesapp_bench?host=%2Ftmp%2Fx&application_name=web"
