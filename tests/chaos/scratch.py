"""Scratch databases of the proofs: the real migrations under another clock. Nothing else is ever written to.

Migrations run once into a template, which is made anew when one of them changes; each proof gets a copy. In the
copy only those functions are replaced that the migration of the contact guard names for it. All databases carry
the checkout's mark, and what a killed run left behind goes with the next run.
"""

import hashlib
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import environ
import psycopg
from psycopg import sql

from salesapp.local import MARK

CHECKOUT = Path(__file__).resolve().parents[2]
PREFIX = f"proofs_{MARK}_"
# A copy is another database: nothing leaves it before somebody vouches for it (outreach_open_sending)
GENERATION = 2

Connection = psycopg.Connection[tuple[Any, ...]]
Clock = Mapping[str, str]

# All as in production, but nights are not quiet: a proof may run at any hour
REAL = {"outreach_is_quiet": "select false"}
# The same, and a call is given up after a second
QUICK_CALL: Clock = REAL | {"outreach_call_max": "select interval '1 second'"}
# The time is what the session says, so that a proof can stand at an edge; all spans are the real ones
VIRTUAL: Clock = {"outreach_now": "select current_setting('proofs.now')::timestamptz"}
# Real time and short spans: 3 s stand for the month, 1 s for the lease of 24 h, 1 s for the 15 min of a call
MONTH, LEASE, CALL_MAX = 3.0, 1.0, 1.0
SHORT: Clock = {
    "outreach_month": f"select interval '{MONTH} seconds'",
    "outreach_lease": f"select interval '{LEASE} seconds'",
    "outreach_call_max": f"select interval '{CALL_MAX} seconds'",
    "outreach_is_quiet": "select false",
}
_ARGUMENTS = {"outreach_is_quiet": "t timestamptz"}


@dataclass(frozen=True, slots=True)
class Database:
    url: str

    def connect(self, options: str = "") -> Connection:
        """A new autocommit connection."""
        config = environ.Env.db_url_config(self.url)
        return psycopg.connect(
            dbname=config["NAME"],
            user=config.get("USER") or None,
            password=config.get("PASSWORD") or None,
            host=config.get("OPTIONS", {}).get("host") or config.get("HOST") or None,
            port=config.get("PORT") or None,
            options=f"-c jit=off {options}",
            autocommit=True,
        )

    def beside(self, name: str) -> "Database":
        """Another database of the same server."""
        return Database(urlunsplit(urlsplit(self.url)._replace(path=f"/{name}")))

    @property
    def name(self) -> str:
        return urlsplit(self.url).path.removeprefix("/")


def checkouts_database() -> Database:
    """That of DATABASE_URL or of the checkout's ``.local/env``. The proofs use its server alone."""
    local = CHECKOUT / ".local" / "env"
    if not os.environ.get("SECRET_KEY") and local.is_file():
        environ.Env.read_env(str(local))
    return Database(os.environ["DATABASE_URL"])


@contextmanager
def scratch(label: str, clock: Clock, *, server: Database | None = None) -> Iterator[Database]:
    """A migrated, empty database that may send, under this clock; dropped on leaving."""
    server = server or checkouts_database()
    database = server.beside(f"{PREFIX}{label}_{os.getpid()}")
    with server.beside("postgres").connect() as admin:
        template = _template(server, admin)
        _drop(admin, database.name)
        admin.execute(
            sql.SQL("create database {} template {}").format(sql.Identifier(database.name), sql.Identifier(template))
        )
    try:
        with database.connect() as connection:
            set_clock(connection, clock)
            connection.execute("select outreach_open_sending(%s, null)", [GENERATION])
        yield database
    finally:
        with server.beside("postgres").connect() as admin:
            _drop(admin, database.name)


def set_clock(connection: Connection, clock: Clock) -> None:
    """Replace functions of the clock, and make sure that they are replaced."""
    for name, body in clock.items():
        text = sql.SQL(
            "create or replace function {}({}) returns {} language sql {} as {}"
        ).format(
            sql.Identifier(name),
            sql.SQL(_ARGUMENTS.get(name, "")),
            sql.SQL(definition(connection, name).split("RETURNS ")[1].split("\n")[0]),
            sql.SQL("volatile" if name == "outreach_now" else "immutable"),
            sql.Literal(body),
        )  # fmt: skip
        replace(connection, name, text.as_string(connection))


def definition(connection: Connection, function: str) -> str:
    """The text of the only function of this name."""
    ((text,),) = connection.execute(
        "select pg_get_functiondef(oid) from pg_proc where pronamespace = 'public'::regnamespace and proname = %s",
        [function],
    ).fetchall()
    return str(text)


def replace(connection: Connection, function: str, text: str) -> None:
    """Put ``text`` in the place of the function. Fails where that changes nothing."""
    assert connection.info.dbname.startswith(PREFIX), "proofs change functions in scratch databases only"
    before = definition(connection, function)
    connection.execute(text)
    assert definition(connection, function) != before, f"{function} was not replaced"


def plant(connection: Connection, function: str, old: str, new: str) -> None:
    """Plant a bug: ``old`` becomes ``new`` in the text of the function, where it must stand exactly once."""
    text = definition(connection, function)
    assert text.count(old) == 1, f"{function} has {text.count(old)} times: {old}"
    replace(connection, function, text.replace(old, new))


def _template(server: Database, admin: Connection) -> str:
    # The applications' folders alone: a server's files, beside them, come and go while one looks
    folders = [CHECKOUT / app for app in ("geo", "members", "outreach", "salesapp")]
    files = [path for folder in folders for path in folder.glob("**/migrations/*") if path.suffix in {".py", ".sql"}]
    assert files, "no migrations found"
    # What is installed brings migrations of its own
    files.append(CHECKOUT / "requirements.txt")
    digest = hashlib.sha256(b"".join(path.read_bytes() for path in sorted(files))).hexdigest()[:12]
    name = f"{PREFIX}template_{digest}"
    # Proofs that run at the same time build one template, not two
    admin.execute("select pg_advisory_lock(hashtext(%s))", [name])
    try:
        if _exists(admin, name):
            return name
        _sweep(admin)
        half = f"{name}_half"
        _drop(admin, half)
        admin.execute(sql.SQL("create database {}").format(sql.Identifier(half)))
        subprocess.run(
            [sys.executable, "manage.py", "migrate", "--verbosity", "0", "--skip-checks"],
            cwd=CHECKOUT, env=os.environ | {"DATABASE_URL": server.beside(half).url}, check=True,
        )  # fmt: skip
        admin.execute(sql.SQL("alter database {} rename to {}").format(sql.Identifier(half), sql.Identifier(name)))
    finally:
        admin.execute("select pg_advisory_unlock(hashtext(%s))", [name])
    return name


def _sweep(admin: Connection) -> None:
    """Templates of other migrations, and databases of processes that are no more."""
    for (name,) in admin.execute("select datname from pg_database where starts_with(datname, %s)", [PREFIX]).fetchall():
        last = str(name).rsplit("_", 1)[1]
        if "_template_" in name or not Path(f"/proc/{last}").exists():
            _drop(admin, name)


def _exists(admin: Connection, name: str) -> bool:
    return admin.execute("select from pg_database where datname = %s", [name]).fetchone() is not None


def _drop(admin: Connection, name: str) -> None:
    assert name.startswith(PREFIX), "only scratch databases are dropped"
    admin.execute(sql.SQL("drop database if exists {} with (force)").format(sql.Identifier(name)))
