"""What is measured, beside which floor, against which bar."""

import itertools
import random
from collections.abc import Iterator, Sequence

import numpy as np
from django.core.cache import caches
from django.core.management import call_command
from django.db import connection

from geo.sql import load
from members.models import Category, Member, Need
from members.queries.neighbours import NeighbourModel, by_category, neighbours, places
from members.vault import keyed_hash
from salesapp.demo.people import phone_numbers
from tests.bench.client import Ask
from tests.bench.database import BenchFailed
from tests.bench.floors import ONE_MEMBER, driver
from tests.bench.measure import cpu_per_call, cpu_per_request, open_loop, seconds
from tests.bench.servers import Redis, WebServer, check_local
from tests.bench.staff import Staff
from tests.bench.table import Figure

LATENCY_PER_SECOND = 100
SEED = 1  # of the demo town


class Bench:
    """The parts of a run. ``rounds`` is how often each figure is taken."""

    def __init__(self, *, web: WebServer, redis: Redis, members: int, rounds: int) -> None:
        self.web, self.redis, self.members, self.rounds = web, redis, members, rounds
        self.staff = Staff()
        self._draw = random.Random(11)

    def look_up(self) -> list[Figure]:
        phones = self._phones()

        def look_ups(count: int) -> list[Ask]:
            self.staff.sign_in()
            return [
                Ask("/api/lookups/", self.staff.next_headers(), {"phone": next(phones), "reason": "counter"})
                for _ in range(count)
            ]

        def same_view() -> list[Ask]:
            return [Ask("/bench/same-view/", {}, {"phone": next(phones), "reason": "counter"}) for _ in range(300)]

        def raw() -> list[Ask]:
            return [Ask("/bench/raw-look-up/", {}, {"phone": next(phones)}) for _ in range(300)]

        spent, floor, plain = cpu_per_request(
            self.web, self.redis, [lambda: look_ups(300), same_view, raw], rounds=self.rounds
        )
        length = 20 if self.rounds > 3 else 5
        median, late = open_loop(self.web, look_ups(length * LATENCY_PER_SECOND), per_second=LATENCY_PER_SECOND)
        return [
            Figure("look-up, CPU", spent, "ms", floor, "the same view, one raw SELECT by hash, nothing else", 3.5),
            Figure("look-up, CPU", spent, "ms", plain, "a plain Django view, one raw SELECT by hash"),
            Figure(f"look-up, p50 at {LATENCY_PER_SECOND}/s", median, "ms"),
            Figure(f"look-up, p99 at {LATENCY_PER_SECOND}/s", late, "ms", bar=50),
        ]

    def _phones(self) -> Iterator[str]:
        """Numbers of members with a need, each once, in no order; then from the beginning."""
        ids = list(
            Need.objects.filter(level__gte=Need.Level.FAIR).values_list("member_id", flat=True).distinct()[:200_000]
        )
        if not ids:
            raise BenchFailed("no member has a need; the figures are not built")
        self._draw.shuffle(ids)
        return itertools.cycle(str(number) for number in phone_numbers(np.array(ids, dtype=np.int64), SEED).tolist())

    def tiles(self) -> list[Figure]:
        places = _busiest_tiles()
        category = Category.objects.order_by("pk").first()
        if not places or category is None:
            raise BenchFailed("there are no communities with a point")

        def product(count: int) -> list[Ask]:
            self.staff.sign_in()
            around = itertools.islice(itertools.cycle(places), count)
            return [
                Ask(f"/api/tiles/{z}/{x}/{y}.mvt?category={category.code}", self.staff.next_headers())
                for z, x, y in around
            ]

        def empty() -> list[Ask]:
            self.staff.sign_in()
            return [Ask("/bench/empty/", self.staff.next_headers()) for _ in range(300)]

        def cold() -> list[Ask]:
            caches["tiles"].clear()
            return product(len(places))

        def raw() -> list[Ask]:
            return [Ask(f"/bench/raw-tile/{z}/{x}/{y}.mvt?category={category.pk}") for z, x, y in places]

        cached, floor = cpu_per_request(self.web, self.redis, [lambda: product(300), empty], rounds=self.rounds)
        made, sql = cpu_per_request(self.web, self.redis, [cold, raw], rounds=self.rounds)
        return [
            Figure("tile, cached, CPU", cached, "ms", floor, "an empty view behind the same sign-in", 1.5),
            Figure("tile, cold, CPU", made, "ms", sql, "a plain view, ST_AsMVT by psycopg", 1.5),
        ]

    def neighbours(self) -> list[Figure]:
        homes = list(
            Member.objects.filter(community__isnull=False, erased_at=None)
            .order_by("?")
            .values_list("community_id", "community__district_id", "community__city_id", "household")[:5000]
        )
        categories = list(Category.objects.values_list("pk", flat=True))
        numbers = phone_numbers(np.arange(1, min(self.members, 5000) + 1), SEED).tolist()
        hashes = [keyed_hash("phone", f"+86{number}") for number in numbers]
        statement = load("members", "neighbours")

        def query(number: int) -> dict[int, list[NeighbourModel]]:
            community, district, city, household = homes[number % len(homes)]
            parameters = {
                "places": places(community, district, city),
                "household": household,
                "categories": [categories[number % len(categories)]],
                "models": 3,
            }
            return by_category(driver().execute(statement, parameters, prepare=True).fetchall())

        def whole(number: int) -> object:
            community, district, city, household = homes[number % len(homes)]
            category = categories[number % len(categories)]
            return neighbours(
                community_id=community,
                district_id=district,
                city_id=city,
                household=household,
                category_ids=[category],
            )

        def select(number: int) -> object:
            return driver().execute(ONE_MEMBER, [hashes[number % len(hashes)]], prepare=True).fetchone()

        if not any(query(number) for number in range(200)):
            raise BenchFailed("no neighbour preference is found; the figures are not built")
        calls = [query, whole, select]
        bare, product, floor = cpu_per_call(calls, _own_backend(), times=1000, rounds=self.rounds)
        return [
            Figure("neighbour preference, CPU", bare, "ms", floor, "one indexed SELECT, both by psycopg", 5),
            Figure("the same through Django", product, "ms", floor, "the same SELECT"),
        ]

    def member_import(self) -> list[Figure]:
        from tests.bench.imports import import_figures

        return import_figures(rows=50_000 if self.rounds > 3 else 5_000, first_member=self.members + 1, seed=SEED)

    def audience(self) -> list[Figure]:
        from tests.bench.audience import audience_figures

        return audience_figures(members=self.members, times=400 if self.rounds > 3 else 40)

    def messages(self) -> list[Figure]:
        from tests.bench.messages import message_figures

        return message_figures(rounds=self.rounds)

    def statistics(self) -> list[Figure]:
        taken = min(seconds(lambda: call_command("build_community_stats")) for _ in range(2))
        bar = 60 * max(1, self.members / 1_000_000)
        return [Figure("statistics rebuild", taken, "s", bar=bar)]


def _own_backend() -> int:
    row = driver().execute("select pg_backend_pid()").fetchone()
    assert row is not None
    return check_local([int(str(row[0]))])[0]


def _busiest_tiles() -> Sequence[tuple[int, int, int]]:
    """Up to 60 tiles of zooms 11 to 14 that hold communities, 15 the fullest of each zoom."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            with tile as (
                select z, floor((st_x(point_display) + half) / (2 * half) * 2 ^ z)::int as x,
                       floor((half - st_y(point_display)) / (2 * half) * 2 ^ z)::int as y
                from geo_community, generate_series(11, 14) z, (select 20037508.342789244 as half) world
                where point_display is not null
            ),
            counted as (
                select z, x, y, row_number() over (partition by z order by count(*) desc) as place
                from tile group by z, x, y
            )
            select z, x, y from counted where place <= 15 order by z, place
            """
        )
        return [(int(z), int(x), int(y)) for z, x, y in cursor.fetchall()]
