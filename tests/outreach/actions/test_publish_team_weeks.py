"""The team's figures: what they are, for whom, and what they do not tell."""

from collections import Counter
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone

from members.models import Category, PublishedFigures
from outreach.actions.grant_web_role import grant_web_role
from outreach.actions.publish_team_weeks import publish_team_weeks
from outreach.models import TeamWeek, TemplateVersion
from outreach.queries.own_messages import Sums, monday_of
from outreach.queries.team_results import team_people, team_weeks
from salesapp.staff.models import Employee
from salesapp.staff.permissions import Role
from tests.builders import make_category, make_product, make_version
from tests.conftest import Town
from tests.outreach.outcomes import put_messages, put_purchases, put_replies

WEEK = timedelta(weeks=1)


@pytest.fixture
def fridge(town: Town) -> Category:
    return make_category()


@pytest.fixture
def version(town: Town) -> TemplateVersion:
    return make_version()


def people(number: int, first: int = 1000) -> list[int]:
    """Ids of nobody: the figures ask for no more."""
    return list(range(first, first + number))


def test_numbers_are_multiples_of_five_near_the_truth(
    alice: Employee, fridge: Category, version: TemplateVersion
) -> None:
    wrote_to = people(43)
    put_messages(alice, wrote_to, version, about=fridge)
    put_replies(wrote_to[:12])
    assert publish_team_weeks() == 1
    row = TeamWeek.objects.get()
    assert row.week == monday_of(timezone.localdate(timezone.now() - timedelta(hours=1)))
    told = Sums(row.messages, row.replies, row.opted_out, row.sales)
    assert all(number % 5 == 0 for number in told)
    assert abs(told.messages - 43) < 5
    assert abs(told.replies - 12) < 5


def test_what_is_told_is_right_on_average(
    town: Town, hire: Callable[..., Employee], fridge: Category, version: TemplateVersion, mei: Employee
) -> None:
    """Two messages a week of each: most of the time nothing is told, and two fifths of the time five."""
    members = iter(people(1000))
    for number in range(100):
        clerk = hire(f"c{number}", role=Role.SALESPERSON, region=town.north)
        put_messages(clerk, [next(members), next(members)], version)
    publish_team_weeks()
    told = Counter(TeamWeek.objects.values_list("messages", flat=True))
    assert set(told) == {0, 5}
    assert 20 <= told[5] <= 60
    (week,) = team_weeks(mei).values()
    assert week.messages == 5 * told[5]


def test_a_number_that_stays_is_told_the_same_every_night(alice: Employee, version: TemplateVersion) -> None:
    put_messages(alice, people(7), version)
    told = set()
    for _ in range(3):
        publish_team_weeks()
        told.add(TeamWeek.objects.get().messages)
    assert len(told) == 1


def test_weeks_that_grow_no_more_are_left_as_they_are(
    alice: Employee, fridge: Category, version: TemplateVersion
) -> None:
    now = timezone.now()
    for back in (2, 20):
        put_messages(alice, people(20, first=1000 * back), version, at=now - back * WEEK, about=fridge)
    assert publish_team_weeks() == 2
    TeamWeek.objects.update(messages=95)
    assert publish_team_weeks() == 1
    assert sorted(TeamWeek.objects.order_by("week").values_list("messages", flat=True)) != [95, 95]
    assert TeamWeek.objects.order_by("week").first().messages == 95  # type: ignore[union-attr]
    # The runs of ten weeks were missed: so much further back it looks
    PublishedFigures.objects.update(as_of=now - 15 * WEEK)
    assert publish_team_weeks() == 2


def test_sales_come_weeks_later(alice: Employee, fridge: Category, version: TemplateVersion) -> None:
    at = timezone.now() - 3 * WEEK
    wrote_to = people(30)
    put_messages(alice, wrote_to, version, at=at, about=fridge)
    publish_team_weeks()
    assert TeamWeek.objects.get().sales == 0
    with connection.cursor() as cursor:
        cursor.execute(
            "insert into members_member (id, surname, title, household, member_since, refuses_profiling)"
            " select id, '孙', 'm', -id, now(), false from unnest(%s::bigint[]) id",
            [wrote_to],
        )
    put_purchases(wrote_to, make_product("X", fridge))
    publish_team_weeks()
    assert TeamWeek.objects.get().sales == 30


def test_a_manager_sees_the_region_and_below(
    town: Town, alice: Employee, charlie: Employee, mei: Employee, erin: Employee, version: TemplateVersion,
    hire: Callable[..., Employee],
) -> None:  # fmt: skip
    lin = hire("lin", role=Role.MANAGER, region=town.city)
    put_messages(alice, people(20), version)
    put_messages(charlie, people(30, first=2000), version)
    publish_team_weeks()
    assert [(person.name, person.sums.messages) for person in team_people(mei).rows] == [("alice", 20), ("mei", 0)]
    assert [person.name for person in team_people(lin).rows] == ["charlie", "alice", "mei", "lin"]
    assert [week.messages for week in team_weeks(mei).values()] == [20]
    assert [week.messages for week in team_weeks(lin).values()] == [50]


def test_the_webs_database_role_reads_the_results(alice: Employee, mei: Employee, version: TemplateVersion) -> None:
    put_messages(alice, people(20), version)
    publish_team_weeks()
    grant_web_role(role="salesapp_web_of_tests")
    with connection.cursor() as cursor:
        cursor.execute("set local role salesapp_web_of_tests")
    assert team_people(mei).rows[0].sums.messages == 20
