"""The benchmarks' own database on the server of DATABASE_URL. Nothing of the demo is touched."""

import os
import subprocess
import sys
from pathlib import Path
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

import environ
import psycopg
from psycopg import sql

NAME = "salesapp_bench"
# What the nightly job builds, after the rules that need it
RULES, FIGURES, NEEDS = "load_default_rules", "build_figures", "rescore_needs"
CHECKOUT = Path(__file__).resolve().parents[2]


class BenchFailed(Exception):
    """The run is worth nothing; the sentence says why."""


def url_of_demo() -> str:
    """DATABASE_URL of the environment or of the checkout's ``.local/env``."""
    local = CHECKOUT / ".local" / "env"
    if not os.environ.get("SECRET_KEY") and local.is_file():
        environ.Env.read_env(str(local))
    url = os.environ.get("DATABASE_URL", "")
    if not url:
        raise BenchFailed("DATABASE_URL is not set and this checkout has no .local/env; run `make services` first")
    return url


def url_of_bench(url: str, application_name: str, *, user: str = "") -> str:
    """For the tables' owner, or another role."""
    parts = urlsplit(url)
    netloc = f"{user}@{parts.netloc.rpartition('@')[2]}" if user else parts.netloc
    query = [*parse_qsl(parts.query), ("application_name", application_name)]
    return urlunsplit(parts._replace(netloc=netloc, path=f"/{NAME}", query=urlencode(query)))


def connect(url: str, *, name: str = "") -> psycopg.Connection[tuple[object, ...]]:
    """An autocommit connection of the benchmarks' own, to database ``name`` or the URL's."""
    config = environ.Env.db_url_config(url)
    host = config.get("OPTIONS", {}).get("host") or config.get("HOST") or None
    return psycopg.connect(
        dbname=name or config["NAME"],
        user=config.get("USER") or None,
        password=config.get("PASSWORD") or None,
        host=host,
        port=config.get("PORT") or None,
        application_name="salesapp-bench",
        autocommit=True,
    )


def manage(*words: str) -> None:
    """One management command in a process of its own, its progress shown."""
    done = subprocess.run([sys.executable, "manage.py", *words], cwd=CHECKOUT, check=False)
    if done.returncode:
        raise BenchFailed(f"manage.py {' '.join(words)} failed; --fresh begins with a new database")


def prepare(url: str, *, members: int, fresh: bool, needs_alone: bool = False) -> None:
    """The migrated database with the demo town of ``members``; one of that size that is there is kept.

    ``needs_alone`` leaves out neighbours and statistics, which take longest by far.

    DATABASE_URL of the environment must be the benchmarks' own by now.
    """
    with connect(url) as connection:
        there = connection.execute("select 1 from pg_database where datname = %s", [NAME]).fetchone()
        if there and (fresh or _members(url) != members):
            connection.execute(sql.SQL("drop database {} with (force)").format(sql.Identifier(NAME)))
            there = None
        if not there:
            connection.execute(sql.SQL("create database {}").format(sql.Identifier(NAME)))
    manage("migrate", "--verbosity", "0")
    manage("grant_web_role")
    manage("seed_demo", "--members", str(members))
    manage(RULES)
    manage(NEEDS if needs_alone else FIGURES)
    with connect(url, name=NAME) as connection:
        connection.execute("vacuum analyze")


def _members(url: str) -> int | None:
    with connect(url, name=NAME) as connection:
        try:
            row = connection.execute("select count(*) from members_member").fetchone()
        except psycopg.errors.UndefinedTable:
            return None
    return int(str(row[0])) if row else None
