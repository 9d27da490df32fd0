"""Builds the demo town."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date

import numpy as np
from django.conf import settings
from django.db import connection, transaction
from django.utils import timezone

from geo.models import ImportRun
from geo.sql import load
from members.actions.build_figures import build_figures
from members.actions.load_default_rules import load_default_rules
from members.models import (
    CommunityRequest,
    Consent,
    ConsentState,
    ContactPoint,
    Erasure,
    IdentityLink,
    Member,
    MemberMerge,
    MemberSession,
    PublishedFigures,
    Purchase,
    ServiceEvent,
    SourceRecord,
    Tombstone,
    Verification,
)
from outreach.actions.load_default_templates import load_default_templates
from outreach.actions.publish_audience import publish_audience
from outreach.actions.publish_team_weeks import publish_team_weeks
from outreach.models import (
    Broadcast,
    Click,
    ContactGuard,
    ContactMerge,
    Delivery,
    EarlyReceipt,
    Message,
    MessageText,
    Recipient,
    Reply,
    SentCode,
    TeamWeek,
)
from salesapp.demo import communities, outline, planted
from salesapp.demo.business import write_catalogue, write_staff, write_stores, write_wording
from salesapp.demo.communities import Communities
from salesapp.demo.errors import NotSeeded
from salesapp.demo.loading import Sender, emptied
from salesapp.demo.people import batches
from salesapp.demo.places import clear_communities, write_communities, write_regions
from salesapp.demo.rows import SYSTEM, Keys, people_tables
from salesapp.demo.story import story_batch
from salesapp.demo.team_messages import write_team_messages
from salesapp.staff.models import Employee

KIND = "demo_town"
LEAST_MEMBERS = 500
_PEOPLE = (Member, ContactPoint, SourceRecord, IdentityLink, Consent, ConsentState, Purchase, ServiceEvent)
# What was said and sent to people of whom none is there any more
_OF_PEOPLE = (
    MemberMerge, Broadcast, Recipient, Message, MessageText, ContactGuard, ContactMerge, Delivery, EarlyReceipt, Reply,
    Click, SentCode, MemberSession, Verification, Tombstone, Erasure, CommunityRequest, TeamWeek,
)  # fmt: skip


USUAL_MEMBERS = 200_000


@dataclass(frozen=True)
class Plan:
    """What decides how the town comes out: the same plan makes the same town."""

    members: int
    seed: int
    as_of: date

    @property
    def name(self) -> str:
        return f"seed_demo --members {self.members} --seed {self.seed}"

    def lay_out(self) -> tuple[outline.Outline, Communities]:
        count = communities.how_many(self.members)
        drawn = outline.draw(communities.scale_for(count))
        rng = np.random.default_rng([self.seed, 0])
        story = len(planted.STORY)
        return drawn, communities.lay_out(drawn, count, self.members - story, self.as_of.year, rng)


def seed_town(*, plan: Plan, fresh: bool, say: Callable[[str], None]) -> bool:
    """Build the town of the plan and its figures, and say how it goes. False when all was there already.

    The town is one transaction: readers see it when it is whole; the figures follow, and a run that was
    stopped between the two builds them the next time. Places of other sources and the staff who are not of
    the cast are left alone. Raises NotSeeded outside the demo, over people of other systems, and where
    another town stands unless ``fresh``; TooManyRules and geo.errors.TableBusy from the figures.
    """
    _refuse_outside_the_demo()
    if plan.members < LEAST_MEMBERS:
        raise NotSeeded(f"The town needs at least {LEAST_MEMBERS} members.")
    built = _build_unless_there(plan, fresh, say)
    if not built and _has_its_figures():
        return False
    build_figures(today=plan.as_of, tell=say)
    write_team_messages(as_of=plan.as_of, seed=plan.seed)
    publish_audience(tell=say)
    publish_team_weeks()
    return True


def members_of_the_town() -> int | None:
    """How many people the town that is there was built with; None where there is none."""
    return ImportRun.objects.filter(kind=KIND).values_list("rows", flat=True).first()


@transaction.atomic
def _build_unless_there(plan: Plan, fresh: bool, say: Callable[[str], None]) -> bool:
    there = ImportRun.objects.filter(kind=KIND).first()
    if there is not None and not fresh:
        if there.file_name == plan.name:
            return False
        raise NotSeeded(
            f"Another demo town is there already ({there.file_name}). `make demo` without MEMBERS keeps it;"
            f" `.venv/bin/python manage.py {plan.name} --fresh` takes it down, with its people, and builds this one."
        )
    _refuse_over_other_people()
    _build(plan, say)
    return True


def _has_its_figures() -> bool:
    """Whether all figures are younger than the town."""
    town = ImportRun.objects.get(kind=KIND)
    return PublishedFigures.objects.filter(as_of__gte=town.finished_at).count() == len(PublishedFigures.Kind)


def _refuse_outside_the_demo() -> None:
    if not settings.DEMO:
        raise NotSeeded(
            "The demo town is for demos: it brings sign-ins with a known password and empties the member tables."
            " It is built only where DEMO=1 is set."
        )


def _refuse_over_other_people() -> None:
    others = SourceRecord.objects.exclude(system=SYSTEM).values_list("system", flat=True)[:1]
    if others:
        raise NotSeeded(
            f"Members of another system ({others[0]}) are in this database, and the demo town would replace them."
            " Give it a database of its own."
        )


def _build(plan: Plan, say: Callable[[str], None]) -> None:
    started = timezone.now()
    drawn, town = plan.lay_out()
    say(f"{len(town):,} communities for {plan.members:,} members, as of {plan.as_of}")
    regions = write_regions(drawn)
    with _open_ledger(), emptied(*_PEOPLE, say=say):
        clear_communities(regions.city)
        community_ids = write_communities(town, regions)
        categories, products = write_catalogue()
        load_default_rules()
        keys = Keys(community_ids, write_stores(drawn, regions), categories, products, write_wording(), plan.as_of)
        write_staff()
        load_default_templates(by=Employee.objects.get(employee_no="root"))
        _write_people(plan, town, keys, say)
    with connection.cursor() as cursor:
        cursor.execute(f"truncate {', '.join(model._meta.db_table for model in _OF_PEOPLE)} restart identity")
        for model in (Member, SourceRecord):
            cursor.execute("select setval(pg_get_serial_sequence(%s, 'id'), %s)", [model._meta.db_table, plan.members])
    ImportRun.objects.filter(kind=KIND).delete()
    ImportRun.objects.create(
        kind=KIND, source=SYSTEM, file_name=plan.name, started_at=started,
        rows=plan.members, created=plan.members, merged=0, unchanged=0, refused=0,
    )  # fmt: skip


def _write_people(plan: Plan, town: Communities, keys: Keys, say: Callable[[str], None]) -> None:
    began, done, number = time.monotonic(), 0, 0
    with Sender() as sender:
        for batch in batches(town, seed=plan.seed, year=plan.as_of.year):
            sender.send(people_tables(batch, town, keys))
            done, number = done + len(batch.household), batch.number + 1
            rate = round(done / (time.monotonic() - began))
            say(f"{done:,} of {plan.members:,} members, {rate:,}/s")
        story = story_batch(town, number=number, first_member=done + 1)
        sender.send(people_tables(story, town, keys))
    with connection.cursor() as cursor:
        cursor.execute(load("salesapp.demo", "consent_states"))


@contextmanager
def _open_ledger() -> Iterator[None]:
    """Nobody empties the ledger of consents but the demo, in this one transaction."""
    with connection.cursor() as cursor:
        cursor.execute("alter table members_consent disable trigger members_consent_no_truncate")
        yield
        cursor.execute("alter table members_consent enable trigger members_consent_no_truncate")
