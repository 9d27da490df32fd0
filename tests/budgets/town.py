"""The town that is measured: 50,000 communities with few people, in a database of its own."""

import os
import subprocess
import sys
from dataclasses import dataclass
from importlib.resources import files
from urllib.parse import urlsplit, urlunsplit

import numpy as np
from psycopg import sql

from tests.bench.database import CHECKOUT, BenchFailed, connect, manage

NAME = "salesapp_budgets"
COMMUNITIES = 50_000
MEMBERS = 20_000
MARK = f"{COMMUNITIES} communities, {MEMBERS} members"


def url_of_town(url: str, *, user: str = "") -> str:
    """The database's URL, for the tables' owner or another role."""
    parts = urlsplit(url)
    netloc = f"{user}@{parts.netloc.rpartition('@')[2]}" if user else parts.netloc
    return urlunsplit(parts._replace(netloc=netloc, path=f"/{NAME}"))


def prepare(url: str, *, fresh: bool) -> None:
    """Build the town where it is not there. DATABASE_URL of the environment must be its own by now."""
    with connect(url) as connection:
        found = connection.execute(
            "select shobj_description(oid, 'pg_database') from pg_database where datname = %s", [NAME]
        ).fetchone()
        there = found is not None and found[0] == MARK and not fresh
        if not there:
            if found is not None:
                connection.execute(sql.SQL("drop database {} with (force)").format(sql.Identifier(NAME)))
            connection.execute(sql.SQL("create database {}").format(sql.Identifier(NAME)))
    manage("migrate", "--verbosity", "0")
    if not there:
        done = subprocess.run([sys.executable, "-m", "tests.budgets.town"], cwd=CHECKOUT, check=False)
        if done.returncode:
            raise BenchFailed("the town was not built; --fresh begins with a new database")
        with connect(url, name=NAME) as connection:
            connection.execute("vacuum analyze")
            connection.execute(sql.SQL("comment on database {} is {}").format(sql.Identifier(NAME), sql.Literal(MARK)))
    manage("grant_web_role")


def _build() -> None:
    """In a process of its own, whose settings name the town's database."""
    import django

    django.setup()
    from django.db import connection, transaction
    from django.utils import timezone

    from salesapp.demo import communities, outline, planted
    from salesapp.demo.communities import Communities
    from salesapp.demo.seed_town import Plan, seed_town

    @dataclass(frozen=True)
    class WideTown(Plan):
        """The demo town, with more communities than its people would have."""

        def lay_out(self) -> tuple[outline.Outline, Communities]:
            drawn = outline.draw(communities.scale_for(COMMUNITIES))
            rng = np.random.default_rng([self.seed, 0])
            people = self.members - len(planted.STORY)
            return drawn, communities.lay_out(drawn, COMMUNITIES, people, self.as_of.year, rng)

    seed_town(plan=WideTown(MEMBERS, 1, timezone.localdate()), fresh=True, say=lambda step: print(step, flush=True))
    print("figures of all communities", flush=True)
    statements = files("tests.budgets").joinpath("figures.sql").read_text(encoding="utf-8").split(";\n")
    with transaction.atomic(), connection.cursor() as cursor:
        for statement in statements:
            if statement.strip():
                cursor.execute(statement)


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "salesapp.settings")
    _build()
