"""What managers can find out by asking for the same counts again: with one community more, or after an act of theirs.

Results: hundreds of broadcasts over five communities, with and without another, of which one message leaves and the
rest is cancelled. The script averages the differences of who bought, and claims the other's 1 to 4 buyers.

Acts: a manager asks for the count of every community, writes to one member or has them say no, and asks again, also
after the worker's hourly build. The only community that changed is claimed to be where the member lives.

The town and its readers are those of tests/attack/map.py. Twins with a planted bug must be seen by the same scripts.
"""

import argparse
import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from statistics import mean
from typing import Any
from unittest import mock

from tests.attack.map import DISTRICTS, EACH, Household, Town, World, altered, must_be_seen, new_world
from tests.attack.verdict import demand, line, verdict
from tests.chaos.scratch import GENERATION, REAL, checkouts_database, scratch

# Where counting begins is drawn by it: a run is like any other
KEY = "aW5kZXgga2V5IG9mIHRoZSBhdHRhY2sgcHJvb2ZzIDE="
TARGETS = 4  # communities with one to four buyers, in turn
BESIDE = 5  # communities of an area beside the target
ACTS = 12  # in a town


@dataclass(frozen=True, slots=True)
class Size:
    """Of a run: the long one, or the short form of CI."""

    areas: int
    towns: int
    households: int = 26  # of each community: each broadcast uses one member's month up


LONG = Size(80, 20, 60)
SHORT = Size(20, 1)


def _ready(world: World) -> None:
    """Messages may leave this copy, and there is a text for them."""
    from django.conf import settings
    from django.utils import timezone

    from outreach.models import Template, TemplateVersion
    from salesapp.staff.models import Employee

    settings.SENDING_GENERATION = GENERATION
    author, other = (
        Employee.objects.create(employee_no=f"A{n}", name="员工", password="!", role="administrator") for n in range(2)
    )
    template = Template.objects.create(code="t", name="好礼", channel=1)
    TemplateVersion.objects.create(
        template=template, number=1, body="好礼 {unsubscribe} 拒收请回复R", created_by=author, approved_by=other,
        approved_at=timezone.now(),
    )  # fmt: skip


# --- Results --------------------------------------------------------------------------------------------------------


def results(world: World, size: Size) -> None:
    broadcasts = _Broadcasts(world, size)
    broadcasts.run()
    told = broadcasts.told()
    line(f"results: {broadcasts.begun:,} broadcasts begun and cancelled; messages that left", broadcasts.left)
    line(f"    of {TARGETS} communities with 1 to {TARGETS} buyers, told", told)
    demand(f"{told} hidden counts of buyers were told", told == 0)
    demand("too little was begun to say anything", broadcasts.left == broadcasts.begun >= 5 * size.areas)
    with _rounded_once():
        seen = broadcasts.told()
    demand("planted, and not seen: who was reachable counts, rounded once", seen >= TARGETS // 2)
    line("planted: who was reachable counts, rounded once", f"seen: {seen} of {TARGETS} counts were told")
    must_be_seen(
        "results before a message has left", _told_early, lambda: _Broadcasts(world, Size(1, 1)).run(), "told early"
    )


class _Broadcasts:
    """Areas with and without each of the targets, all begun, one message sent, cancelled."""

    def __init__(self, world: World, size: Size) -> None:
        self.world, self.client, self.size = world, world.readers["city"], size
        self.begun = self.left = 0
        self.pairs: list[tuple[int, list[int]]] = []

    def run(self) -> None:
        from django.utils import timezone

        from members.models import Member, Purchase

        town = Town(((Household((3, 0), (False, False), agreed=True),) * self.size.households,) * (DISTRICTS * EACH))
        self.world.settle(town)
        draw = self.world.draw
        self.buyers = [1 + n if n < TARGETS else draw.randrange(1, 9) for n in range(DISTRICTS * EACH)]
        for number, bought in enumerate(self.buyers):
            there = Member.objects.filter(community_id=self.world.communities[number].pk).order_by("pk")
            for member in there[:bought]:
                Purchase.objects.create(
                    member_id=member.pk, system="t", record_key=f"b{member.pk}", product=self.world.products[0],
                    category=self.world.categories[0], channel="store", bought_on=timezone.localdate(),
                    community_id=member.community_id, household=member.household,
                )  # fmt: skip
        others = range(TARGETS, DISTRICTS * EACH)
        for _ in range(self.size.areas):
            area = draw.sample(others, BESIDE)
            self.pairs.append((self._begun(area), [self._begun([*area, n]) for n in range(TARGETS)]))

    def _begun(self, area: Sequence[int]) -> int:
        from outreach.actions.claim_batch import claim_batch
        from outreach.actions.tend_broadcast import tend_broadcast
        from outreach.models import Message

        made = self._plan(area)
        batches = tend_broadcast(broadcast_id=made)
        demand("results are told early", self._shown(made) is None)
        for batch in batches:
            claim_batch(broadcast_id=made, batch=batch)
        waiting = Message.objects.filter(broadcast_id=made, state=Message.State.CLAIMED)
        # The last of the first community of the area, who bought nothing
        home = self.world.communities[area[0]].pk
        self.left += self._hand_over(waiting, home)
        said = self.client.post(f"/api/broadcasts/{made}/cancel/")
        demand(f"cancelling was answered with {said.status_code}", said.status_code == 200)
        tend_broadcast(broadcast_id=made)
        self.begun += 1
        return made

    @staticmethod
    def _hand_over(waiting: Any, home: int) -> int:
        from django.db import connection

        from members.models import Member

        there = Member.objects.filter(community_id=home, pk__in=list(waiting.values_list("member_id", flat=True)))
        member_id = there.order_by("-pk").values_list("pk", flat=True).first()
        if member_id is None:
            return 0
        no = waiting.get(member_id=member_id).no
        with connection.cursor() as cursor:
            cursor.execute("select * from outreach_hand_over(%s, %s, %s)", [member_id, no, GENERATION])
            cursor.execute("select outreach_settle(%s, %s, 2::smallint, 'x', null, null)", [member_id, no])
        return 1

    def _plan(self, area: Sequence[int]) -> int:
        from django.utils import timezone

        from outreach.models import TemplateVersion

        now = timezone.now()
        said = self.client.post(
            "/api/broadcasts/",
            {
                "name": "x", "category": self.world.categories[0].code, "min_level": 3, "channel": "sms",
                "version": TemplateVersion.objects.get().pk, "hold_out_percent": 0,
                "communities": [self.world.communities[n].pk for n in area],
                "starts_at": now.isoformat(), "ends_at": (now + timedelta(days=3)).isoformat(),
            },
            content_type="application/json", headers={"Idempotency-Key": os.urandom(8).hex()},
        )  # fmt: skip
        demand(f"planning was answered with {said.status_code}", said.status_code == 201)
        return int(said.json()["id"])

    def _shown(self, broadcast_id: int) -> Any:
        said = self.client.get(f"/api/broadcasts/{broadcast_id}/")
        demand(f"a broadcast was answered with {said.status_code}", said.status_code == 200)
        return said.json()["results"]

    def told(self) -> int:
        """Measured anew, how many of the targets' counts are known by averaging the differences."""
        from outreach.actions.tend_broadcast import tend_broadcast
        from outreach.models import Broadcast

        Broadcast.objects.update(measured_at=None)

        def bought(broadcast_id: int) -> int:
            tend_broadcast(broadcast_id=broadcast_id)
            shown = self._shown(broadcast_id)
            demand("a broadcast of which a message left has no results", shown is not None)
            return shown["written_to"]["bought"]["count"] or 0

        differences: list[list[int]] = [[] for _ in range(TARGETS)]
        for without, with_target in self.pairs:
            base = bought(without)
            for number, one in enumerate(with_target):
                differences[number].append(bought(one) - base)
        return sum(round(mean(found)) == self.buyers[number] for number, found in enumerate(differences))


@contextmanager
def _rounded_once() -> Iterator[None]:
    """Planted: all who could be reached when it began, whatever became of their message, rounded for the area."""
    share = (
        "count(handover_at) > 0\n            and 5 * count(handover_at)"
        " >= 4 * count(*) filter (where could_be_reached and not held_out) as measured"
    )
    bought = "coalesce(sum(shown) filter (where bought and not held_out), 0)::int as written_to_bought"
    once = "coalesce(protected_count(sum(members) filter (where bought and not held_out)), 0) as written_to_bought"
    with altered("broadcast_response", (share, "true as measured"), (bought, once), app="outreach"):
        yield


@contextmanager
def _told_early() -> Iterator[None]:
    """Planted: what waits is told as well."""
    from outreach.queries import broadcast_results

    with mock.patch.object(broadcast_results, "LEFT", broadcast_results.PARTS):
        yield


# --- Acts -----------------------------------------------------------------------------------------------------------


def acts(world: World, size: Size) -> None:
    told = changed = 0
    for _ in range(size.towns):
        one_told, one_changed = _told_by_acts(world)
        told, changed = told + one_told, changed + one_changed
    line(f"acts: {size.towns * ACTS} members written to or withdrawn; communities told", told)
    line("    figures that changed at once or within the hour", changed)
    demand(f"{told} communities were told by an act", not told and not changed)
    for bug, plant in (
        ("counts follow every act at once", _counted_at_once), ("counts follow every hour", _counted_every_hour)
    ):  # fmt: skip
        must_be_seen(bug, plant, lambda: _must_not_tell(world), "were told by an act")


def _must_not_tell(world: World) -> None:
    told, _changed = _told_by_acts(world)
    demand(f"{told} communities were told by an act", not told)


def _told_by_acts(world: World) -> tuple[int, int]:
    """How many members' communities are known by what changed, and how many figures did."""
    from django.db import connection

    from members.models import ConsentState, Member, Need

    with connection.cursor() as cursor:  # those of before have the same numbers
        cursor.execute("set session_replication_role = replica")
        cursor.execute("delete from outreach_message")
        cursor.execute("delete from outreach_contactguard")
        cursor.execute("set session_replication_role = origin")
    world.settle(Town.drawn(world.draw))
    number = {community.pk: n for n, community in enumerate(world.communities)}
    homes = {
        member_id: number[community_id]
        for member_id, community_id in Member.objects.filter(
            pk__in=ConsentState.objects.filter(given=True).values("member_id"),
        ).filter(pk__in=Need.objects.filter(category=world.categories[0], level__gte=3).values("member_id"))
        .values_list("pk", "community_id")
    }  # fmt: skip
    demand("too few members can be acted on", len(homes) >= ACTS)
    told = changed = 0
    before = _counts(world)
    for step, member_id in enumerate(world.draw.sample(sorted(homes), ACTS)):
        _act(member_id, step)
        for moment in ("at once", "an hour later"):
            if moment != "at once":
                _an_hour_passes()
            after = _counts(world)
            differ = {community for community, said in after.items() if said != before[community]}
            changed += len(differ)
            told += differ == {homes[member_id]}
            before = after
    world.publish()
    now = _counts(world)
    demand("the acts are not counted the next night", now != before or changed > 0)
    return told, changed


def _counts(world: World) -> dict[int, Any]:
    """What every community alone is told to have, of those of level 3 and more."""
    client = world.readers["city"]
    found = {}
    for number, community in enumerate(world.communities):
        asked = {"category": world.categories[0].code, "min_level": 3, "channel": "sms", "communities": [community.pk]}
        said = client.post("/api/audience/", asked, content_type="application/json")
        demand(f"the count was answered with {said.status_code}", said.status_code == 200)
        answer = said.json()
        found[number] = (answer["reachable"], answer["suppressed"])
    return found


def _act(member_id: int, step: int) -> None:
    """Write to the member, or take their no down."""
    from members.actions.record_consent import record_consent
    from outreach.actions.claim_messages import claim_messages
    from outreach.models import Channel, TemplateVersion

    if step % 3:
        version = TemplateVersion.objects.get().pk
        (claim,) = claim_messages(members=[member_id], channel=Channel.SMS, version_id=version)
        demand(f"a member could not be written to: {claim.refusal}", claim.no is not None)
    else:
        record_consent(member_id=member_id, channel=1, purpose=1, given=False, source="store")


def _an_hour_passes() -> None:
    from outreach import jobs

    jobs.publish(timestamp=0)


@contextmanager
def _counted_every_hour() -> Iterator[None]:
    """Planted: the worker counts at every build."""
    from outreach import jobs

    with mock.patch.object(jobs, "counts_are_due", return_value=True):
        yield


@contextmanager
def _counted_at_once() -> Iterator[None]:
    """Planted: every question is answered by what holds now."""
    from members.models import Consent
    from outreach.actions.allow_asking import allow_asking
    from outreach.actions.publish_audience import publish_audience
    from outreach.models import Message

    stood: list[tuple[int, int]] = [(0, 0)]

    def counted(**asked: Any) -> None:
        stands = Message.objects.count(), Consent.objects.count()
        if stands != stood[-1]:
            publish_audience()
            stood.append(stands)
        allow_asking(**asked)

    with mock.patch("outreach.api.audience.allow_asking", counted):
        yield


# --- All of it ------------------------------------------------------------------------------------------------------


def run(size: Size, parts: Sequence[str]) -> None:
    from django.conf import settings

    settings.INDEX_KEY = KEY
    world = new_world()
    _ready(world)
    everything = {"results": results, "acts": acts}
    for name in parts or everything:
        everything[name](world, size)


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.attack.counts", description=__doc__)
    parser.add_argument("--short", action="store_true", help="the form that CI runs")
    parser.add_argument("--parts", default="", help="by comma: results, acts")
    asked = parser.parse_args()
    checkouts_database()
    os.environ["DJANGO_SETTINGS_MODULE"] = "salesapp.settings"
    with scratch("counts", REAL) as database:
        os.environ["DATABASE_URL"] = database.url
        import django

        django.setup()
        parts = [part for part in asked.parts.split(",") if part]
        return verdict(lambda: run(SHORT if asked.short else LONG, parts))


if __name__ == "__main__":
    sys.exit(main())
