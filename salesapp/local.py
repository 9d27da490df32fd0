"""The private PostgreSQL and Redis of a checkout: ``python3 -m salesapp.local start|stop|status``.

Standard library only, because it runs before anything is installed. Everything belongs to the checkout and
lies under ``.local/``; servers listen on unix sockets alone. Processes are ended by the ids written there.

PostgreSQL refuses to run as root, so there it runs as the user ``postgres``. Where that user may not enter
the checkout (a clone under /root, say), the data folder is kept in /var/lib/salesapp and ``.local/postgres``
is a link to it. A socket path holds 107 bytes at most, so sockets lie in a short folder under /tmp that
carries the checkout's own mark.
"""

import base64
import hashlib
import os
import pwd
import secrets
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parent.parent
LOCAL = CHECKOUT / ".local"
MARK = hashlib.sha256(str(CHECKOUT).encode()).hexdigest()[:12]
SOCKETS = Path(f"/tmp/salesapp-{os.getuid()}-{MARK}")
POSTGRES = Path("/usr/lib/postgresql/15/bin")
IS_ROOT = os.getuid() == 0


def _fail(sentence: str) -> None:
    sys.exit(f"salesapp.local: {sentence}")


def _as_postgres(command: Sequence[str | Path]) -> list[str]:
    """The command line that runs as the user PostgreSQL may run as."""
    words = [str(word) for word in command]
    if not IS_ROOT:
        return words
    return ["setpriv", "--reuid=postgres", "--regid=postgres", "--init-groups", "--", *words]


def _run(command: Sequence[str | Path], what: str) -> None:
    # From "/": a server that keeps the caller's folder as its own could not enter it as another user
    done = subprocess.run(command, cwd="/", capture_output=True, text=True, check=False)
    if done.returncode:
        _fail(f"{what} failed: {(done.stderr or done.stdout).strip()}")


def _data_folder() -> Path:
    """Where the cluster lies; made, with its owner, if it is not there."""
    link = LOCAL / "postgres"
    if link.exists():
        return link.resolve()
    if not IS_ROOT:
        link.mkdir(parents=True, mode=0o700)
        return link
    account = pwd.getpwnam("postgres")
    may_enter = subprocess.run(_as_postgres(["test", "-x", LOCAL]), cwd="/", check=False).returncode == 0
    folder = link if may_enter else Path("/var/lib/salesapp") / MARK
    folder.mkdir(parents=True, exist_ok=True, mode=0o755)
    folder.chmod(0o700)
    os.chown(folder, account.pw_uid, account.pw_gid)
    if folder != link:
        link.symlink_to(folder)
    return folder


def _alive(pid_file: Path) -> int | None:
    """The process id in the file's first line, if such a process runs."""
    try:
        pid = int(pid_file.read_text().split()[0])
        os.kill(pid, 0)
    except (FileNotFoundError, ValueError, IndexError, ProcessLookupError):
        return None
    return pid


def _start_postgres() -> None:
    data = _data_folder()
    if not (data / "PG_VERSION").exists():
        print("creating the private PostgreSQL cluster", flush=True)
        _run(
            _as_postgres(
                [POSTGRES / "initdb", "-D", data, "-U", "salesapp", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8"]
            ),
            "initdb",
        )
        with (data / "postgresql.conf").open("a") as conf:
            conf.write(
                "\n# salesapp.local\nlisten_addresses = ''\nunix_socket_permissions = 0700\n"
                f"unix_socket_directories = '{SOCKETS}'\n"
                "shared_buffers = 512MB\nwork_mem = 64MB\nmaintenance_work_mem = 512MB\nmax_wal_size = 4GB\n"
                "effective_cache_size = 4GB\nrandom_page_cost = 1.1\nwal_level = minimal\nmax_wal_senders = 0\n"
                # bound values must not reach the server's log
                "log_min_error_statement = panic\nlog_error_verbosity = terse\n"
            )
    if _alive(data / "postmaster.pid") and (SOCKETS / ".s.PGSQL.5432").exists():
        return
    print("starting the private PostgreSQL", flush=True)
    _run(
        _as_postgres([POSTGRES / "pg_ctl", "-D", data, "-w", "-t", "60", "-l", data / "server.log", "start"]),
        "PostgreSQL's start",
    )


def _create_database() -> None:
    known = subprocess.run(
        ["psql", "-h", SOCKETS, "-U", "salesapp", "-d", "postgres", "-Atc", "select datname from pg_database"],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    if "salesapp" not in known.stdout.split():
        _run(["createdb", "-h", SOCKETS, "-U", "salesapp", "salesapp"], "creating the database")


def _start_redis() -> None:
    folder = LOCAL / "redis"
    folder.mkdir(parents=True, exist_ok=True)
    if _alive(folder / "redis.pid") and (SOCKETS / "redis.sock").exists():
        return
    print("starting the private Redis", flush=True)
    _run(
        ["redis-server", "--port", "0", "--unixsocket", str(SOCKETS / "redis.sock"), "--unixsocketperm", "700",
         "--dir", str(folder), "--pidfile", str(folder / "redis.pid"), "--daemonize", "yes", "--save", "",
         "--logfile", str(folder / "redis.log")],
        "Redis's start",
    )  # fmt: skip
    for _ in range(100):
        if (SOCKETS / "redis.sock").exists():
            return
        time.sleep(0.05)
    _fail(f"Redis did not open its socket; see {folder / 'redis.log'}")


def _key(size: int) -> str:
    return base64.b64encode(secrets.token_bytes(size)).decode()


def _write_environment() -> None:
    """Settings of the demo: generated keys once, the servers' addresses each time."""
    path = LOCAL / "env"
    values: dict[str, str] = {}
    if path.exists():
        values = dict(line.split("=", 1) for line in path.read_text().splitlines() if "=" in line)
    fresh = {
        "DEMO": "1",
        "SECRET_KEY": secrets.token_urlsafe(48),
        "JWT_KEY": secrets.token_urlsafe(48),
        "INDEX_KEY": _key(32),
        "PUBLIC_ID_KEY": _key(16),
        "DATA_KEYS": f"demo:{_key(32)}",
        "ALLOWED_HOSTS": "127.0.0.1,localhost",
    }
    values = fresh | values
    values["DATABASE_URL"] = os.environ.get("DATABASE_URL") or f"postgis://salesapp@/salesapp?host={SOCKETS}"
    values["REDIS_URL"] = os.environ.get("REDIS_URL") or f"unix://{SOCKETS}/redis.sock"
    text = "".join(f"{key}={value}\n" for key, value in values.items())
    if not path.exists() or path.read_text() != text:
        path.touch(mode=0o600)
        path.write_text(text)


def start() -> None:
    """Start what is not running, and write ``.local/env``. Own servers (DATABASE_URL, REDIS_URL) are left alone."""
    LOCAL.mkdir(exist_ok=True)
    SOCKETS.mkdir(mode=0o700, exist_ok=True)
    if SOCKETS.stat().st_uid not in {os.getuid(), *([pwd.getpwnam("postgres").pw_uid] if IS_ROOT else [])}:
        _fail(f"{SOCKETS} belongs to somebody else; remove it")
    if IS_ROOT:
        account = pwd.getpwnam("postgres")
        os.chown(SOCKETS, account.pw_uid, account.pw_gid)
    if not os.environ.get("DATABASE_URL"):
        if not POSTGRES.is_dir():
            _fail("PostgreSQL 15 is not installed; `make system` installs it")
        _start_postgres()
        _create_database()
    if not os.environ.get("REDIS_URL"):
        if not shutil.which("redis-server"):
            _fail("Redis is not installed; `make system` installs it")
        _start_redis()
    _write_environment()


def _end(pid_file: Path, name: str, how: signal.Signals) -> None:
    pid = _alive(pid_file)
    if pid is None:
        return
    print(f"stopping {name} ({pid})", flush=True)
    os.kill(pid, how)
    for _ in range(200):
        if _alive(pid_file) is None:
            break
        time.sleep(0.05)
    else:
        _fail(f"{name} ({pid}) did not stop within 10 s")
    pid_file.unlink(missing_ok=True)


def stop() -> None:
    """End what this checkout started, by process id, in the reverse order."""
    _end(LOCAL / "web.pid", "the web server", signal.SIGTERM)
    _end(LOCAL / "worker.pid", "the worker", signal.SIGTERM)
    _end(LOCAL / "redis" / "redis.pid", "Redis", signal.SIGTERM)
    if (LOCAL / "postgres").exists():
        _end((LOCAL / "postgres").resolve() / "postmaster.pid", "PostgreSQL", signal.SIGINT)


if __name__ == "__main__":
    {"start": start, "stop": stop}[sys.argv[1]]()
