"""Employees who try numbers: how far they get, whom an alarm stops, and what the time of an answer tells.

Every look-up goes through the whole stack in this process: URL, session, limits in Redis, rules, the one statement in
PostgreSQL. The database is a scratch one with the product's migrations. Days pass by the limiter's clock alone, which
is moved on; the log keeps the true time, so that all look-ups of a run lie within the span that the rules look at.

Each figure has a twin with a planted bug, which must be seen. Nothing passes on too few look-ups.
"""

import argparse
import itertools
import logging
import os
import random
import statistics
import sys
import time
import uuid
import zlib
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import partial
from typing import Any, cast
from unittest import mock

from tests.attack.verdict import NotHeld, demand, line, verdict
from tests.chaos.scratch import REAL, checkouts_database, scratch

MEMBERS = 5_000
DAY = 24 * 3600
SEED = 20261122
HIT, REFUSER, NOBODY = "a member", "a member who refuses", "nobody"
OFF = {"misses": "0", "near": "0", "habit": "0", "peers": "0", "night": "0", "day": "0", "week": "0", "strangers": "0"}


@dataclass(frozen=True, slots=True)
class Size:
    """Of a run: the long one, or the short form of CI."""

    random_numbers: int
    sequential_numbers: int
    accounts: int
    quota_days: int
    honest_people: int
    honest_days: int
    timed: int


LONG = Size(100_000, 10_000, 50, 10, 250, 40, 10_000)
SHORT = Size(1_000, 400, 5, 1, 20, 10, 2_000)


class Clock:
    """Stands in for the module `time` where limits are counted."""

    def __init__(self) -> None:
        self.now = time.time()

    def time(self) -> float:
        return self.now


class World:
    """Members with portraits, stores with staff, and a clock for the limits."""

    def __init__(self, draw: random.Random) -> None:
        self.draw, self.clock = draw, Clock()
        self.numbers: dict[str, list[str]] = {}
        self._hired = 0

    def build(self) -> None:
        from django.contrib.gis.geos import MultiPolygon, Point, Polygon

        from geo.models import Community, Region

        square = MultiPolygon(Polygon.from_bbox((120, 36, 121, 37)), srid=4326)
        drawn = cast(MultiPolygon, square.transform(3857, clone=True))
        country = Region.objects.create(
            level="country", code="CN", name="中国", boundary=square, boundary_display=drawn,
            centre_display=drawn.centroid, boundary_crs="wgs84",
        )  # fmt: skip
        self.region, self.next_region, self.patient_region = (
            Region.objects.create(
                level="city", code=code, name=name, parent=country, boundary=square, boundary_display=drawn,
                centre_display=drawn.centroid, boundary_crs="wgs84",
            )
            for code, name in (("990100", "海澄市"), ("990200", "海汇市"), ("990300", "海宁市"))
        )  # fmt: skip
        point = Point(120.5, 36.5, srid=4326)
        shown = cast(Point, point.transform(3857, clone=True))
        communities = [
            Community.objects.create(
                name=f"小区{n}", region=self.region, district=self.region, city=self.region, households=1000,
                region_path=self.region.path, point=point, point_display=shown,
            )
            for n in range(20)
        ]  # fmt: skip
        self._people([community.pk for community in communities])

    def _people(self, communities: Sequence[int]) -> None:
        from django.db import connection

        from members.models import Category, ContactPoint, Member, Need, Product, Purchase
        from members.phone import PhoneNumber

        categories = [
            Category.objects.create(code=f"c{n}", name=f"类{n}", name_en=f"C{n}", lifetime_years=10) for n in range(6)
        ]
        products = [
            Product.objects.create(model=f"M{n}", category=categories[n % 6], brand="海澄", name=f"M{n}")
            for n in range(30)
        ]
        drawn = self.draw.sample(range(100_000_000), MEMBERS)
        phones = [f"154{number:08}" for number in drawn]
        Member.objects.bulk_create((
            Member(
                id=n + 1, surname="孙", title="m", community_id=self.draw.choice(communities), household=-n - 1,
                member_since=date(2015, 3, 9), refuses_profiling=n % 4 == 0,
            )
            for n in range(MEMBERS)
        ), batch_size=2000)  # fmt: skip
        ContactPoint.objects.bulk_create(
            ContactPoint(channel=1, bidx=PhoneNumber.parse(phone).bidx, member_id=n + 1, ciphertext=b"x")
            for n, phone in enumerate(phones)
        )
        Need.objects.bulk_create(
            (
                Need(member_id=n + 1, category=category, level=self.draw.randint(1, 4), score=50, reasons=[])
                for n in range(MEMBERS)
                for category in self.draw.sample(categories, 3)
            ),
            batch_size=5000,
        )
        Purchase.objects.bulk_create((
            Purchase(
                member_id=n + 1, system="t", record_key=f"{n}-{k}", product=product, category_id=product.category_id,
                channel="store", bought_on=date(2018, 5, 1), community_id=communities[0], household=-n - 1,
            )
            for n in range(MEMBERS)
            for k, product in enumerate(self.draw.sample(products, 2))
        ), batch_size=5000)  # fmt: skip
        with connection.cursor() as cursor:
            cursor.execute("analyze")
        self.numbers[REFUSER] = phones[::4]
        self.numbers[HIT] = [phone for n, phone in enumerate(phones) if n % 4]
        taken = set(drawn)
        free = (number for number in self.draw.sample(range(100_000_000), 3 * MEMBERS) if number not in taken)
        self.numbers[NOBODY] = [f"154{number:08}" for number in free]

    def hire(self, count: int, *, stores: int = 5, at: Sequence[Any] = ()) -> "list[Account]":
        """Accounts of new stores, or of those, signed in."""
        from salesapp.staff.models import Employee, Store

        begin, self._hired = self._hired, self._hired + count
        places = at or [
            Store.objects.create(code=f"S{begin}-{n}", name=f"店{n}", region=self.region)
            for n in range(min(stores, count))
        ]
        return [
            Account(
                self,
                Employee.objects.create(
                    employee_no=f"E{n:05}", name="员工", password="!", role="salesperson", region=self.region,
                    store=places[n % len(places)],
                ),
            )
            for n in range(begin, begin + count)
        ]  # fmt: skip

    def anybody(self) -> str:
        """A number drawn from all there are: one in sixty is a member's."""
        return self.draw.choice(self.numbers[HIT if self.draw.random() < 1 / 60 else NOBODY])


class Account:
    """One employee behind one browser."""

    def __init__(self, world: World, employee: Any) -> None:
        from django.test import Client

        self.world, self.employee = world, employee
        self.client = Client(SERVER_NAME="127.0.0.1")
        self.client.force_login(employee)
        self.answers: Counter[str] = Counter()

    def look_up(self, phone: str) -> str:
        """What came of it: "read", or the code of the refusal. At a hand's pace, by the limiter's clock."""
        self.world.clock.now += 0.6
        answer = self.client.post(
            "/api/lookups/", {"phone": phone, "reason": "counter"}, content_type="application/json"
        )
        came = "read" if answer.status_code == 200 else str(answer.json()["code"])
        demand(f"answer {answer.status_code}", answer.status_code in {200, 403, 429})
        self.answers[came] += 1
        return came

    def used_to(self, look_ups: int, days: int) -> None:
        """Give the account days of honest work behind it."""
        honest_entries([self], [[look_ups]] * days, datetime.now().astimezone() - timedelta(days=days + 1), self.world)


def honest_entries(
    accounts: Sequence[Account], days: Sequence[Sequence[int]], first: datetime, world: World,
    *, shares: Sequence[float] = (0.2,), prefixes: int = 200, open_for: timedelta | None = None,
) -> list[list[list[datetime]]]:  # fmt: skip
    """Write what honest days leave in the log: mostly members, some numbers twice, of few prefixes.

    From 9 to 21, or from the time of ``first`` on for ``open_for``.
    ``days`` has the look-ups of each account for each day. Gives the times, by day and account.
    """
    from members.phone import PhoneNumber
    from salesapp.staff.models import AccessEntry

    draw, times = world.draw, []
    for day, counts in enumerate(days):
        opening = first + timedelta(days=day)
        if open_for is None:
            opening = opening.replace(hour=9, minute=0, second=0, microsecond=0)
        rows, of_day = [], []
        for account, count, share in zip(accounts, counts, itertools.cycle(shares), strict=False):
            hours = open_for or timedelta(hours=12)
            moments = sorted(opening + draw.random() * hours for _ in range(count))
            before: list[tuple[Any, int | None]] = []
            for at in moments:
                if before and draw.random() < 0.1:
                    phone, member = draw.choice(before)
                else:
                    phone = PhoneNumber(f"+86154{draw.randrange(prefixes):04}{draw.randrange(10_000):04}")
                    member = None if draw.random() < share else draw.randrange(MEMBERS)
                    before.append((phone, member))
                rows.append(
                    AccessEntry(
                        employee=account.employee, store_id=account.employee.store_id, reason="counter", at=at,
                        address_hash=phone.bidx, thousand=phone.thousand, member_id=member,
                    )
                )  # fmt: skip
            of_day.append(moments)
        AccessEntry.objects.bulk_create(sorted(rows, key=lambda row: row.at), batch_size=2000)
        times.append(of_day)
    return times


@contextmanager
def setting(name: str, value: object) -> Iterator[None]:
    from django.conf import settings

    before = getattr(settings, name)
    setattr(settings, name, value)
    try:
        yield
    finally:
        setattr(settings, name, before)


# --- The patterns ---------------------------------------------------------------------------------------------------


def patterns(world: World, size: Size) -> None:
    """Random numbers, numbers in a row, and a list of true members: each account is held within 500 look-ups."""
    third = max(1, size.accounts // 5)
    kinds: Mapping[str, tuple[list[Account], int, Callable[[int, int], str]]] = {
        "random numbers": (
            world.hire(2 * third), size.random_numbers, lambda account, n: world.anybody(),
        ),
        # Blocks that were given out at once, so that every second number is a member's: misses alone do not tell
        "numbers in a row": (
            world.hire(third), size.sequential_numbers, lambda account, n: _in_a_row(world, account, n),
        ),
        "every 37th number": (
            world.hire(third), size.sequential_numbers, lambda account, n: _in_a_row(world, account, 37 * n),
        ),
        "a list of true members": (
            world.hire(size.accounts - 4 * third), size.sequential_numbers,
            lambda account, n: world.numbers[HIT][(account * 911 + n) % len(world.numbers[HIT])],
        ),
    }  # fmt: skip
    for name, (accounts, attempts, number) in kinds.items():
        for account in accounts:
            account.used_to(20, 7)
        _colleagues_of(accounts)
        each = attempts // len(accounts)
        demand("too few attempts to say anything", each >= 80 and len(accounts) > 0)
        got = [_until_held(account, order, each, number) for order, account in enumerate(accounts)]
        alarms = _alarms(accounts)
        late = [reads for reads in got if reads is None or reads > 500]
        line(
            f"{name}: {len(accounts)} accounts, {attempts:,} attempts; reads before the alarm (most)",
            max((reads for reads in got if reads is not None), default="never held"),
        )
        line("    rules that held", ", ".join(f"{rule} {count}" for rule, count in alarms.items()) or "none")
        demand(f"{name}: an account was not held within 500 look-ups", not late)
        demand(f"{name}: an account has no alarm, or several", sum(alarms.values()) == len(accounts))


def _colleagues_of(accounts: Sequence[Account]) -> None:
    """Twice as many honest people in the same stores, with a week and this morning behind them."""
    world, now = accounts[0].world, datetime.now().astimezone()
    stores = [account.employee.store for account in accounts]
    honest = world.hire(2 * len(accounts), at=[*stores, *stores])
    honest_entries(honest, [[20] * len(honest)] * 7, now - timedelta(days=8), world)
    honest_entries(honest, [[15] * len(honest)], now - timedelta(minutes=2), world, open_for=timedelta(minutes=1))


def _in_a_row(world: World, account: int, n: int) -> str:
    """Every second number is a member's: where it is nobody's by chance of this world, a member's is typed instead."""
    if n % 2:
        return world.numbers[HIT][(account * 977 + n) % len(world.numbers[HIT])]
    return f"160{account:04}{n % 10_000:04}"


def _until_held(account: Account, order: int, attempts: int, number: Callable[[int, int], str]) -> int | None:
    """How many look-ups were answered before the account was held; None for never. It goes on trying."""
    reads = None
    for n in range(attempts):
        came = account.look_up(number(order, n))
        if came == "too_many_requests":
            account.world.clock.now += 60
        if came == "look_ups_held" and reads is None:
            reads = account.answers["read"]
        demand("a held account read on", came != "read" or reads is None)
    return reads


def _alarms(accounts: Sequence[Account]) -> Counter[str]:
    from salesapp.staff.models import HarvestAlarm

    found = HarvestAlarm.objects.filter(employee__in=[account.employee for account in accounts])
    return Counter(found.values_list("rule", flat=True))


def night(world: World, size: Size) -> None:
    """Honest numbers at two in the morning."""
    from django.utils import timezone

    from salesapp.staff.harvest import Rule, Thresholds, alarm
    from salesapp.staff.queries.look_up_figures import look_up_figures

    (account,) = world.hire(1)
    at = timezone.localtime().replace(hour=2, minute=0, second=0, microsecond=0)
    honest_entries([account], [[20]], at, world)
    demand("look-ups by day raised an alarm", _rule(account, at.replace(hour=21), alarm, look_up_figures) is None)
    from salesapp.staff.models import AccessEntry

    AccessEntry.objects.bulk_create(
        AccessEntry(
            employee=account.employee,
            reason="counter",
            address_hash=bytes([n]) * 16,
            thousand=n,
            member_id=n,
            at=at + timedelta(days=1, minutes=n),
        )
        for n in range(20)
    )
    rule = _rule(account, at + timedelta(days=1, minutes=30), alarm, look_up_figures)
    line("20 members looked up at two in the morning", rule)
    demand("look-ups at night raised no alarm", rule == Rule.NIGHT and Thresholds().night > 0)


def _rule(account: Account, now: datetime, alarm: Callable[..., Any], figures: Callable[..., Any]) -> Any:
    from salesapp.staff.harvest import Thresholds

    return alarm(figures(account.employee, Thresholds(), now=now), Thresholds())


# --- Day after day -----------------------------------------------------------------------------------------------


def patient(world: World, size: Size) -> None:
    """Who takes days: a manager without a store, numbers far from each other, and how much the most patient one gets.

    The log is written as of the days before; the rules are asked as the product asks them.
    """
    from salesapp.staff.models import Employee

    world.region = world.patient_region
    colleagues = world.hire(10, stores=2)
    # With the days before the first that is asked about
    honest_entries(colleagues, [[20] * 10] * 40, datetime.now().astimezone() - timedelta(days=40), world)
    # Without a store, so that none of them is a colleague of another
    beside, alone = (
        [
            Employee.objects.create(employee_no=f"{role}{n}", name="员工", password="!", role=role, region=region)
            for n in range(60)
        ]
        for role, region in (("manager", world.patient_region), ("administrator", None))
    )
    reads, rule = _day_after_day(
        beside.pop(), lambda day: [(_stranger(7919 * (200 * day + n)), n) for n in range(200)], 21
    )
    line("a manager without a store, 200 members a day: reads before the alarm", f"{reads}, {rule}")
    demand("a manager without a store was not held within 500 look-ups", rule is not None and reads <= 500)

    _far_apart_is_seen(world, at=[colleagues[0].employee.store])
    for who, employees, most in (
        ("beside colleagues with 20 a day", beside, 2_500),
        ("without colleagues", alone, 1_800),
    ):
        got = _most_in_a_month(employees)
        line(f"the most without an alarm, {who}: members in 30 days", f"{got:,}")
        demand("a patient one gathers more in a month than is said", 0 < got <= most)


def _far_apart_is_seen(world: World, *, at: Sequence[Any] = ()) -> None:
    (account,) = world.hire(1, at=at)
    reads, rule = _day_after_day(account.employee, _far_apart, 21)
    line("every 112th number, a known member between, 78 a day: reads before the alarm", f"{reads}, {rule}")
    demand(
        "numbers far from each other were not seen as such within 500 look-ups", rule == "strangers" and reads <= 500
    )


def _stranger(number: int) -> Any:
    from members.phone import PhoneNumber

    return PhoneNumber(f"+86155{number % 99_999_989:08}")


def _members_of_a_day(a_day: int, day: int) -> list[tuple[Any, int | None]]:
    return [(_stranger(7919 * (a_day * day + n)), n) for n in range(a_day)]


def _far_apart(day: int) -> list[tuple[Any, int | None]]:
    """Nine numbers of each thousand, one in ten a member's, and after each a known one."""
    from members.phone import PhoneNumber

    tried = range(39 * day, 39 * (day + 1))
    return [
        pair
        for n in tried
        for pair in (
            (PhoneNumber(f"+86160{112 * n:08}"), None if n % 10 else n), (_stranger(7_654_321 * (n % 200)), 5),
        )
    ]  # fmt: skip


def _most_in_a_month(employees: Sequence[Any]) -> int:
    """By so many members every day, from 100 a day downwards, each tried by another employee."""
    for a_day, employee in zip(range(100, 0, -1), employees, strict=False):
        reads, rule = _day_after_day(employee, partial(_members_of_a_day, a_day), 30)
        if rule is None:
            return reads
    return 0


def _day_after_day(
    employee: Any, look_ups: Callable[[int], list[tuple[Any, int | None]]], days: int
) -> tuple[int, str | None]:
    """Look-ups (number, member) by day from ten in the morning on: how many were let through, and what rule held."""
    from django.conf import settings

    from salesapp.staff.harvest import EVERY, alarm, thresholds
    from salesapp.staff.models import AccessEntry
    from salesapp.staff.queries.look_up_figures import look_up_figures

    limits = thresholds(settings.HARVEST_THRESHOLDS)
    first = (datetime.now().astimezone() - timedelta(days=days)).replace(hour=10, minute=0, second=0, microsecond=0)
    reads = 0
    for day in range(days):
        made = look_ups(day)
        for begin in range(0, len(made), EVERY):
            at = first + timedelta(days=day, minutes=begin)
            rule = alarm(look_up_figures(employee, limits, now=at - timedelta(microseconds=1)), limits)
            if rule:
                return reads, rule.value
            AccessEntry.objects.bulk_create(
                AccessEntry(
                    employee=employee, store_id=employee.store_id, reason="counter", at=at + timedelta(seconds=n),
                    address_hash=phone.bidx, thousand=phone.thousand, member_id=member,
                )
                for n, (phone, member) in enumerate(made[begin : begin + EVERY])
            )  # fmt: skip
            reads += len(made[begin : begin + EVERY])
    return reads, None


# --- The quota ------------------------------------------------------------------------------------------------------


def quota(world: World, size: Size) -> None:
    """Without any alarm: every account gets what a day allows, to the very number, and nothing 21 hours later."""
    from salesapp.staff.limits import PARTS

    accounts = world.hire(size.accounts)
    allowed = 200 if size is LONG else 40
    attempts = too_early = 0
    with setting("LOOKUP_LIMITS", ["20/10s", f"{allowed}/d"]), setting("HARVEST_THRESHOLDS", OFF):
        for _ in range(size.quota_days):
            began = world.clock.now
            for account in accounts:
                attempts += allowed + 20
                demand("an account read more or less than its quota", _reads(account, world, allowed + 20) == allowed)
            # Windows with an edge of the account's own have one in between
            world.clock.now = began + DAY - DAY / 8
            for account in accounts:
                too_early += 10
                demand("an account read on before a day had passed", _reads(account, world, 10) == 0)
            demand("the day of the first account was over too early", world.clock.now < began + DAY)
            world.clock.now += DAY / 8 + DAY / PARTS + 60 * len(accounts)
    refused = sum(account.answers["too_many_requests"] for account in accounts)
    reads = sum(account.answers["read"] for account in accounts)
    line(
        f"quota of {allowed}: {attempts:,} attempts, {size.accounts} accounts, {size.quota_days} days; reads",
        f"{reads:,}",
    )
    line(f"    {too_early:,} attempts before a day had passed; reads", 0)
    demand("nothing was refused, or nothing read", refused > 0 and reads == allowed * size.accounts * size.quota_days)


def _reads(account: Account, world: World, attempts: int) -> int:
    before = account.answers["read"]
    for _ in range(attempts):
        account.look_up(world.anybody())
    return account.answers["read"] - before


# --- Honest days ----------------------------------------------------------------------------------------------------


def honest(world: World, size: Size) -> None:
    """Days of honest work, with busy people, poor stores, small towns and a sale: how many raise an alarm."""
    from salesapp.staff.harvest import EVERY, Thresholds, alarm
    from salesapp.staff.queries.look_up_figures import look_up_figures

    world.region = world.next_region  # colleagues are of the region, and those of the attacks are not
    accounts = world.hire(size.honest_people, stores=max(2, size.honest_people // 10))
    draw, limits = world.draw, Thresholds()
    usual = [min(60.0, draw.lognormvariate(3.0, 0.5)) for _ in accounts]
    # From town to town between one in twenty and nearly one in two is no member yet
    shares = [min(0.45, draw.betavariate(2, 8)) for _ in accounts]
    sale = set(range(size.honest_days - 8, size.honest_days - 5))
    counts = [
        [
            0
            if draw.random() < 0.25
            else min(200, max(1, int(mean * draw.lognormvariate(0, 0.35) * (2.5 if day in sale else 1))))
            for mean in usual
        ]
        for day in range(size.honest_days)
    ]
    first = datetime.now().astimezone() - timedelta(days=size.honest_days)
    times = honest_entries(accounts, counts, first, world, shares=shares, prefixes=40)
    days = asked = 0
    raised: Counter[str] = Counter()
    for of_day in times:
        for account, moments in zip(accounts, of_day, strict=True):
            days += bool(moments)
            for n in range(0, len(moments), EVERY):
                asked += 1
                # The look-up that asks is not in the log yet
                now = moments[n] - timedelta(microseconds=1)
                rule = alarm(look_up_figures(account.employee, limits, now=now), limits)
                if rule:
                    raised[rule.value] += 1
                    break
    look_ups = sum(map(sum, counts))
    line(
        f"honest days: {days:,} of {len(accounts)} people, {look_ups:,} look-ups, {asked:,} times asked; alarms",
        raised.total(),
    )
    if raised:
        line("    rules", ", ".join(f"{rule} {count}" for rule, count in raised.items()))
    line("    false alarms in 10,000 days", f"{raised.total() / days * 10_000:.1f}")
    demand("too few honest days to say anything", days >= size.honest_people * size.honest_days * 0.6 and asked > days)
    demand("honest work raises alarms", raised.total() * 10_000 <= 10 * days)


def _look_ups(about: float) -> int:
    return min(200, max(1, round(about)))


# --- The time of an answer ------------------------------------------------------------------------------------------


def timing(world: World, size: Size) -> None:
    """Does the time of an answer tell what is behind it? A threshold is learned on one half and tried on the other."""
    figures = _timed(world, size)
    for first, second in ((HIT, NOBODY), (REFUSER, NOBODY)):
        few = min(len(figures[first]), len(figures[second]))
        demand("too few timed look-ups of a kind", few >= 400)
        shares = {k: _separable(figures[first], figures[second], k, world.draw) for k in (1, 5, 25) if few // k >= 100}
        told = ", ".join(f"{share:.1%} by {_median_of(k)}" for k, share in shares.items())
        line(f"told apart by time, {first} from {second}", told)
        # 55 % of 10,000; of fewer, what chance alone may add
        chance = 0.0 if size.timed >= 10_000 else 2.5 * (0.25 / few) ** 0.5
        demand(f"{first} and {second} are told apart by time", shares[1] < 0.55 + chance)


def _median_of(k: int) -> str:
    return "one answer" if k == 1 else f"the median of {k}"


def work(world: World) -> None:
    """What the time rests on, and no load of the machine blurs: the pages that PostgreSQL touches for a look-up."""
    from django.db import connection

    from geo.sql import load
    from members.phone import PhoneNumber

    (account,) = world.hire(1)
    pages: dict[str, list[int]] = {HIT: [], REFUSER: [], NOBODY: []}
    with connection.cursor() as cursor:
        for kind, touched in pages.items():
            for phone in world.draw.sample(world.numbers[kind], 100):
                number = PhoneNumber.parse(phone)
                asked = {
                    "bidx": number.bidx, "hashes": number.bidx_to_ask, "thousand": number.thousand,
                    "decoy": world.draw.randint(0, MEMBERS),
                    "employee": account.employee.pk, "store": account.employee.store_id, "reason": "counter",
                }  # fmt: skip
                cursor.execute("explain (analyze, buffers, format json) " + load("members", "look_up"), asked)
                ((plan,),) = cursor.fetchall()
                top = plan[0]["Plan"]
                touched.append(top["Shared Hit Blocks"] + top["Shared Read Blocks"])
    medians = {kind: statistics.median(touched) for kind, touched in pages.items()}
    line("pages touched by a look-up (median)", ", ".join(f"{kind} {count:.0f}" for kind, count in medians.items()))
    demand("look-ups touched no pages", min(medians.values()) > 10)
    demand("nobody's look-up is less work than a member's", max(medians.values()) <= 1.2 * min(medians.values()))


def _timed(world: World, size: Size) -> dict[str, list[float]]:
    from members.queries.catalogue import forget_catalogue

    (account,) = world.hire(1)
    kinds = [HIT, NOBODY, REFUSER, NOBODY]
    figures: dict[str, list[float]] = {kind: [] for kind in kinds}
    with setting("LOOKUP_LIMITS", ["100000000/d"]), setting("HARVEST_THRESHOLDS", OFF):
        forget_catalogue()
        for n in range(size.timed + 300):
            kind = world.draw.choice(kinds)
            phone = world.draw.choice(world.numbers[kind])
            began = time.perf_counter()
            came = account.look_up(phone)
            took = time.perf_counter() - began
            demand("a timed look-up was refused", came == "read")
            if n >= 300:
                figures[kind].append(took)
    demand("too few timed look-ups", sum(map(len, figures.values())) == size.timed)
    line(f"timed look-ups: {size.timed:,}; medians in ms", _medians(figures))
    return figures


def _medians(figures: Mapping[str, Sequence[float]]) -> str:
    return ", ".join(f"{kind} {statistics.median(times) * 1000:.3f}" for kind, times in figures.items())


def _separable(first: Sequence[float], second: Sequence[float], k: int, draw: random.Random) -> float:
    """The share that the best threshold of one half puts right in the other, both kinds equally many, by medians."""
    many = min(len(first), len(second)) // k * k
    samples = []
    for label, times in ((0, first), (1, second)):
        chosen = draw.sample(list(times), many)
        samples += [(statistics.median(chosen[n : n + k]), label) for n in range(0, many, k)]
    draw.shuffle(samples)
    learn, tried = samples[: len(samples) // 2], samples[len(samples) // 2 :]
    threshold, above = _best(learn)
    return sum((value > threshold) == (label == above) for value, label in tried) / len(tried)


def _best(samples: Sequence[tuple[float, int]]) -> tuple[float, int]:
    """The threshold, and the label of what lies above it, that put most samples right."""
    ordered = sorted(samples)
    ones = sum(label for _, label in ordered)
    # With the threshold at the n-th value: zeros below or at it and ones above are right, or the other way round
    right, best = ones, (max(ones, len(ordered) - ones), 0.0, 1 if ones * 2 >= len(ordered) else 0)
    for value, label in ordered:
        right += 1 if label == 0 else -1
        for score, above in ((right, 1), (len(ordered) - right, 0)):
            if score > best[0]:
                best = (score, value, above)
    return best[1], best[2]


# --- Twins with a planted bug ---------------------------------------------------------------------------------------


def planted(world: World, size: Size) -> None:
    """The same attacks on a product with a bug in it: each must be seen."""
    from geo import sql

    small = Size(400, 200, 5, 1, 5, 5, 2_000)
    with setting("HARVEST_THRESHOLDS", OFF):
        _must_be_seen("alarms switched off", lambda: patterns(world, small))
    with setting("HARVEST_THRESHOLDS", {"strangers": "0"}):
        _must_be_seen("nobody's numbers of a week are not counted", lambda: _far_apart_is_seen(world))
    with mock.patch("salesapp.staff.actions.allow_look_up.consume", _windows_with_an_edge(world.clock)):
        _must_be_seen("a day that has an edge", lambda: quota(world, small))
    with setting("HARVEST_THRESHOLDS", {"misses": "1", "misses_of": "5"}):
        _must_be_seen("an alarm at the first miss", lambda: _honest_with_settings(world))
    text = sql.load("members", "look_up")
    decoy = "coalesce((select id from found where known and not refuses_profiling), stranger.id) as id"
    demand("the statement has no decoy to remove", text.count(decoy) == 1)
    without = text.replace(decoy, "(select id from found where known and not refuses_profiling) as id")
    real = sql._text
    sql.load.cache_clear()
    sql._text = lambda app, name: without if name == "look_up" else real(app, name)  # type: ignore[assignment]
    try:
        _must_be_seen("no stranger's rows are read for nobody (pages)", lambda: work(world))
        if size is LONG:
            _must_be_seen("no stranger's rows are read for nobody (time)", lambda: timing(world, size))
    finally:
        sql._text = real
        sql.load.cache_clear()


def _windows_with_an_edge(clock: Clock) -> Callable[..., list[int]]:
    """A counter as django-ratelimit has it: each key's windows end at a time of its own."""
    from django_ratelimit.core import _split_rate

    from salesapp.staff.errors import TooManyRequests

    counts: Counter[object] = Counter()

    def consume(*, group: str, key: str, rates: Sequence[str]) -> list[int]:
        came = []
        for rate in rates:
            limit, length = _split_rate(rate)
            window = (group, key, rate, int(clock.now + zlib.crc32(key.encode())) // length)
            counts[window] += 1
            came.append(counts[window])
            if counts[window] > limit:
                raise TooManyRequests(1)
        return came

    return consume


def _honest_with_settings(world: World) -> None:
    """An honest morning through the stack: nobody is held."""
    for account in world.hire(3):
        for _ in range(45):
            account.look_up(world.draw.choice(world.numbers[HIT if world.draw.random() < 0.8 else NOBODY]))
        demand("an honest account was held", account.answers["look_ups_held"] == 0)


def _must_be_seen(bug: str, attack: Callable[[], None]) -> None:
    line("now with a bug planted", bug)
    try:
        attack()
    except NotHeld as seen:
        line(f"planted: {bug}", f"seen: {seen}")
        return
    raise NotHeld(f"planted, and not seen: {bug}")


# --- All of it ------------------------------------------------------------------------------------------------------


def run(size: Size, *, parts: Sequence[str] = ()) -> None:
    from django.conf import settings

    from salesapp.staff import limits

    settings.SECURE_SSL_REDIRECT = False
    settings.HARVEST_THRESHOLDS = {"night": "0"}  # the proof may run at any hour; the rule has a part of its own
    settings.CACHES["limits"]["KEY_PREFIX"] = f"attack:{uuid.uuid4()}"
    settings.INDEX_KEY = settings.INDEX_KEY or "aW5kZXgga2V5IG9mIHRoZSBhdHRhY2sgcHJvb2ZzIDE="
    world = World(random.Random(SEED))
    world.build()
    limits.time = world.clock  # type: ignore[assignment, attr-defined]
    everything: dict[str, Callable[[], None]] = {
        "patterns": lambda: patterns(world, size),
        "night": lambda: night(world, size),
        "patient": lambda: patient(world, size),
        "quota": lambda: quota(world, size),
        "honest": lambda: honest(world, size),
        "timing": lambda: timing(world, size),
        "work": lambda: work(world),
        "planted": lambda: planted(world, size),
    }
    for name in parts or everything:
        everything[name]()
    _honest_with_settings(world)
    line("an honest morning through the whole stack", "nobody held")


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.attack.enumeration", description=__doc__)
    parser.add_argument("--short", action="store_true", help="the form that CI runs")
    parser.add_argument(
        "--parts", default="", help="by comma: patterns, night, patient, quota, honest, timing, work, planted"
    )
    asked = parser.parse_args()
    checkouts_database()
    os.environ["DJANGO_SETTINGS_MODULE"] = "salesapp.settings"
    with scratch("attack", REAL) as database:
        os.environ["DATABASE_URL"] = database.url
        import django

        django.setup()
        logging.disable(logging.WARNING)  # refusals by the thousand
        parts = [part for part in asked.parts.split(",") if part]
        return verdict(lambda: run(SHORT if asked.short else LONG, parts=parts))


if __name__ == "__main__":
    sys.exit(main())
