"""A PostgreSQL of the run's own, to be crashed: the checkout's serves others."""

import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from salesapp.local import IS_ROOT, POSTGRES, _as_postgres
from tests.chaos.scratch import Database


@contextmanager
def private_cluster(folder: Path | None = None, *, settings: str = "") -> Iterator[Database]:
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
                # bound values must not reach the server's log; a crash is what is wanted, so no core either
                f"log_min_error_statement = panic\nlog_error_verbosity = terse\n{settings}\n"
            )
        log = home / "server.log"
        _run([POSTGRES / "pg_ctl", "-D", data, "-w", "-t", "60", "-l", log, "start"])
        try:
            yield Database(f"postgis://salesapp@/postgres?host={home}")
        finally:
            _run([POSTGRES / "pg_ctl", "-D", data, "-w", "-m", "immediate", "stop"])
    finally:
        if folder is None:
            shutil.rmtree(home)


def _run(command: list[str | Path]) -> None:
    done = subprocess.run(_as_postgres(command), cwd="/", capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr or done.stdout
