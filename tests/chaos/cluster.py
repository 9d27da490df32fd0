"""A PostgreSQL of the run's own, to be crashed: the checkout's serves others."""

import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from salesapp.local import IS_ROOT, POSTGRES, _as_postgres
from tests.chaos.scratch import Database


@dataclass(frozen=True, slots=True)
class Cluster:
    database: Database  # "postgres" of the cluster
    data: Path

    def restart(self) -> None:
        """Stopped without a word to anybody, and started again; started where it is down."""
        self._control("-m", "immediate", "restart")

    def start(self) -> None:
        self._control("start")

    def stop(self) -> None:
        self._control("-m", "immediate", "stop")

    def _control(self, *words: str) -> None:
        _run([POSTGRES / "pg_ctl", "-D", self.data, "-w", "-t", "60", "-l", self.data.parent / "server.log", *words])


@contextmanager
def private_cluster(folder: Path | None = None, *, settings: str = "") -> Iterator[Cluster]:
    """A fresh cluster in ``folder`` or a temporary one, on a socket alone; gone on leaving."""
    # A socket's path holds 107 bytes, so not wherever TMPDIR points
    home = folder or Path(tempfile.mkdtemp(prefix="chaos-", dir="/tmp"))
    try:
        data = home / "data"
        data.mkdir(mode=0o700)
        if IS_ROOT:
            account = pwd.getpwnam("postgres")
            for path in (home, data):
                os.chown(path, account.pw_uid, account.pw_gid)
        _run([POSTGRES / "initdb", "-D", data, "-U", "salesapp", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8"])
        with (data / "postgresql.conf").open("a") as conf:
            conf.write(
                f"listen_addresses = ''\nunix_socket_directories = '{home}'\nmax_connections = 100\n"
                # bound values must not reach the server's log
                f"log_min_error_statement = panic\nlog_error_verbosity = terse\n{settings}\n"
            )
        cluster = Cluster(Database(f"postgis://salesapp@/postgres?host={home}"), data)
        cluster.start()
        try:
            yield cluster
        finally:
            cluster.stop()
    finally:
        if folder is None:
            shutil.rmtree(home)


@contextmanager
def small_disk(megabytes: int) -> Iterator[Path | None]:
    """A folder on a disk of its own; None where this process may not mount one."""
    folder = Path(tempfile.mkdtemp(prefix="chaos-", dir="/tmp"))
    try:
        made = subprocess.run(
            ["mount", "-t", "tmpfs", "-o", f"size={megabytes}m", "tmpfs", folder], capture_output=True, check=False
        )
        if made.returncode:
            yield None
            return
        try:
            yield folder
        finally:
            subprocess.run(["umount", folder], check=True)
    finally:
        folder.rmdir()


def _run(command: list[str | Path]) -> None:
    # Not captured by a pipe: the server would keep it open
    with tempfile.TemporaryFile() as said:
        done = subprocess.run(_as_postgres(command), cwd="/", stdout=said, stderr=said, check=False)
        said.seek(0)
        assert done.returncode == 0, said.read().decode()
