import multiprocessing
import random
import shutil
import subprocess
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from pathlib import Path

import pytest
import redis
from django.conf import settings
from django.test import RequestFactory
from django_ratelimit.core import _get_window, _split_rate
from pytest_django.fixtures import Settings

from salesapp.staff import limits
from salesapp.staff.errors import LimiterUnavailable, TooManyRequests
from salesapp.staff.limits import PARTS, client_address, consume

A_DAY, LONGER = 24 * 3600, (PARTS + 1) / PARTS


def test_the_limit_lets_its_number_through_and_no_more() -> None:
    for _ in range(3):
        consume(group="g", key="alice", rates=["3/d"])
    with pytest.raises(TooManyRequests) as refusal:
        consume(group="g", key="alice", rates=["3/d"])
    assert A_DAY - 60 <= refusal.value.retry_after <= A_DAY * LONGER
    consume(group="g", key="bob", rates=["3/d"])
    consume(group="other", key="alice", rates=["3/d"])


def test_every_rate_holds_and_the_longest_wait_is_told() -> None:
    consume(group="g", key="alice", rates=["1/h", "1/d"])
    with pytest.raises(TooManyRequests) as longer:
        consume(group="g", key="alice", rates=["1/h", "1/d"])
    with pytest.raises(TooManyRequests) as shorter:
        consume(group="g", key="alice", rates=["1/h", "9/d"])
    assert shorter.value.retry_after <= 3600 * LONGER
    assert longer.value.retry_after >= A_DAY - 60


class Clock:
    """Stands in for the module `time` where limits are counted."""

    def __init__(self) -> None:
        self.now = 1_800_000_000.0

    def time(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    moved = Clock()
    monkeypatch.setattr(limits, "time", moved)
    return moved


def with_edges() -> Callable[..., None]:
    """The twin: it counts in django-ratelimit's windows."""
    counts: Counter[object] = Counter()

    def consume(*, group: str, key: str, rates: Sequence[str]) -> None:
        for rate in rates:
            limit, length = _split_rate(rate)
            window = (key, rate, _get_window(key, length))
            counts[window] += 1
            if counts[window] > limit:
                raise TooManyRequests(1)

    return consume


def most_at_once(moments: Sequence[float], length: float) -> int:
    """The most of these moments, in order, in any span of that length."""
    first = most = 0
    for last, moment in enumerate(moments):
        while moment - moments[first] >= length:
            first += 1
        most = max(most, last - first + 1)
    return most


def attacked(clock: Clock, count: Callable[..., object], rate: str, seed: int) -> list[float]:
    """When requests were let through to one who tries in bursts, at all hours, for eight times the rate's length."""
    _limit, length = _split_rate(rate)
    draw, through, end = random.Random(seed), [], clock.now + 8 * length
    while clock.now < end:
        clock.now += draw.choice((0.001, 0.02, 0.3)) * length * draw.random()
        for _ in range(draw.choice((1, 5, 40))):
            with suppress(TooManyRequests):
                count(group="g", key=f"{rate} {seed}", rates=[rate])
                through.append(clock.now)
            clock.now += length / 100_000
    return through


@pytest.mark.parametrize("rate", ["20/10s", "3/10m", "200/d"])
def test_no_span_wherever_it_begins_has_more_than_the_rate(
    clock: Clock, monkeypatch: pytest.MonkeyPatch, rate: str
) -> None:
    monkeypatch.setattr("django_ratelimit.core.time", clock)
    limit, length = _split_rate(rate)
    ours, theirs = ([attacked(clock, count, rate, seed) for seed in range(2)] for count in (consume, with_edges()))
    # Not by keeping shut: a length and a part of it later all is free again
    assert min(map(len, ours)) >= 4 * limit
    assert max(most_at_once(through, length) for through in ours) == limit
    assert max(most_at_once(through, length) for through in theirs) > 1.3 * limit


@pytest.mark.parametrize("rates", [["5/d"], ["5/10s", "5/h"], ["2/10m", "5/h"]])
def test_what_was_used_at_once_is_free_again_when_it_was_said(clock: Clock, rates: list[str]) -> None:
    wait = 0
    while not wait:
        try:
            consume(group="g", key="alice", rates=rates)
        except TooManyRequests as refusal:
            wait = refusal.retry_after
        else:
            clock.now += 1
    clock.now += wait - 2
    with pytest.raises(TooManyRequests) as refused:
        consume(group="g", key="alice", rates=rates)
    assert refused.value.retry_after == 2
    clock.now += 2
    consume(group="g", key="alice", rates=rates)


def test_who_is_refused_is_not_counted(clock: Clock) -> None:
    """Neither against the rate that refused nor against another, so that trying again costs nothing."""
    rates = ["2/m", "4/h"]
    for _minute in range(2):
        assert len(consume(group="g", key="alice", rates=rates)) == 2
        consume(group="g", key="alice", rates=rates)
        for _ in range(50):
            with pytest.raises(TooManyRequests) as refusal:
                consume(group="g", key="alice", rates=rates)
        clock.now += 63
    assert refusal.value.retry_after > 3000  # the hour is used up as well
    clock.now += 3750
    consume(group="g", key="alice", rates=rates)


def test_the_counts_grow_by_one_until_their_length_begins_anew(clock: Clock) -> None:
    draw, before, first = random.Random(7), 0, 0
    for _ in range(3000):
        clock.now += draw.expovariate(1 / 300)
        with suppress(TooManyRequests):
            _, of_day = consume(group="g", key="alice", rates=["20/10s", "200/d"])
            first += of_day == 1
            assert of_day in (before + 1, 1)
            before = of_day
    assert first == 11
    assert before > 20


def test_a_counter_does_not_outlive_what_it_counts(clock: Clock) -> None:
    with redis.Redis.from_url(settings.CACHES["limits"]["LOCATION"]) as client:
        for _ in range(200):
            consume(group="g", key="alice", rates=["1000/h"])
            clock.now += 100
        (key,) = client.keys(f"*{settings.CACHES['limits']['KEY_PREFIX']}*")
        assert client.hlen(key) == PARTS + 1
        assert 3600 < client.ttl(key) < 3800


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
