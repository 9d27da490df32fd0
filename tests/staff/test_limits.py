import multiprocessing
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest
import redis
from django.conf import settings
from django.test import RequestFactory
from django_ratelimit.core import get_usage
from pytest_django.fixtures import Settings

from salesapp.staff.errors import LimiterUnavailable, TooManyRequests
from salesapp.staff.limits import client_address, consume

# Windows of a day: none ends while a test runs, but for once a day and key
A_DAY = 24 * 3600


def test_the_limit_lets_its_number_through_and_no_more() -> None:
    for _ in range(3):
        consume(group="g", key="alice", rates=["3/d"])
    with pytest.raises(TooManyRequests) as refusal:
        consume(group="g", key="alice", rates=["3/d"])
    assert 1 <= refusal.value.retry_after <= A_DAY
    consume(group="g", key="bob", rates=["3/d"])
    consume(group="other", key="alice", rates=["3/d"])


def test_every_rate_holds_and_the_longest_wait_is_told() -> None:
    consume(group="g", key="alice", rates=["1/h", "1/d"])
    with pytest.raises(TooManyRequests) as longer:
        consume(group="g", key="alice", rates=["1/h", "1/d"])
    with pytest.raises(TooManyRequests) as shorter:
        consume(group="g", key="alice", rates=["1/h", "9/d"])
    assert shorter.value.retry_after <= 3600
    assert shorter.value.retry_after <= longer.value.retry_after


def test_the_count_is_the_one_django_ratelimit_reads() -> None:
    for _ in range(2):
        consume(group="g", key="alice", rates=["5/d"])
    usage = get_usage(None, group="g", key=lambda group, request: "alice", rate="5/d", increment=False)
    assert usage["count"] == 2


def _use_up(allowed: "multiprocessing.sharedctypes.Synchronized[int]") -> None:
    for _ in range(50):
        try:
            consume(group="g", key="alice", rates=["10/d"])
        except TooManyRequests:
            continue
        with allowed.get_lock():
            allowed.value += 1


def test_the_limit_is_exact_under_eight_processes() -> None:
    context = multiprocessing.get_context("fork")
    allowed = context.Value("i", 0)
    processes = [context.Process(target=_use_up, args=(allowed,)) for _ in range(8)]
    for process in processes:
        process.start()
    for process in processes:
        process.join()
    assert [process.exitcode for process in processes] == [0] * 8
    assert allowed.value == 10


class OwnRedis:
    """A Redis of the test's own, which can be killed."""

    def __init__(self, folder: Path) -> None:
        self.socket = folder / "redis.sock"
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        self.process = subprocess.Popen(
            ["redis-server", "--port", "0", "--unixsocket", str(self.socket), "--save", "", "--dir", "/tmp"],
            stdout=subprocess.DEVNULL,
        )
        deadline = time.monotonic() + 10
        # The socket is there before it is listened to
        while not self._answers():
            assert time.monotonic() < deadline, "redis-server did not start"
            time.sleep(0.01)

    def _answers(self) -> bool:
        with redis.Redis(unix_socket_path=str(self.socket)) as client, suppress(redis.RedisError):
            return bool(client.ping())
        return False

    def kill(self) -> None:
        if self.process:
            self.process.kill()
            self.process.wait()
        self.socket.unlink(missing_ok=True)


@pytest.fixture
def own_redis() -> Iterator[OwnRedis]:
    # Not tmp_path: a socket's path has 107 bytes at most
    folder = Path(tempfile.mkdtemp(prefix="salesapp-test-"))
    server = OwnRedis(folder)
    server.start()
    settings.CACHES["limits"]["LOCATION"], before = f"unix://{server.socket}", settings.CACHES["limits"]["LOCATION"]
    yield server
    settings.CACHES["limits"]["LOCATION"] = before
    server.kill()
    shutil.rmtree(folder)


def test_without_redis_nothing_is_let_through_and_with_it_all_is_well_again(own_redis: OwnRedis) -> None:
    consume(group="g", key="alice", rates=["3/d"])
    own_redis.kill()
    for _ in range(3):
        with pytest.raises(LimiterUnavailable):
            consume(group="g", key="alice", rates=["3/d"])
    own_redis.start()
    consume(group="g", key="alice", rates=["3/d"])


def test_a_redis_that_cannot_write_lets_nothing_through(own_redis: OwnRedis) -> None:
    full = ["redis-cli", "-s", str(own_redis.socket), "config", "set", "maxmemory", "1"]
    assert subprocess.run(full, capture_output=True, check=True).stdout == b"OK\n"
    with pytest.raises(LimiterUnavailable):
        consume(group="g", key="alice", rates=["3/d"])


@pytest.mark.parametrize(
    ("hops", "peer", "forwarded", "expected"),
    [
        (0, "192.0.2.1", "203.0.113.9", "192.0.2.1"),
        (1, "192.0.2.1", "203.0.113.9", "203.0.113.9"),
        (1, "192.0.2.1", "10.0.0.1, 203.0.113.9", "203.0.113.9"),
        (2, "192.0.2.1", "10.9.9.9, 203.0.113.9, 198.51.100.7", "203.0.113.9"),
        (2, "192.0.2.1", "203.0.113.9", "192.0.2.1"),
        (1, "192.0.2.1", "203.0.113.9:5555", "203.0.113.9"),
        (1, "192.0.2.1", "10.0.0.1:80, 203.0.113.9:65535", "203.0.113.9"),
        (1, "192.0.2.1", "[2001:db8:1:2:3::4]:443", "2001:db8:1:2::"),
        (1, "192.0.2.1", "[2001:db8:1:2:3::4]", "2001:db8:1:2::"),
        (1, "192.0.2.1", "2001:db8:1:2:3::4", "2001:db8:1:2::"),
        (1, "192.0.2.1", "[::ffff:203.0.113.9]:443", "203.0.113.9"),
        (1, "192.0.2.1", "not an address", "192.0.2.1"),
        (1, "192.0.2.1", "203.0.113.9:", "192.0.2.1"),
        (1, "192.0.2.1", "203.0.113.9:five", "192.0.2.1"),
        (1, "192.0.2.1", "203.0.113.9:１", "192.0.2.1"),
        (1, "192.0.2.1", "203.0.113.9:1:2", "192.0.2.1"),
        (1, "192.0.2.1", "[203.0.113.9", "192.0.2.1"),
        (1, "192.0.2.1", "[]:443", "192.0.2.1"),
        (1, "192.0.2.1", "unknown:443", "192.0.2.1"),
        (1, "192.0.2.1", "", "192.0.2.1"),
        (0, "2001:db8:1:2:3:4:5:6", "", "2001:db8:1:2::"),
        (0, "::ffff:192.0.2.1", "", "192.0.2.1"),
        (0, "", "", "local"),
    ],
)
def test_the_clients_address_is_the_one_the_outermost_own_proxy_saw(
    settings: Settings, hops: int, peer: str, forwarded: str, expected: str
) -> None:
    settings.TRUSTED_PROXY_HOPS = hops
    request = RequestFactory().get("/", REMOTE_ADDR=peer, headers={"X-Forwarded-For": forwarded})
    assert client_address(request) == expected
