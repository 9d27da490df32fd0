"""A small town, seeded once for the folder and flushed when the folder is done."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

import pytest
from django.core.management import call_command
from django.test import override_settings
from pytest_django.plugin import DjangoDbBlocker

from salesapp.demo.communities import Communities
from salesapp.demo.outline import Outline
from salesapp.demo.people import Batch, batches
from salesapp.demo.seed_town import Plan, seed_town
from tests.conftest import open_ledger

PLAN = Plan(members=2_000, seed=1, as_of=date(2026, 11, 1))


@dataclass(frozen=True)
class Seeded:
    """What was planted, beside the database that it was planted in."""

    plan: Plan
    outline: Outline
    communities: Communities
    batch: Batch  # everybody but the story's people; so small a town is one batch
    said: list[str]


@pytest.fixture(scope="package")
def _committed_town(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[Seeded]:
    said: list[str] = []
    with django_db_blocker.unblock(), override_settings(DEMO=True):
        seed_town(plan=PLAN, fresh=False, say=said.append)
        drawn, communities = PLAN.lay_out()
        (batch,) = batches(communities, seed=PLAN.seed, year=PLAN.as_of.year)
    yield Seeded(PLAN, drawn, communities, batch, said)
    with django_db_blocker.unblock():
        open_ledger()  # the demo closed it behind itself
        call_command("flush", verbosity=0, interactive=False)


@pytest.fixture
def seeded(_committed_town: Seeded, db: None) -> Iterator[Seeded]:
    """The town, in a transaction of the test's own."""
    with override_settings(DEMO=True):
        yield _committed_town
