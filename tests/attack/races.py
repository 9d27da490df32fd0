"""Eight processes use one refresh token, one allowance of look-ups and one of sign-ins at once; then Redis is killed.

Of any number of uses of a token exactly one succeeds, the allowances are never exceeded, and without Redis look-up and
sign-in are closed while the map stays open. Each is asked of twins that look first and write afterwards as well.
"""

import argparse
import io
import logging
import multiprocessing
import os
import sys
import time
from collections.abc import Callable, Mapping
from contextlib import ExitStack, nullcontext
from dataclasses import dataclass
from datetime import timedelta
from multiprocessing.synchronize import Barrier
from typing import Any
from unittest import mock

from tests.attack.scene import PASSWORD, hire, no_limits, scratch_database, usual_settings
from tests.attack.verdict import demand, line, verdict
from tests.bench.servers import Redis

PROCESSES = 8
ALLOWED = 50


@dataclass(frozen=True)
class Size:
    tokens: int
    tries: int  # of each process against an allowance of ALLOWED


LONG = Size(tokens=100, tries=200)
SHORT = Size(tokens=10, tries=20)


@dataclass(frozen=True)
class Task:
    """What every process does at once: so many posts, or one for each of the bodies."""

    address: str
    bodies: tuple[Mapping[str, str], ...]
    token: str = ""
    planted: bool = False


def _set_up() -> None:
    import django

    django.setup()
    from django.conf import settings

    logging.disable(logging.CRITICAL)
    usual_settings()
    no_limits()
    settings.LOOKUP_LIMITS, settings.SIGN_IN_LIMITS = [f"{ALLOWED}/d"], [f"{ALLOWED}/d"]


def _use(task: Task, together: Barrier, answers: "multiprocessing.SimpleQueue[dict[int, int]]") -> None:
    """One process: a token at a time together with the others, or as fast as it can."""
    _set_up()
    from django.db import connections
    from django.test import Client

    client = Client(SERVER_NAME="127.0.0.1", headers={"Authorization": f"Bearer {task.token}"} if task.token else {})
    counts: dict[int, int] = {}
    with _twins() if task.planted else nullcontext():
        together.wait()
        for body in task.bodies:
            if "refresh" in body:
                together.wait()
            status = client.post(task.address, dict(body), content_type="application/json").status_code
            counts[status] = counts.get(status, 0) + 1
    connections.close_all()
    answers.put(counts)


def _twins() -> ExitStack:
    """A rotation and a counter as they are often written: they look, and then they write."""
    from django.core.cache import caches

    from salesapp.staff.actions import refresh_sign_in
    from salesapp.staff.errors import TokenRefused, TooManyRequests
    from salesapp.staff.models import Employee, SignInFamily, SpentRefresh
    from salesapp.staff.tokens import Claims, issue_tokens

    def rotate(claims: Claims) -> tuple[str, str]:
        if SpentRefresh.objects.filter(jti=claims.jti).exists():
            raise TokenRefused
        time.sleep(0.02)
        SpentRefresh.objects.get_or_create(jti=claims.jti, defaults={"family_id": claims.family_id})
        return issue_tokens(Employee.objects.get(pk=claims.employee_id), SignInFamily.objects.get(pk=claims.family_id))

    def consume(*, group: str, key: str, rates: Any) -> list[int]:
        name, limit = f"twin:{group}:{key}", int(rates[0].split("/")[0])
        count = caches["limits"].get(name, 0) + 1
        if count > limit:
            raise TooManyRequests(1)
        time.sleep(0.005)
        caches["limits"].set(name, count)
        return [count]

    stack = ExitStack()
    stack.enter_context(mock.patch.object(refresh_sign_in, "_rotate", rotate))
    for module in ("allow_look_up", "check_credentials"):
        stack.enter_context(mock.patch(f"salesapp.staff.actions.{module}.consume", consume))
    return stack


def _at_once(task: Task) -> dict[int, int]:
    """How many answers of each status all processes got together."""
    context = multiprocessing.get_context("spawn")
    together, answers = context.Barrier(PROCESSES), context.SimpleQueue()
    processes = [context.Process(target=_use, args=(task, together, answers)) for _ in range(PROCESSES)]
    for process in processes:
        process.start()
    for process in processes:
        process.join()
    demand("a process died", all(process.exitcode == 0 for process in processes))
    total: dict[int, int] = {}
    for _ in processes:
        for status, count in answers.get().items():
            total[status] = total.get(status, 0) + count
    demand("an attempt was lost", sum(total.values()) == PROCESSES * len(task.bodies))
    return total


def tokens(size: Size, *, planted: bool = False) -> int:
    """How often one of the tokens was taken."""
    from django.utils import timezone

    from salesapp.staff.models import Employee, SignInFamily
    from salesapp.staff.tokens import issue_tokens

    alice, end = Employee.objects.get(employee_no="alice"), timezone.now() + timedelta(days=1)
    families = [SignInFamily.objects.create(employee=alice, expires_at=end) for _ in range(size.tokens)]
    fresh = tuple({"refresh": issue_tokens(alice, family)[1]} for family in families)
    said = _at_once(Task("/api/sign-in/refresh/", fresh, planted=planted))
    demand(f"other answers than taken and refused: {said}", set(said) <= {200, 401})
    if not planted:
        ended = SignInFamily.objects.filter(pk__in=[each.pk for each in families]).exclude(revoked_because="").count()
        demand("a token that two hold goes on", ended == size.tokens)
    return said.get(200, 0)


def look_ups(size: Size, *, planted: bool = False) -> int:
    """How many look-ups of one account were answered."""
    body = {"phone": "15400001234", "reason": "counter"}
    token = _signed_in("mei" if planted else "alice")
    said = _at_once(Task("/api/lookups/", (body,) * size.tries, token, planted))
    demand(f"other answers than found and refused: {said}", set(said) <= {200, 429})
    return said.get(200, 0)


def sign_ins(size: Size, *, planted: bool = False) -> int:
    """How many wrong passwords for one account were compared."""
    body = {"employee_no": "dana" if planted else "charlie", "password": "wrong"}
    said = _at_once(Task("/api/sign-in/", (body,) * size.tries, planted=planted))
    demand(f"other answers than wrong and refused: {said}", set(said) <= {401, 429})
    return said.get(401, 0)


def _signed_in(name: str) -> str:
    from django.utils import timezone

    from salesapp.staff.models import Employee, SignInFamily
    from salesapp.staff.tokens import issue_tokens

    employee = Employee.objects.get(employee_no=name)
    family = SignInFamily.objects.create(employee=employee, expires_at=timezone.now() + timedelta(days=1))
    return issue_tokens(employee, family)[0]


def doors(token: str, password: str) -> dict[str, int]:
    """The answers of the three doors, each asked once."""
    from django.test import Client

    from salesapp.staff.models import Employee

    client = Client(SERVER_NAME="127.0.0.1", headers={"Authorization": f"Bearer {token}"})
    page = Client(SERVER_NAME="127.0.0.1")
    page.force_login(Employee.objects.get(employee_no="root"))
    asked = {"phone": "15400001234", "reason": "counter"}
    secret = {"employee_no": "root", "password": password}
    return {
        "look-up": client.post("/api/lookups/", asked, content_type="application/json").status_code,
        "sign-in": client.post("/api/sign-in/", secret, content_type="application/json").status_code,
        "tile": client.get("/api/tiles/12/3412/1611.mvt?category=fridge").status_code,
        "map": page.get("/map/").status_code,
    }


OPEN = {"look-up": {200}, "sign-in": {200}, "tile": {200, 204}, "map": {200}}
WITHOUT_REDIS = OPEN | {"look-up": {503}, "sign-in": {503}}


def _are(doors: Mapping[str, int], as_wanted: Mapping[str, set[int]]) -> bool:
    return all(status in as_wanted[name] for name, status in doors.items())


def run(size: Size, server: Redis) -> None:
    _set_up()
    from django.core.management import call_command

    from tests.builders import make_category
    from tests.conftest import build_town

    hire(build_town())
    make_category()
    call_command("redraw_map", verbosity=0, stdout=io.StringIO())

    taken = tokens(size)
    line(f"{size.tokens} refresh tokens, each used by {PROCESSES} processes at once: taken", taken)
    demand("a token was taken twice, or never", taken == size.tokens)
    allowances: Mapping[str, Callable[..., int]] = {"look-ups": look_ups, "sign-ins": sign_ins}
    for name, attack in allowances.items():
        let_through = attack(size)
        line(f"{ALLOWED} {name} allowed, {PROCESSES * size.tries:,} tried: let through", let_through)
        demand(f"{let_through} {name} where {ALLOWED} are allowed", let_through == ALLOWED)

    planted(size)

    token = _signed_in("mei")
    with_redis = doors(token, PASSWORD)
    demand(f"something is closed: {with_redis}", _are(with_redis, OPEN))
    server.kill()
    without = doors(token, PASSWORD)
    line("with Redis killed", ", ".join(f"{name} {status}" for name, status in without.items()))
    demand("what must be limited stays open, or the map closes", _are(without, WITHOUT_REDIS))


def planted(size: Size) -> None:
    """The same attacks on twins that look first: each must get further."""
    for name, attack, bound in (
        ("a rotation that looks first", tokens, size.tokens),
        ("a counter of look-ups that reads first", look_ups, ALLOWED),
        ("a counter of sign-ins that reads first", sign_ins, ALLOWED),
    ):
        got = attack(size, planted=True)
        demand(f"{name} was not seen: {got}", got > bound)
        line(f"planted: {name}", f"seen: {got} where {bound} are right")


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.attack.races", description=__doc__)
    parser.add_argument("--short", action="store_true", help="the form that CI runs")
    asked = parser.parse_args()
    size = SHORT if asked.short else LONG
    with scratch_database("races"), Redis() as server:
        os.environ["REDIS_URL"] = server.url
        _set_up()
        return verdict(lambda: run(size, server))


if __name__ == "__main__":
    sys.exit(main())
