"""What readers of the map can find out by comparing what they are shown: overlapping areas, zooms, filters, nights.

Managers of a city and of its districts, and a salesperson, read all that shows figures of places: tiles of every zoom,
list, details, search, look-alikes, the broadcast's count. Scripts then subtract, and claim how many people a hidden
cell has: a count from 1 to 4, or the coverage behind it. Nobody may claim rightly. Two towns that differ in hidden
cells alone must look the same to everybody, and a night after one member was added, left or bought must tell nothing.

The database is a scratch one with the product's migrations. Twins with a planted bug must be seen by the same scripts.
Nothing passes on too few hidden cells.
"""

import argparse
import gzip
import json
import logging
import os
import random
import re
import sys
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import date
from functools import cache
from itertools import combinations_with_replacement
from typing import Any, cast
from unittest import mock

from tests.attack.verdict import NotHeld, demand, line, verdict
from tests.chaos.scratch import REAL, checkouts_database, scratch

SEED = 20261122
CATEGORIES, DISTRICTS, EACH = 2, 3, 6  # communities of a district
EARTH = 20037508.342789244


@dataclass(frozen=True, slots=True)
class Size:
    """Of a run: the long one, or the short form of CI."""

    towns: int  # read whole
    twins: int  # towns that differ in hidden cells alone
    nights: int
    zooms: Sequence[int]
    readers: Sequence[str]


LONG = Size(40, 60, 400, range(3, 17), ("city", "salesperson", "district 0", "district 1", "district 2"))
SHORT = Size(1, 1, 20, (3, 10, 11, 16), ("city", "salesperson"))
FEW = replace(SHORT, towns=2, zooms=(9, 14), readers=("city",))


# --- Towns ----------------------------------------------------------------------------------------------------------

Cell = tuple[int, int, str]  # community, category, "buyers" or "owners"


@dataclass(frozen=True, slots=True)
class Household:
    """A member, who lives alone: levels of need, what is owned, and whether agreed to be written to."""

    levels: tuple[int, ...]
    owns: tuple[bool, ...]
    agreed: bool


@dataclass(frozen=True, slots=True)
class Town:
    """The members of each community, by its number."""

    people: tuple[tuple[Household, ...], ...]

    @classmethod
    def drawn(cls, draw: random.Random) -> "Town":
        return cls(tuple(
            tuple(
                Household(
                    tuple(draw.choice((0, 2, 3, 4)) for _ in range(CATEGORIES)),
                    tuple(draw.random() < 0.5 for _ in range(CATEGORIES)), draw.random() < 0.6,
                )
                for _ in range(draw.choice((0, 1, 3, 4, 6, 9, 10, 12, 16, 20, 24, 30, 40, 50)))
            )
            for _ in range(DISTRICTS * EACH)
        ))  # fmt: skip

    def cells(self) -> dict[Cell, int]:
        return {
            (community, category, kind): sum(
                one.levels[category] >= 3 if kind == "buyers" else one.owns[category] for one in people
            )
            for community, people in enumerate(self.people)
            for category in range(CATEGORIES)
            for kind in ("buyers", "owners")
        }

    def hidden(self) -> dict[Cell, int]:
        return {cell: count for cell, count in self.cells().items() if 1 <= count <= 4}

    def with_people(self, community: int, people: Sequence[Household]) -> "Town":
        return Town((*self.people[:community], tuple(people), *self.people[community + 1 :]))

    def otherwise_hidden(self, draw: random.Random) -> "Town":
        """Another that differs in hidden cells alone: communities of one to four get other people, as many or not."""
        town = self
        for community, people in enumerate(self.people):
            if 1 <= len(people) <= 4:
                count = draw.choice([n for n in range(1, 5) if n != len(people)])
                drawn = [Household((4,) * CATEGORIES, (True,) * CATEGORIES, True)] * count
                town = town.with_people(community, drawn)
        return town


@dataclass(slots=True)
class World:
    """The places and the staff, and the members of the town that stands now."""

    draw: random.Random
    communities: list[Any] = field(default_factory=list)
    regions: dict[str, Any] = field(default_factory=dict)
    categories: list[Any] = field(default_factory=list)
    readers: dict[str, Any] = field(default_factory=dict)

    def build(self) -> None:
        from django.contrib.gis.geos import MultiPolygon, Point, Polygon
        from django.test import Client

        from geo.models import Community, CommunityName, Region
        from members.models import Category, Product
        from salesapp.staff.models import Employee, Store

        def region(level: str, code: str, parent: Any, box: tuple[float, float, float, float]) -> Any:
            square = MultiPolygon(Polygon.from_bbox(box), srid=4326)
            drawn = cast(MultiPolygon, square.transform(3857, clone=True))
            return Region.objects.create(
                level=level, code=code, name=f"区{code}", parent=parent, boundary=square, boundary_display=drawn,
                centre_display=drawn.centroid, boundary_crs="wgs84",
            )  # fmt: skip

        country = region("country", "CN", None, (70, 10, 130, 60))
        city = region("city", "990100", country, (120, 36, 120.6, 36.4))
        self.regions["city"] = city
        for d in range(DISTRICTS):
            box = (120 + 0.2 * d, 36, 120.2 + 0.2 * d, 36.4)
            district = self.regions[f"district {d}"] = region("district", f"99010{d + 1}", city, box)
            area = region("area", f"A{d}", district, (box[0], 36, box[2], 36.2))
            for n in range(EACH):
                home = area if n % 2 else district
                point = Point(box[0] + 0.02 + 0.025 * n, 36.1 if n % 2 else 36.3, srid=4326)
                made = Community.objects.create(
                    name=f"银杏园{d}{n}期", region=home, district=district, city=city, region_path=home.path,
                    households=self.draw.randint(20, 90), build_year=2000 + n, price_tier=1 + n % 5, point=point,
                    point_display=cast(Point, point.transform(3857, clone=True)),
                )  # fmt: skip
                CommunityName.objects.create(community=made, city=city, name=made.name, key=made.name)
                self.communities.append(made)
        self.categories = [
            Category.objects.create(code=f"c{n}", name=f"类{n}", name_en=f"C{n}", lifetime_years=10)
            for n in range(CATEGORIES)
        ]
        self.products = [
            Product.objects.create(model=f"M{n}", category=category, brand="海澄", name=f"M{n}")
            for n, category in enumerate(self.categories)
        ]
        staff = {"city": ("manager", city), "salesperson": ("salesperson", self.regions["district 0"])}
        staff |= {f"district {d}": ("manager", self.regions[f"district {d}"]) for d in range(DISTRICTS)}
        store = Store.objects.create(code="S1", name="店", region=self.regions["district 0"])
        for name, (role, where) in staff.items():
            employee = Employee.objects.create(
                employee_no=name.replace(" ", ""), name="员工", password="!", role=role, region=where, store=store
            )
            client = Client(SERVER_NAME="127.0.0.1", headers={"Accept-Language": "en"})
            client.force_login(employee)
            self.readers[name] = client

    products: list[Any] = field(default_factory=list)

    def settle(self, town: Town, *, publish: bool = True, anew: bool = True) -> None:
        """Let these people live there, and publish: ``anew`` as if nothing had been published before."""
        from django.db import connection

        from members.models import ContactPoint, Member, Need, Purchase

        tables = ["members_need", "members_purchase", "members_contactpoint", "members_consentstate", "members_member"]
        if anew:
            tables += ["members_communitycount", "members_communitystat", "members_regionstat"]
        with connection.cursor() as cursor:
            cursor.execute("set session_replication_role = replica")
            for table in tables:
                cursor.execute(f"delete from {table}")
            cursor.execute("set session_replication_role = origin")
        members: list[Any] = []
        needs: list[Any] = []
        purchases: list[Any] = []
        points: list[Any] = []
        agreed: list[int] = []
        for number, people in enumerate(town.people):
            for one in people:
                pk = len(members) + 1
                community = self.communities[number]
                members.append(
                    Member(
                        id=pk, surname="孙", title="m", community_id=community.pk, household=-pk,
                        member_since=date(2015, 3, 9),
                    )
                )  # fmt: skip
                points.append(ContactPoint(channel=1, bidx=pk.to_bytes(16, "big"), member_id=pk, ciphertext=b"x"))
                agreed += [pk] * one.agreed
                for category, level, owns, product in zip(
                    self.categories, one.levels, one.owns, self.products, strict=True
                ):
                    if level:
                        needs.append(Need(member_id=pk, category=category, level=level, score=50, reasons=[]))
                    if owns:
                        purchases.append(
                            Purchase(
                                member_id=pk, system="t", record_key=f"{pk}-{category.pk}", product=product,
                                category=category, channel="store", bought_on=date(2018, 5, 1),
                                community_id=community.pk, household=-pk,
                            )
                        )  # fmt: skip
        Member.objects.bulk_create(members)
        Need.objects.bulk_create(needs)
        Purchase.objects.bulk_create(purchases)
        ContactPoint.objects.bulk_create(points)
        with connection.cursor() as cursor:
            cursor.execute(
                "insert into members_consentstate (member_id, channel, purpose, given_at)"
                " select id, 1, 1, now() from unnest(%s::bigint[]) id", [agreed],
            )  # fmt: skip
        if publish:
            self.publish()

    @staticmethod
    def publish() -> None:
        from members.actions.build_community_stats import build_community_stats
        from outreach.actions.publish_audience import publish_audience
        from outreach.queries import tiles

        build_community_stats()
        publish_audience()
        tiles._Version.read_at = float("-inf")


# --- What readers are shown -----------------------------------------------------------------------------------------

Shown = dict[str, Any]  # by address
_own = re.compile(r'(nonce|csrfmiddlewaretoken" value|csrf_token|as_of)[^\s>]*|[A-Za-z0-9]{48,}')
_dated = re.compile(r"\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}(:\d{2}(\.\d+)?)?(\+\d{2}:\d{2}|Z)?")


class Reading:
    """One reader's look at everything, or in short at list and tiles."""

    def __init__(self, world: World, name: str) -> None:
        self.world, self.client, self.name = world, world.readers[name], name
        self.shown: Shown = {}

    def everything(self, zooms: Sequence[int]) -> Shown:
        codes = [category.code for category in self.world.categories]
        self.figures(zooms)
        mine = {row["id"] for row in self.shown["/api/regions/"]["results"]}
        for community in self.world.communities:
            self._json(f"/api/communities/{community.pk}/", may_be_hidden=True)
            self._page(f"/map/communities/{community.pk}/", may_be_hidden=True)
            self._page(f"/map/communities/{community.pk}/alike/", may_be_hidden=True)
        for code in codes:
            for region in mine:
                self._list(code, region)
            self._page(f"/map/list/?category={code}")
        self._page("/map/")
        for typed in ("银杏", "银杏园0", "园11期"):
            self._page(f"/map/search/?q={typed}")
        return self.shown

    def figures(self, zooms: Sequence[int] = (9, 14)) -> Shown:
        """List and tiles, of every category."""
        self._json("/api/regions/")
        for category in self.world.categories:
            self._list(category.code)
            for z in zooms:
                for x, y in sorted({_tile(c.point_display, z) for c in self.world.communities}):
                    self._tile(f"/api/tiles/{z}/{x}/{y}.mvt?category={category.code}")
        return self.shown

    def _get(self, address: str) -> Any:
        return self.client.get(address)

    def _json(self, address: str, *, may_be_hidden: bool = False) -> None:
        answer = self._get(address)
        demand(f"{address} was answered with {answer.status_code}",
               answer.status_code == 200 or (may_be_hidden and answer.status_code == 404))  # fmt: skip
        if answer.status_code == 200:
            said = answer.json()
            said.pop("as_of", None)
            self.shown[address] = said

    def _page(self, address: str, *, may_be_hidden: bool = False) -> None:
        answer = self._get(address)
        demand(f"{address} was answered with {answer.status_code}",
               answer.status_code == 200 or (may_be_hidden and answer.status_code == 404))  # fmt: skip
        if answer.status_code == 200:
            self.shown[address] = _dated.sub("", _own.sub("", answer.content.decode()))

    def _list(self, code: str, region: int | None = None) -> None:
        rows: list[Any] = []
        after = ""
        while True:
            where = f"&region={region}" if region else ""
            address = f"/api/communities/?category={code}&limit=7{where}"
            answer = self._get(address + (f"&after={after}" if after else ""))
            demand(f"{address} was answered with {answer.status_code}", answer.status_code == 200)
            said = answer.json()
            rows += said["results"]
            if not (after := said["next"]):
                break
        self.shown[address] = rows

    def _tile(self, address: str) -> None:
        from tests.mvt import read_tile

        answer = self._get(address)
        demand(f"{address} was answered with {answer.status_code}", answer.status_code == 200)
        content = b"".join(answer) if answer.streaming else answer.content
        tile = read_tile(gzip.decompress(content) if content[:2] == b"\x1f\x8b" else content)
        self.shown[address] = {
            layer: sorted(features, key=lambda one: int(one.get("id", 0))) for layer, features in tile.items()
        }


def _tile(point: Any, z: int) -> tuple[int, int]:
    size = 2 * EARTH / 2**z
    return int((point.x + EARTH) / size), int((EARTH - point.y) / size)


# --- Scripts that subtract ------------------------------------------------------------------------------------------


@dataclass(slots=True)
class Claims:
    """What a script says of cells, which it cannot read; ``right`` says afterwards who was."""

    made: dict[Cell, set[tuple[int, str]]] = field(default_factory=lambda: defaultdict(set))

    def claim(self, cell: Cell, count: float, how: str) -> None:
        if count == int(count) and 1 <= count <= 4:
            self.made[cell].add((int(count), how))

    def right(self, hidden: Mapping[Cell, int]) -> dict[str, int]:
        """How many hidden cells were told, by script; a script that says two things of a cell says nothing."""
        found: dict[str, set[Cell]] = defaultdict(set)
        for cell, said in self.made.items():
            by_script: dict[str, set[int]] = defaultdict(set)
            for count, how in said:
                by_script[how].add(count)
            for how, counts in by_script.items():
                if hidden.get(cell) is not None and counts == {hidden[cell]}:
                    found[how].add(cell)
        return {how: len(cells) for how, cells in found.items()}


@dataclass(frozen=True, slots=True)
class Facts:
    """All figures that a reading has, by cell, each with every value it was seen with."""

    counts: Mapping[Cell, set[int | None]]
    coverage: Mapping[tuple[int, int], set[int | None]]  # by community and category
    totals: Mapping[tuple[str, int, str], set[int]]  # by region, category, kind


def facts_of(world: World, readings: Sequence[Shown]) -> Facts:
    number = {community.pk: n for n, community in enumerate(world.communities)}
    code = {category.code: n for n, category in enumerate(world.categories)}
    region = {found.pk: name for name, found in world.regions.items()}
    counts: dict[Cell, set[int | None]] = defaultdict(set)
    coverage: dict[tuple[int, int], set[int | None]] = defaultdict(set)
    totals: dict[tuple[str, int, str], set[int]] = defaultdict(set)
    for shown in readings:
        for address, said in shown.items():
            category = code.get(address.partition("category=")[2].partition("&")[0], -1)
            if address.startswith("/api/communities/?"):
                for row in said:
                    counts[number[row["id"]], category, "buyers"].add(row["potential_buyers"]["count"])
                    counts[number[row["id"]], category, "owners"].add(row["owning_households"]["count"])
                    coverage[number[row["id"]], category].add(row["coverage"])
            elif address.startswith("/api/communities/"):
                for row in said["figures"]:
                    n = code[row["category"]]
                    counts[number[said["id"]], n, "buyers"].add(row["potential_buyers"]["count"])
                    counts[number[said["id"]], n, "owners"].add(row["owning_households"]["count"])
                    coverage[number[said["id"]], n].add(row["coverage"])
            elif address.startswith("/api/tiles/"):
                for layer, features in said.items():
                    for one in features:
                        # far districts have figures, near ones are outlines
                        if "communities" in one and one["id"] in region:
                            totals[region[one["id"]], category, "buyers"].add(one.get("potential") or 0)
                        elif layer == "communities":
                            counts[number[one["id"]], category, "buyers"].add(one.get("potential"))
                            if "coverage" in one:
                                coverage[number[one["id"]], category].add(one["coverage"])
    return Facts(counts, coverage, totals)


def subtract(world: World, facts: Facts, claims: Claims) -> None:
    """One night: what is shown too exactly, coverage taken back, totals less what is shown of their parts."""
    for cell, values in facts.counts.items():
        for value in values:
            if value is not None and value < 5:
                claims.claim(cell, value, "shown")
    for (community, category), values in facts.coverage.items():
        if None in facts.counts[community, category, "owners"]:
            households = world.communities[community].households
            for value in values:
                if value is not None:
                    claims.claim((community, category, "owners"), round(value * households / 100), "coverage")
    for (name, category, kind), sums in facts.totals.items():
        parts = [
            (n, category, kind) for n, community in enumerate(world.communities)
            if community.region_path.startswith(world.regions[name].path)
        ]  # fmt: skip
        hidden = [cell for cell in parts if facts.counts[cell] == {None}]
        known = sum(max(filter(None, facts.counts[cell]), default=0) for cell in parts if cell not in hidden)
        for total in sums:
            rest = total - known
            if hidden and rest in {len(hidden), 4 * len(hidden)} | ({rest} if len(hidden) == 1 else set()):
                for cell in hidden:
                    claims.claim(cell, rest / len(hidden), "total less its parts")


def compare(before: Facts, after: Facts, claims_before: Claims, claims_after: Claims) -> None:
    """Two nights, between which one member came, left or bought, as the reader knows."""
    for cell, values in before.counts.items():
        was, now = values, after.counts[cell]
        if was == {None} and None not in now:
            claims_before.claim(cell, 4, "two nights")
        if None not in was and now == {None}:
            claims_after.claim(cell, 4, "two nights")
    for key, sums in before.totals.items():
        if len(sums) == 1 and len(after.totals[key]) == 1:
            moved = next(iter(after.totals[key])) - next(iter(sums))
            if abs(moved) == 1:
                raise NotHeld("a total followed one member")


# --- One night ------------------------------------------------------------------------------------------------------


def one_night(world: World, size: Size) -> None:
    told: dict[str, int] = defaultdict(int)
    hidden = figures = 0
    for _ in range(size.towns):
        town = Town.drawn(world.draw)
        world.settle(town)
        readings = [Reading(world, name).everything(size.zooms) for name in size.readers]
        facts = facts_of(world, readings)
        claims = Claims()
        subtract(world, facts, claims)
        audience(world, town, facts, claims)
        disagreeing = sum(len(values) > 1 for values in facts.counts.values()) + sum(
            len(values) > 1 for values in facts.totals.values()
        )
        for how, count in claims.right(town.hidden()).items():
            told[how] += count
        demand(f"{disagreeing} figures differ between readers, zooms or lists", not disagreeing)
        demand("figures are missing", len(facts.counts) == len(town.cells()) and len(facts.totals) > 0)
        hidden += len(town.hidden())
        figures += sum(map(len, readings))
    line(f"one night: {size.towns} towns, {figures:,} answers; hidden cells", f"{hidden:,}")
    line("    told by subtracting", dict(told) or 0)
    demand(f"hidden cells were told: {dict(told)}", not told)
    demand("too few hidden cells", hidden >= 10 * size.towns)


# --- The broadcast's count ------------------------------------------------------------------------------------------

Parts = tuple[int, ...]


def audience(world: World, town: Town, facts: Facts, claims: Claims) -> None:
    """The count of each community alone, and of its district with and without it, against the map."""
    client = world.readers["city"]

    def asked(category: int, level: int, picked: Sequence[int]) -> Parts:
        said = client.post(
            "/api/audience/",
            json.dumps({
                "category": world.categories[category].code, "min_level": level, "channel": "sms",
                "communities": [world.communities[n].pk for n in picked],
            }),
            content_type="application/json",
        )  # fmt: skip
        demand(f"the count was answered with {said.status_code}", said.status_code == 200)
        found = said.json()
        parts = [part["members"]["count"] or 0 for part in found["suppressed"]]
        return (*parts, found["reachable"]["count"] or 0)

    for category in range(CATEGORIES):
        for d in range(DISTRICTS):
            district = range(d * EACH, (d + 1) * EACH)
            whole = {level: asked(category, level, district) for level in (3, 4)}
            for n in district:
                cell = (n, category, "buyers")
                others = [other for other in district if other != n]
                alone = {level: asked(category, level, [n]) for level in (3, 4)}
                less = asked(category, 3, others)
                claims.claim(cell, sum(whole[3]) - sum(less), "a district's audience with and without")
                claims.claim(cell, sum(alone[3]), "audience of one")
                if facts.counts[cell] == {None}:
                    seen = (alone[4], tuple(a - b for a, b in zip(alone[3], alone[4], strict=True)))
                    counts = {len(people) for people in populations().get(seen, ())}
                    if len(counts) == 1:
                        claims.claim(cell, counts.pop(), "all that fits audience and map")


@cache
def populations() -> Mapping[tuple[Parts, Parts], set[tuple[tuple[int, int], ...]]]:
    """Of each answer for both levels, the populations of up to four that would get it."""
    from tests.outreach.queries.test_shown_counts import as_shown

    kinds = [(level, standing) for level in (3, 4) for standing in range(5)]
    found: dict[tuple[Parts, Parts], set[tuple[tuple[int, int], ...]]] = defaultdict(set)
    for count in range(5):
        for people in combinations_with_replacement(kinds, count):
            line_ = tuple(people.count((level, standing)) for level in (4, 3) for standing in range(5))
            for place in range(5):
                shown = as_shown(line_, place)
                found[shown[:5], shown[5:]].add(people)
    return found


# --- Towns that differ where nobody sees it -------------------------------------------------------------------------


def twins(world: World, size: Size) -> None:
    """Two towns that differ in hidden cells alone look the same to everybody: then nothing can be had of them."""
    changed = compared = 0
    for _ in range(size.twins):
        town = Town.drawn(world.draw)
        other = town.otherwise_hidden(world.draw)
        looks = []
        for one in (town, other):
            world.settle(one)
            looks.append({name: Reading(world, name).everything(size.zooms) for name in size.readers})
        cells, others = town.cells(), other.cells()
        changed += sum(cells[cell] != others[cell] for cell in cells)
        for name, shown in looks[0].items():
            for address, said in shown.items():
                compared += 1
                demand(f"a hidden cell shows: {name} at {address}", said == looks[1][name][address])
    line(f"twins: {size.twins} pairs of towns, hidden cells that differ", f"{changed:,}")
    line("    answers that do", f"0 of {compared:,}")
    demand("too few hidden cells differed", changed >= 4 * size.twins and compared >= 50 * size.twins)


# --- Two nights -----------------------------------------------------------------------------------------------------


def nights(world: World, size: Size) -> None:
    """One member is added, leaves or buys between two nights; the figures are published again."""
    told: dict[str, int] = defaultdict(int)
    town = Town.drawn(world.draw)
    hidden = edges = 0
    for night in range(size.nights):
        if not night % 10:
            town = Town.drawn(world.draw)
        world.settle(town)
        before = facts_of(world, [Reading(world, "city").figures()])
        later = _one_event(town, world.draw)
        world.settle(later, anew=False)
        after = facts_of(world, [Reading(world, "city").figures()])
        claims_before, claims_after = Claims(), Claims()
        compare(before, after, claims_before, claims_after)
        subtract(world, after, claims_after)
        for claims, stood in ((claims_before, town), (claims_after, later)):
            for how, count in claims.right(stood.hidden()).items():
                told[how] += count
        was, now = town.cells(), later.cells()
        edges += sum({was[cell], now[cell]} == {4, 5} for cell in was)
        hidden += len(later.hidden())
        town = later
    line(f"two nights: {size.nights} times one member more, less or with a purchase; hidden cells", f"{hidden:,}")
    line("    of them crossed the edge", edges)
    line("    told by comparing", dict(told) or 0)
    demand(f"hidden cells were told: {dict(told)}", not told)
    demand("too few cells crossed the edge to say anything", edges >= size.nights // 5)


def _one_event(town: Town, draw: random.Random) -> Town:
    """At an edge where there is one: a community whose count is 4 or 5."""
    cells = town.cells()
    at_edge = [cell for cell, count in cells.items() if count in (4, 5)]
    community, category, kind = draw.choice(at_edge or list(cells))
    people = list(town.people[community])
    counts = [one.levels[category] >= 3 if kind == "buyers" else one.owns[category] for one in people]
    is_more = cells[community, category, kind] == 4
    if is_more and kind == "owners" and False in counts:
        at = counts.index(False)  # a member buys
        people[at] = replace(people[at], owns=tuple(o or c == category for c, o in enumerate(people[at].owns)))
    elif is_more:
        levels = tuple(4 if c == category and kind == "buyers" else 0 for c in range(CATEGORIES))
        owns = tuple(c == category and kind == "owners" for c in range(CATEGORIES))
        people.append(Household(levels, owns, True))
    elif True in counts:
        del people[counts.index(True)]
    return town.with_people(community, people)


# --- Twins with a planted bug ---------------------------------------------------------------------------------------

UNROUNDED = "case when count >= 5 then count::integer end"
ROUNDED = "case when count >= 5 then ((count + 2) / 5 * 5)::integer end"


@contextmanager
def altered(name: str, *changes: tuple[str, str], app: str = "members") -> Iterator[None]:
    """The product's SQL file with these changes."""
    from geo import sql

    text = sql.load(app, name)
    for old, new in changes:
        demand(f"{name} has not once: {old}", text.count(old) == 1)
        text = text.replace(old, new)
    real = sql._text
    sql.load.cache_clear()
    try:
        with mock.patch.object(sql, "_text", lambda of, asked: text if asked == name else real(of, asked)):
            yield
    finally:
        sql.load.cache_clear()


@contextmanager
def function(head: str, body: str) -> Iterator[None]:
    """The database's function with another body."""
    from django.db import connection

    def put(text: str) -> None:
        with connection.cursor() as cursor:
            cursor.execute(f"create or replace function {head} language sql immutable parallel safe return {text}")

    put(body)
    try:
        yield
    finally:
        put(ROUNDED if "protected" in head else STEADY)


STEADY = (
    "case when was_published and abs(coalesce(counted, 0) - coalesce(before, 0)) < 5 then coalesce(before, 0)"
    " else coalesce(counted, 0)::integer end"
)
_SUMS = (
    "from members_communitystat_new stat\njoin geo_community",
    "from members_communitycount_new stat\njoin geo_community",
)
_NO_COVERAGE = (
    (
        "filter (where stat.coverage is not null), 0) as covered", ", 0) as covered",
    ),
)  # fmt: skip


@contextmanager
def exact_totals() -> Iterator[None]:
    """Regions are sums of the true counts."""
    with altered("build_community_stats", _SUMS, *_NO_COVERAGE):
        yield


@contextmanager
def unrounded() -> Iterator[None]:
    with exact_totals(), function("protected_count(count bigint) returns integer", UNROUNDED):
        yield


@contextmanager
def exact_audience() -> Iterator[None]:
    from outreach.api import audience as api
    from outreach.queries.audience_counts import audience_counts

    real = audience_counts

    def exact(*args: Any, **kwargs: Any) -> Any:
        counts = real(*args, **kwargs)
        return replace(counts, shown=counts.exact)

    with mock.patch.object(api, "audience_counts", exact):
        yield


def planted(world: World, size: Size) -> None:
    """The same scripts on a product with a bug in it: each must be seen."""
    coverage = ("round(100.0 * shown.owning_households / nullif(community.households, 0))",
                "round(100.0 * shown.owners / nullif(community.households, 0))")  # fmt: skip
    true_owners = (
        ("case when shown.owning_households <= community.households", "case when shown.owners <= community.households"),
        coverage,
        ("protected_count(owning_households) as owning_households,",
         "protected_count(owning_households) as owning_households, owning_households as owners,"),
    )  # fmt: skip
    seen = "hidden cells were told"
    must_be_seen("totals of regions are exact", exact_totals, lambda: twins(world, FEW), "a hidden cell shows")
    must_be_seen("counts and totals are not rounded", unrounded, lambda: one_night(world, FEW), seen)
    must_be_seen(
        "small counts are shown", lambda: function("protected_count(count bigint) returns integer", "count::integer"),
        lambda: one_night(world, FEW), seen,
    )  # fmt: skip
    must_be_seen(
        "coverage is that of the true owners", lambda: altered("build_community_stats", *true_owners),
        lambda: one_night(world, FEW), seen,
    )  # fmt: skip
    must_be_seen("audiences are counted exactly", exact_audience, lambda: one_night(world, FEW), seen)
    must_be_seen(
        "figures follow every member",
        lambda: function(
            "steady_count(counted bigint, before integer, was_published boolean) returns integer",
            "coalesce(counted, 0)::integer",
        ),
        lambda: nights(world, FEW), seen,
    )  # fmt: skip


def must_be_seen(bug: str, plant: Callable[[], Any], attack: Callable[[], None], told: str) -> None:
    with plant():
        try:
            attack()
        except NotHeld as seen:
            demand(f"planted: {bug}, seen for another reason: {seen}", told in str(seen))
            line(f"planted: {bug}", f"seen: {seen}")
            return
    raise NotHeld(f"planted, and not seen: {bug}")


# --- All of it ------------------------------------------------------------------------------------------------------


def new_world() -> World:
    """Everything but members, in the scratch database, with the settings of these attacks."""
    from django.conf import settings

    logging.disable()
    settings.SECURE_SSL_REDIRECT = False
    settings.ALLOWED_HOSTS = ["127.0.0.1"]
    settings.STORAGES["staticfiles"]["BACKEND"] = "django.contrib.staticfiles.storage.StaticFilesStorage"
    settings.CACHES["tiles"]["BACKEND"] = "django.core.cache.backends.dummy.DummyCache"
    settings.AUDIENCE_LIMITS = settings.PLAN_LIMITS = ["1000000000/d"]  # 429 says nothing about what lies behind it
    settings.INDEX_KEY = settings.INDEX_KEY or "aW5kZXgga2V5IG9mIHRoZSBhdHRhY2sgcHJvb2ZzIDE="
    world = World(random.Random(SEED))
    world.build()
    return world


def run(size: Size, parts: Sequence[str]) -> None:
    world = new_world()
    everything: dict[str, Callable[[World, Size], None]] = {
        "one_night": one_night, "twins": twins, "nights": nights, "planted": planted,
    }  # fmt: skip
    for name in parts or everything:
        everything[name](world, size)


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.attack.map", description=__doc__)
    parser.add_argument("--short", action="store_true", help="the form that CI runs")
    parser.add_argument("--parts", default="", help="by comma: one_night, twins, nights, planted")
    asked = parser.parse_args()
    checkouts_database()
    os.environ["DJANGO_SETTINGS_MODULE"] = "salesapp.settings"
    with scratch("map", REAL) as database:
        os.environ["DATABASE_URL"] = database.url
        import django

        django.setup()
        parts = [part for part in asked.parts.split(",") if part]
        return verdict(lambda: run(SHORT if asked.short else LONG, parts))


if __name__ == "__main__":
    sys.exit(main())
