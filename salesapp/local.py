"""The private servers of a checkout: ``python3 -m salesapp.local system|start|serve|stop``.

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
import socket
import stat
import subprocess
import sys
import sysconfig
import time
import urllib.error
import urllib.request
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parent.parent
LOCAL = CHECKOUT / ".local"
MARK = hashlib.sha256(str(CHECKOUT).encode()).hexdigest()[:12]
SOCKETS = Path(f"/tmp/salesapp-{os.getuid()}-{MARK}")
POSTGRES = Path("/usr/lib/postgresql/15/bin")
BINARIES = CHECKOUT / ".venv" / "bin"
# What only this checkout's processes have in their command line
WEB, WORKER = f"{BINARIES}/gunicorn", f"{BINARIES}/python\0manage.py\0run_worker"
REDIS = f"unixsocket:{SOCKETS}/"
IS_ROOT = os.getuid() == 0

# What the operating system must have, each by a file that shows it is there. One short list.
PACKAGES = {
    "postgresql-15": "/usr/lib/postgresql/15/bin/initdb",
    "postgresql-15-postgis-3": "/usr/lib/postgresql/15/lib/postgis-3.so",
    "redis-server": "/usr/bin/redis-server",
    "gdal-bin": "/usr/bin/ogrinfo",  # brings the libraries that GeoDjango binds
    "gettext": "/usr/bin/msgfmt",
    "npm": shutil.which("npm") or "/usr/bin/npm",
    "python3-venv": f"{os.path.dirname(os.__file__)}/ensurepip/__init__.py",
}
TEST_PACKAGES = {
    "chromium": "/usr/bin/chromium",
    "fonts-noto-cjk": "/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc",
    "slapd": "/usr/sbin/slapd",
    # python-ldap is compiled when it is installed
    "gcc": "/usr/bin/gcc",
    "python3-dev": f"{sysconfig.get_path('include')}/Python.h",
    "libldap-dev": "/usr/include/ldap.h",
    "libsasl2-dev": "/usr/include/sasl/sasl.h",
}


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


def _alive(pid_file: Path, name: str) -> int | None:
    """The process id in the file's first line, if that process runs and its command line says ``name``.

    The name guards against an id that another process got since. It must be one that no other checkout's
    process and no server of the system has.
    """
    try:
        pid = int(pid_file.read_text().split()[0])
        command = Path(f"/proc/{pid}/cmdline").read_bytes()
    except (FileNotFoundError, ProcessLookupError, ValueError, IndexError):
        return None
    return pid if name.encode() in command else None


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
    if _alive(data / "postmaster.pid", str(data)) and (SOCKETS / ".s.PGSQL.5432").exists():
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
    if _alive(folder / "redis.pid", REDIS) and (SOCKETS / "redis.sock").exists():
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
        "LINK_KEYS": _key(16),
        "DRAFT_KEYS": _key(32),
        "TWO_FACTOR_KEY": _key(32),
        "DATA_KEYS": f"demo:{_key(32)}",
        "AUDIT_KEYS": f"demo:{_key(32)}",
        "ALLOWED_HOSTS": "127.0.0.1,localhost",
    }
    values = fresh | values
    values["DATABASE_URL"] = os.environ.get("DATABASE_URL") or f"postgis://salesapp@/salesapp?host={SOCKETS}"
    if not os.environ.get("DATABASE_URL"):
        values["WEB_DATABASE_URL"] = f"postgis://salesapp_web@/salesapp?host={SOCKETS}"
    values["REDIS_URL"] = os.environ.get("REDIS_URL") or f"unix://{SOCKETS}/redis.sock"
    text = "".join(f"{key}={value}\n" for key, value in values.items())
    if not path.exists() or path.read_text() != text:
        path.touch(mode=0o600)
        path.write_text(text)


def _make_socket_folder() -> None:
    """Anybody may have made something of this name in /tmp before us, a link to a folder of ours included."""
    with suppress(FileExistsError):
        SOCKETS.mkdir(mode=0o700)
    seen = SOCKETS.lstat()
    owners = {os.getuid(), *([pwd.getpwnam("postgres").pw_uid] if IS_ROOT else [])}
    if not stat.S_ISDIR(seen.st_mode) or seen.st_uid not in owners:
        _fail(f"{SOCKETS} belongs to somebody else; remove it")
    SOCKETS.chmod(0o700)


def start() -> None:
    """Start what is not running, and write ``.local/env``. Own servers (DATABASE_URL, REDIS_URL) are left alone."""
    LOCAL.mkdir(exist_ok=True)
    _make_socket_folder()
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


def system(*, with_tests: bool) -> None:
    """Install what is missing of the list, as root or with sudo; without either, say what is missing."""
    wanted = PACKAGES | (TEST_PACKAGES if with_tests else {})
    missing = [package for package, file in wanted.items() if not Path(file).exists()]
    if not missing:
        return
    sudo = [] if IS_ROOT else ["sudo"]
    if sudo and not shutil.which("sudo"):
        _fail(f"please install as root: apt-get install {' '.join(missing)}")
    print(f"installing {' '.join(missing)}", flush=True)
    # Debian would make a cluster of its own on port 5432 and start Redis on 6379; neither is wanted.
    no_cluster = "/etc/postgresql-common/createcluster.d/salesapp.conf"
    no_start = "/usr/sbin/policy-rc.d"
    new_policy = not Path(no_start).exists()
    lines = ["mkdir -p /etc/postgresql-common/createcluster.d", f"echo 'create_main_cluster = false' > {no_cluster}"]
    if new_policy:
        lines += [f"printf '#!/bin/sh\\nexit 101\\n' > {no_start}", f"chmod +x {no_start}"]
    subprocess.run([*sudo, "sh", "-c", " && ".join(lines)], check=True)
    try:
        apt = [*sudo, "env", "DEBIAN_FRONTEND=noninteractive", "apt-get", "-q", "-y"]
        subprocess.run([*apt, "update"], check=True)
        subprocess.run([*apt, "install", "--no-install-recommends", *missing], check=True)
    except subprocess.CalledProcessError:
        _fail("the installation of system packages failed; its own words are above")
    finally:
        subprocess.run([*sudo, "rm", "-f", no_cluster, *([no_start] if new_policy else [])], check=True)
    if "redis-server" in missing and shutil.which("systemctl"):
        subprocess.run([*sudo, "systemctl", "disable", "redis-server"], capture_output=True, check=False)


def serve() -> None:
    """Start the web server and the worker where they do not run, and wait until pages are answered."""
    port = os.environ.get("PORT", "8000")
    if not _alive(LOCAL / "worker.pid", WORKER):
        print("starting the worker", flush=True)
        _spawn([BINARIES / "python", "manage.py", "run_worker"], "worker")
    address = LOCAL / "address"
    if _alive(LOCAL / "web.pid", WEB):
        if not address.exists() or f":{port}/" not in address.read_text():
            print("the web server runs already, at the address below; `make stop` first for another", flush=True)
        return
    with socket.socket() as trial:
        trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            trial.bind(("127.0.0.1", int(port)))
        except (OSError, ValueError, OverflowError):
            _fail(f"port {port} is not to be had on 127.0.0.1; take another: make demo PORT=8001")
    print("starting the web server", flush=True)
    web = _spawn(
        [BINARIES / "gunicorn", "salesapp.wsgi", "--bind", f"127.0.0.1:{port}", "--workers", "2", "--threads", "4",
         "--worker-class", "gthread", "--preload", "--no-control-socket"],
        "web",
    )  # fmt: skip
    for _ in range(300):
        if web.poll() is not None:
            break
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz", timeout=5):
                address.write_text(f"http://127.0.0.1:{port}/\n")
                return
        except (urllib.error.URLError, OSError):
            time.sleep(0.1)
    _fail(f"the web server did not answer on port {port}; see {LOCAL / 'web.log'} (another port: make demo PORT=8001)")


def _spawn(command: Sequence[str | Path], name: str) -> subprocess.Popen[bytes]:
    """Run in a session of its own, logging to ``.local/<name>.log``, its id in ``.local/<name>.pid``."""
    # The links in messages lead to this port
    address = {"PUBLIC_ADDRESS": f"http://127.0.0.1:{os.environ.get('PORT', '8000')}"}
    with (LOCAL / f"{name}.log").open("ab") as log:
        process = subprocess.Popen(
            [str(word) for word in command], cwd=CHECKOUT, stdin=subprocess.DEVNULL, stdout=log, stderr=log,
            start_new_session=True, env=address | os.environ,
        )  # fmt: skip
    (LOCAL / f"{name}.pid").write_text(f"{process.pid}\n")
    return process


def _end(pid_file: Path, name: str, word: str, how: signal.Signals) -> None:
    pid = _alive(pid_file, word)
    if pid is None:
        return
    print(f"stopping {name} ({pid})", flush=True)
    os.kill(pid, how)
    for _ in range(400):
        if _alive(pid_file, word) is None:
            break
        time.sleep(0.05)
    else:
        _fail(f"{name} ({pid}) did not stop within 20 s")
    pid_file.unlink(missing_ok=True)


def stop() -> None:
    """End what this checkout started, by process id, in the reverse order."""
    _end(LOCAL / "web.pid", "the web server", WEB, signal.SIGTERM)
    _end(LOCAL / "worker.pid", "the worker", WORKER, signal.SIGTERM)
    _end(LOCAL / "redis" / "redis.pid", "Redis", REDIS, signal.SIGTERM)
    if (LOCAL / "postgres").exists():
        # SIGINT: a fast shutdown that does not wait for clients
        data = (LOCAL / "postgres").resolve()
        _end(data / "postmaster.pid", "PostgreSQL", str(data), signal.SIGINT)


if __name__ == "__main__":
    match sys.argv[1:]:
        case ["system"]:
            system(with_tests=False)
        case ["system", "--with-tests"]:
            system(with_tests=True)
        case ["start"]:
            start()
        case ["serve"]:
            serve()
        case ["stop"]:
            stop()
        case _:
            _fail("usage: python3 -m salesapp.local system [--with-tests] | start | serve | stop")
