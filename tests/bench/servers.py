"""The web server and the Redis of a run, and the CPU that processes spent."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from types import TracebackType

from tests.bench.database import CHECKOUT, NAME, BenchFailed, connect

WEB = "salesapp-bench-web"


def cpu_seconds(pids: Iterable[int]) -> float:
    """CPU spent so far by all threads of the processes, from the scheduler's nanoseconds."""
    total = 0
    for pid in pids:
        for task in Path(f"/proc/{pid}/task").iterdir():
            total += int((task / "schedstat").read_text().split()[0])
    return total / 1e9


class Redis:
    """A Redis of the run's own, on a unix socket, nothing on disk."""

    def __init__(self) -> None:
        binary = shutil.which("redis-server")
        if binary is None:
            raise BenchFailed("redis-server is not installed; `make system` installs it")
        self._folder = Path(tempfile.mkdtemp(prefix="bench-"))
        self.socket = self._folder / "redis.sock"
        self._process = subprocess.Popen(
            [binary, "--port", "0", "--unixsocket", str(self.socket), "--save", "", "--appendonly", "no"],
            stdout=subprocess.DEVNULL,
        )
        self.pid = self._process.pid
        _wait_for(self.socket.exists, "Redis")

    @property
    def url(self) -> str:
        return f"unix://{self.socket}"

    def kill(self) -> None:
        self._process.kill()
        self._process.wait()

    def __enter__(self) -> "Redis":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._process.terminate()
        self._process.wait()
        shutil.rmtree(self._folder)


class WebServer:
    """gunicorn as the product runs it, with one worker so that all CPU is in one process.

    Its environment is this process's, with WEB_DATABASE_URL replaced: it connects as the role that the web has.
    """

    def __init__(self, *, database_url: str, demo_url: str) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = int(free.getsockname()[1])
        self._demo_url = demo_url
        self._folder = tempfile.TemporaryDirectory(prefix="bench-")
        self._log = Path(self._folder.name) / "web.log"
        command = [
            *(str(Path(sys.executable).parent / "gunicorn"), "tests.bench.wsgi", "--bind", f"127.0.0.1:{self.port}"),
            *("--workers", "1", "--threads", "4", "--keep-alive", "30"),
        ]
        environment = os.environ | {"WEB_DATABASE_URL": database_url}
        with self._log.open("wb") as log:
            self._process = subprocess.Popen(command, cwd=CHECKOUT, env=environment, stdout=log, stderr=log)
        _wait_for(self._answers, "the web server")
        (self._worker,) = self._children()

    def _answers(self) -> bool:
        if self._process.poll() is not None:
            raise BenchFailed(f"the web server did not start:\n{self._said()}")
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", self.port)) == 0 and len(self._children()) == 1

    def _children(self) -> list[int]:
        pid = self._process.pid
        return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]

    def _said(self) -> str:
        return self._log.read_text()[-4000:]

    def backends(self) -> list[int]:
        """Process ids of its PostgreSQL connections, which must be on this machine."""
        with connect(self._demo_url, name=NAME) as connection:
            rows = connection.execute("select pid from pg_stat_activity where application_name = %s", [WEB]).fetchall()
        return check_local(int(str(pid)) for (pid,) in rows)

    def pids(self) -> Sequence[int]:
        """The worker and its PostgreSQL backends."""
        if self._children() != [self._worker]:
            raise BenchFailed(f"the web server's worker died:\n{self._said()}")
        return [self._worker, *self.backends()]

    def __enter__(self) -> "WebServer":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._process.send_signal(signal.SIGTERM)
        self._process.wait()
        self._folder.cleanup()


def check_local(pids: Iterable[int]) -> list[int]:
    """The ids, if they are PostgreSQL's on this machine."""
    found = list(pids)
    for pid in found:
        name = Path(f"/proc/{pid}/comm")
        if not name.exists() or "postgres" not in name.read_text():
            raise BenchFailed("PostgreSQL runs on another machine: its CPU cannot be counted. Use a local server.")
    return found


def _wait_for(ready: Callable[[], bool], what: str) -> None:
    until = time.monotonic() + 60
    while not ready():
        if time.monotonic() > until:
            raise BenchFailed(f"{what} did not start within 60 s")
        time.sleep(0.05)
