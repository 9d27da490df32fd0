"""The broadcast station's count, in a town where half of the members were written to within the month."""

import random
import statistics
import time
from collections.abc import Callable, Sequence

from django.db import connection

from geo.models import Community, Region
from members.models import Category
from outreach.actions.publish_audience import publish_audience
from outreach.models import Channel
from outreach.queries.area import Area
from outreach.queries.audience_counts import audience_counts
from tests.bench.database import BenchFailed
from tests.bench.floors import ONE_MEMBER, driver
from tests.bench.table import Figure
from tests.outreach.audience import recount

BAR_MS, LARGE_BAR_MS = 100.0, 300.0  # up to a million members, and beyond
# Three in five members have an e-mail address, a push token or neither; seven in ten agree to a channel. Every second
# one was written to, evenly over the month up to an hour ago.
PLANT = (
    "insert into members_contactpoint (channel, bidx, member_id, ciphertext)"
    " select channel, substring(sha256(int8send(id) || int4send(channel)) from 1 for 16), id, ''"
    " from members_member, (values (2, 2), (3, 5), (4, 3)) kept (channel, every) where id % every = 0"
    " on conflict do nothing",
    "insert into members_consentstate (member_id, channel, purpose, given_at)"
    " select id, channel, 1, now() - interval '100 days' from members_member, generate_series(1, 4) channel"
    " where (id * 31 + channel * 7) % 10 < 7 on conflict do nothing",
    "insert into outreach_contactguard (member_id, blocked_until, fence, last_no)"
    " select id, now() + (1 + id % 742) * interval '1 hour', 1, 1 from members_member where id % 2 = 0"
    " on conflict do nothing",
    "insert into outreach_message"
    " (member_id, no, channel, state, service, version_id, claimed_at, send_by, handover_at, settled_at)"
    " select member_id, 1, 1, 2, false, 1, t, t + interval '1 day', t, t from ("
    "   select member_id, blocked_until - interval '744 hours' as t from outreach_contactguard) told order by t"
    " on conflict do nothing",
)


def audience_figures(*, members: int, times: int) -> list[Figure]:
    """Raises BenchFailed where a count is not that of the recount."""
    _plant()
    asks = _mix(times)
    for ask in asks[: max(10, times // 20)]:
        _check(ask)
    counted = _milliseconds([ask.count for ask in asks])
    recounted = _milliseconds([ask.recount for ask in asks[: max(5, times // 40)]])
    selected = _milliseconds([lambda: driver().execute(ONE_MEMBER, [bytes(16)], prepare=True).fetchone()] * times)
    bar = BAR_MS if members <= 1_000_000 else LARGE_BAR_MS
    usual, floor = statistics.median(counted), statistics.median(selected)
    return [
        Figure("audience count, p50", usual, "ms", floor, "one indexed SELECT"),
        Figure("audience count, p95", sorted(counted)[int(len(counted) * 0.95)], "ms", bar=bar),
        Figure(
            "audience count, p50", usual, "ms", statistics.median(recounted),
            "the recount from the base tables, which it equals",
        ),
    ]  # fmt: skip


class _Ask:
    def __init__(self, area: Area, category: int, min_level: int, channel: Channel) -> None:
        self.area, self.category, self.min_level, self.channel = area, category, min_level, channel

    def count(self) -> tuple[int, ...]:
        return audience_counts(
            self.area, category_id=self.category, min_level=self.min_level, channel=self.channel
        ).exact

    def recount(self) -> tuple[int, ...]:
        return recount(
            self.area.region.path, category_id=self.category, min_level=self.min_level, channel=self.channel,
            communities=self.area.communities,
        )  # fmt: skip


def _plant() -> None:
    with connection.cursor() as cursor:
        for statement in PLANT:
            cursor.execute(statement)
        for table in ("members_contactpoint", "members_consentstate", "outreach_contactguard", "outreach_message"):
            cursor.execute(f"vacuum analyze {table}")
    rows = publish_audience()
    if rows == 0:
        raise BenchFailed("nobody has a need; the figures are not built")


def _mix(times: int) -> list[_Ask]:
    """A manager's city or district, and picks of 1 to 500 communities: a third each; all categories and channels."""
    draw = random.Random(5)
    city = Region.objects.filter(level=Region.Level.CITY).latest("pk")
    districts = list(Region.objects.filter(level=Region.Level.DISTRICT, path__startswith=city.path))
    communities = list(Community.objects.filter(region_path__startswith=city.path).values_list("pk", flat=True))
    categories = list(Category.objects.values_list("pk", flat=True))
    return [
        _Ask(
            draw.choice(
                [
                    Area(city),
                    Area(draw.choice(districts)),
                    Area(
                        city, tuple(draw.sample(communities, min(len(communities), draw.choice([1, 5, 20, 100, 500]))))
                    ),
                ]
            ),
            draw.choice(categories),
            draw.choice([3, 4]),
            draw.choice(list(Channel)),
        )
        for _ in range(times)
    ]


def _check(ask: _Ask) -> None:
    if ask.count() != ask.recount():
        raise BenchFailed("the count of an audience is not that of the recount")


def _milliseconds(calls: Sequence[Callable[[], object]]) -> list[float]:
    taken = []
    for call in calls:
        start = time.perf_counter()
        call()
        taken.append((time.perf_counter() - start) * 1000)
    return taken
