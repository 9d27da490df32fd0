"""One fault at a time, on purpose. Redis is away all along: nothing of sending may need it.

Each case says what became of the message, what the provider got, and that it cannot leave again.
"""

import os
import signal
import socketserver
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import DatabaseError, connection, transaction

from outreach import channels
from outreach.actions import send_message as sending
from outreach.actions.claim_messages import claim_messages
from outreach.actions.claim_service_message import claim_service_message
from outreach.actions.defer_sending import defer_sending
from outreach.actions.reap_messages import reap_messages
from outreach.actions.send_message import send_message
from outreach.channels.protocol import Outcome, Outgoing
from outreach.models import Message, Refusal
from tests.chaos.gate import MARKETING, SERVICE, SMS
from tests.chaos.scratch import CALL_MAX, CHECKOUT

State = Message.State
MEMBERS = 400


class _Provider(socketserver.ThreadingTCPServer):
    """Answers every request with ``word`` after ``seconds``, and counts them."""

    daemon_threads = True

    def __init__(self, word: str, seconds: float = 0.0) -> None:
        self.word, self.seconds, self.requests = word, seconds, 0
        super().__init__(("127.0.0.1", 0), _Handler)

    def handle_error(self, request: object, client_address: object) -> None:
        """The sender went away."""


class _Handler(socketserver.StreamRequestHandler):
    server: _Provider

    def handle(self) -> None:
        self.rfile.readline()
        self.server.requests += 1
        time.sleep(self.server.seconds)
        self.wfile.write(self.server.word.encode())


@contextmanager
def provider(word: str, seconds: float = 0.0) -> Iterator[_Provider]:
    with _Provider(word, seconds) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        use(server.server_address[1])
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()


def use(port: int) -> None:
    """Send to the provider at this port from now on."""
    channels.PROVIDERS[SMS]["chaos"] = "tests.chaos.channel.ChaosChannel"
    settings.CHANNEL_URLS["SMS"] = f"chaos://127.0.0.1:{port}"
    channels._opened.cache_clear()


_members = iter(range(1, MEMBERS + 1))


def claimed() -> tuple[int, int]:
    """A waiting message to a member who had none before."""
    (claim,) = claim_messages(members=[next(_members)], channel=SMS, version_id=MARKETING)
    assert claim.no is not None, claim.refusal
    return claim.member_id, claim.no


def claimed_service() -> tuple[int, int]:
    member = next(_members)
    no = claim_service_message(member_id=member, channel=SMS, version_id=SERVICE)
    assert not isinstance(no, Refusal), no
    return member, no


def state(key: tuple[int, int]) -> State:
    return State(Message.objects.values_list("state", flat=True).get(pk=key))


def is_free(member: int) -> bool:
    with transaction.atomic():
        (claim,) = claim_messages(members=[member], channel=SMS, version_id=MARKETING)
        transaction.set_rollback(True)
    return claim.no is not None


def provider_down() -> None:
    with provider("accepted\n") as there:
        port = there.server_address[1]
    use(port)  # where nobody listens any more
    key = claimed()
    assert send_message(member_id=key[0], no=key[1]) is Outcome.REFUSED
    assert state(key) is State.NOT_SENT
    assert is_free(key[0]), "nothing can have reached the member"


def provider_slow() -> None:
    with provider("accepted\n", seconds=0.6) as there:
        key = claimed()
        assert send_message(member_id=key[0], no=key[1]) is Outcome.UNKNOWN
        assert (state(key), there.requests) == (State.UNKNOWN, 1)
        assert not is_free(key[0])
        assert send_message(member_id=key[0], no=key[1]) is Refusal.LOST
        assert there.requests == 1


def provider_talks_nonsense() -> None:
    for word in ("", "\n", "HTTP/1.1 200 OK\r\n\r\n", "Accepted\n", "\x00\x00\n", "refused?\n", "ok" * 5000):
        with provider(word) as there:
            key = claimed()
            assert send_message(member_id=key[0], no=key[1]) is Outcome.UNKNOWN, word
            assert (state(key), there.requests) == (State.UNKNOWN, 1)
            assert not is_free(key[0])


def _dies(*_: object, **__: object) -> Any:
    os.kill(os.getpid(), signal.SIGKILL)


class _DiesInTheCall:
    provider, per_second = "chaos", 1000.0

    def __init__(self, *, after: bool) -> None:
        self.after, self.real = after, channels.channel_for(SMS)

    def send(self, message: Outgoing) -> Any:
        if self.after:
            self.real.send(message)
        _dies()


def _call_through(channel: _DiesInTheCall) -> None:
    setattr(sending, "channel_for", lambda _: channel)  # noqa: B010


def _in_a_process_that_dies(key: tuple[int, int], prepare: Callable[[], None]) -> None:
    connection.close()
    pid = os.fork()
    if not pid:
        try:
            prepare()
            send_message(member_id=key[0], no=key[1])
        finally:
            os._exit(1)
    _, status = os.waitpid(pid, 0)
    assert os.WIFSIGNALED(status)
    assert os.WTERMSIG(status) == signal.SIGKILL


def _before_the_hand_over() -> None:
    sending._hand_over = _dies


def _before_its_commit() -> None:
    setattr(connection, "_commit", _dies)  # noqa: B010 - Django's own hook


def _before_the_call() -> None:
    _call_through(_DiesInTheCall(after=False))


def _after_the_call() -> None:
    _call_through(_DiesInTheCall(after=True))


def _before_the_settling() -> None:
    sending._settle = _dies


def killed_at_every_step() -> None:
    steps: list[tuple[Callable[[], None], State, int]] = [
        (_before_the_hand_over, State.CLAIMED, 0),
        (_before_its_commit, State.CLAIMED, 0),
        (_before_the_call, State.SENDING, 0),
        (_after_the_call, State.SENDING, 1),
        (_before_the_settling, State.SENDING, 1),
    ]
    for prepare, left, requests in steps:
        with provider("accepted\n") as there:
            key = claimed()
            _in_a_process_that_dies(key, prepare)
            assert (state(key), there.requests) == (left, requests), prepare.__name__
            again = send_message(member_id=key[0], no=key[1])
            if left is State.CLAIMED:
                assert (again, there.requests, state(key)) == (Outcome.ACCEPTED, 1, State.ACCEPTED)
            else:
                assert (again, there.requests) == (Refusal.LOST, requests)
                time.sleep(CALL_MAX + 0.1)
                reap_messages()
                assert state(key) is State.UNKNOWN
                assert send_message(member_id=key[0], no=key[1]) is Refusal.LOST
            assert not is_free(key[0])


def until(what: Callable[[], bool], seconds: float = 60) -> None:
    end = time.monotonic() + seconds
    while True:
        with suppress(DatabaseError):
            if what():
                return
        connection.close()
        assert time.monotonic() < end, "it did not happen in time"
        time.sleep(0.1)


def database_restarted(restart: Callable[[], None]) -> None:
    """The product's own worker goes on with what was claimed before and after."""
    # Service messages: its channel keeps marketing back at night, which may be now
    keys = [claimed_service() for _ in range(2)]
    log = Path(f"/tmp/chaos-worker-{os.getpid()}.log")
    with log.open("wb") as output:
        worker = subprocess.Popen(
            [sys.executable, "manage.py", "run_worker", "--concurrency", "1"],
            cwd=CHECKOUT, env=os.environ | {"SMS_CHANNEL_URL": "console:"}, stdout=output, stderr=output,
        )  # fmt: skip
    try:
        defer_sending(channel=SMS, pairs=[keys[0]])
        until(lambda: state(keys[0]) is State.ACCEPTED)
        restart()
        connection.close()
        defer_sending(channel=SMS, pairs=[keys[1]])
        until(lambda: state(keys[1]) is State.ACCEPTED)
        assert worker.poll() is None, "it is the same process"
        worker.terminate()
        assert worker.wait(60) == 0, "asked to, it ends"
    except BaseException:
        print(log.read_text()[-3000:])
        raise
    finally:
        worker.kill()
        worker.wait()
        log.unlink()


def disk_full(folder: Path, restart: Callable[[], None]) -> None:
    """No room for a commit: whatever the provider got has a row that says so, and nothing leaves twice."""
    keys = [claimed() for _ in range(200)]
    fill = folder / "full"
    with provider("accepted\n") as there:
        try:
            with suppress(OSError), fill.open("wb", buffering=0) as file:
                while True:
                    file.write(b"\0" * 65536)
            reached, failed = _send_until_it_fails(keys)
        finally:
            fill.unlink()
        assert reached, "nothing was under way when the disk was full"
        assert failed, "the disk was not full"
        connection.close()
        restart()
        assert there.requests == sum(state(key) in (State.ACCEPTED, State.SENDING) for key in keys[: reached + 1])
        for member, no in keys:
            send_message(member_id=member, no=no)
        assert there.requests == len(keys), "something left twice, or was lost"
        time.sleep(CALL_MAX + 0.1)
        reap_messages()
        assert {state(key) for key in keys} <= {State.ACCEPTED, State.UNKNOWN}


def _send_until_it_fails(keys: list[tuple[int, int]]) -> tuple[int, bool]:
    """How many were sent, while others write too, before the server could not."""
    for reached, (member, no) in enumerate(keys):
        try:
            send_message(member_id=member, no=no)
            with connection.cursor() as cursor:
                cursor.execute("select pg_logical_emit_message(true, 'others', repeat('x', 300000))")
        except DatabaseError:
            return reached, True
    return len(keys), False
