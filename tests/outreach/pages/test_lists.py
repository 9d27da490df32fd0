"""Every list of the phone says how many rows there are, exactly, and its pages show each of them once."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from html import unescape
from urllib.parse import urljoin

import pytest
from django.db import connection
from django.test import Client
from django.utils import timezone

from geo.models import Community
from members.models import Consent, Member, Need
from members.public_id import public_id
from outreach.actions import read_consents
from outreach.models import Broadcast
from outreach.queries.broadcast_communities import broadcast_communities
from outreach.queries.broadcasts import broadcast_page, visible_broadcasts
from outreach.queries.community_list import community_list
from outreach.queries.own_leads import own_leads
from outreach.queries.own_messages import Which, own_messages
from outreach.queries.team_results import team_people
from salesapp.staff.models import AccessEntry, Employee, HarvestAlarm, HarvestDecision
from salesapp.staff.permissions import Role
from salesapp.staff.queries import bounded_count as counting
from salesapp.staff.queries.alarms import alarms_page
from salesapp.staff.queries.bounded_count import bounded_count
from tests.builders import make_broadcast, make_category, make_product, make_version
from tests.conftest import Town
from tests.outreach.outcomes import put_messages, put_purchases, put_replies

PagesOf = Callable[[Employee], Client]
SIZES = [0, 1, 50, 51, 100, 101]
MANY = 10_001
ENGLISH = {"Accept-Language": "en"}
FIRST_MEMBER = 5_000_000
BATCH = 1000


@dataclass
class Cast:
    town: Town
    alice: Employee
    mei: Employee
    dana: Employee


@dataclass
class Walk:
    """A page of a list from a query: names of its rows, and the next cursor."""

    page: Callable[[str | None], tuple[list[object], str | None]]


def members(number: int, **fields: object) -> list[Member]:
    """Each with a surname of its own."""
    return Member.objects.bulk_create(
        Member(
            id=FIRST_MEMBER + each, surname=chr(0x4E00 + each), title="m", household=-each, member_since="2015-03-09",
            **fields,
        )
        for each in range(number)
    )  # fmt: skip


def fill_communities(cast: Cast, number: int) -> None:
    Community.objects.all().delete()
    north = cast.town.north
    made = (
        Community(name=f"{each:05} 号院", region=north, district=north, region_path=north.path)
        for each in range(number)
    )
    Community.objects.bulk_create(made, batch_size=BATCH)


def fill_broadcasts(cast: Cast, number: int) -> None:
    one = make_broadcast(cast.mei, make_category(), state="done", launched_at=timezone.now())
    row = {
        field.attname: getattr(one, field.attname) for field in Broadcast._meta.concrete_fields if field.name != "id"
    }
    one.delete()
    Broadcast.objects.bulk_create((Broadcast(**row) for _ in range(number)), batch_size=BATCH)


def fill_area(cast: Cast, number: int) -> None:
    fill_communities(cast, number)
    make_broadcast(cast.mei, make_category())


def fill_leads(cast: Cast, number: int) -> None:
    fridge, now = make_category(), timezone.now()
    met = members(number)
    Need.objects.bulk_create(Need(member_id=each.pk, category=fridge, level=3, score=60, reasons=[]) for each in met)
    AccessEntry.objects.bulk_create(
        [
        # Every ten at the same moment
        AccessEntry(
            employee=cast.alice, at=now - timedelta(minutes=place // 10), reason="counter", address_hash=b"h" * 16,
            member_id=each.pk,
        )
        for place, each in enumerate(met)
        ],
        batch_size=5000,
    )  # fmt: skip


def fill_messages(cast: Cast, number: int) -> None:
    fridge = make_category()
    version, now = make_version(category=fridge), timezone.now()
    met = [each.pk for each in members(number)]
    put_messages(cast.alice, met, version, at=now, apart=timedelta(minutes=1))
    put_replies(met)
    put_purchases(met, make_product("X", fridge))


def fill_people(cast: Cast, number: int) -> None:
    # mei, who looks, is one of them
    north = cast.town.north
    Employee.objects.filter(pk=cast.alice.pk).update(region=cast.town.south)
    Employee.objects.bulk_create(
        Employee(employee_no=f"e{each}", name=f"员工{each}", role=Role.SALESPERSON, region=north)
        for each in range(number - 1)
    )


def fill_entries(cast: Cast, number: int) -> None:
    members(1)
    now = timezone.now()
    Consent.objects.bulk_create(
        Consent(
            member_id=FIRST_MEMBER, channel=1, purpose=1, given=True, source="store", evidence={},
            said_at=now - timedelta(seconds=each), recorded_at=now - timedelta(seconds=each // 10),
        )
        for each in range(number)
    )  # fmt: skip


def fill_sent(cast: Cast, number: int) -> None:
    members(1)
    put_messages(cast.alice, [FIRST_MEMBER] * number, make_version(), apart=timedelta(minutes=1), to_one=True)


def fill_alarms(cast: Cast, number: int) -> None:
    """Two of three are decided."""
    figures = {"seen": {"nobody": 60, "numbers": 60}}
    alarms = HarvestAlarm.objects.bulk_create(
        HarvestAlarm(employee=cast.alice, rule="misses", figures=figures) for _ in range(number)
    )
    HarvestDecision.objects.bulk_create(
        HarvestDecision(alarm=alarm, by=cast.dana, outcome="released", reason="在盘点")
        for n, alarm in enumerate(alarms) if n % 3
    )  # fmt: skip


def communities_walk(cast: Cast) -> Walk:
    def page(after: str | None) -> tuple[list[object], str | None]:
        rows, following = community_list(cast.mei, category="fridge", after=after, limit=200)
        return [row["id"] for row in rows], following

    return Walk(page)


def broadcasts_walk(cast: Cast) -> Walk:
    def page(after: str | None) -> tuple[list[object], str | None]:
        rows, following, _counted = broadcast_page(visible_broadcasts(cast.mei), after=after, limit=500)
        return [row.pk for row in rows], following

    return Walk(page)


def area_walk(cast: Cast) -> Walk:
    def page(after: str | None) -> tuple[list[object], str | None]:
        rows, following, _counted = broadcast_communities(Broadcast.objects.get(), after=after, limit=500)
        return [row.pk for row in rows], following

    return Walk(page)


def leads_walk(cast: Cast) -> Walk:
    def page(after: str | None) -> tuple[list[object], str | None]:
        leads = own_leads(cast.alice, after=after, limit=500)
        return [lead.title for lead in leads.rows], leads.following

    return Walk(page)


def messages_walk(which: Which) -> Callable[[Cast], Walk]:
    def walk(cast: Cast) -> Walk:
        def page(after: str | None) -> tuple[list[object], str | None]:
            rows, following = own_messages(cast.alice, which=which, after=after, limit=500)
            return [row.name for row in rows], following

        return Walk(page)

    return walk


def people_walk(cast: Cast) -> Walk:
    def page(after: str | None) -> tuple[list[object], str | None]:
        people = team_people(cast.mei, after=after, limit=500)
        return [person.name for person in people.rows], people.following

    return Walk(page)


def consents_walk(part: str) -> Callable[[Cast], Walk]:
    def walk(cast: Cast) -> Walk:
        def page(after: str | None) -> tuple[list[object], str | None]:
            found = read_consents.read_consents(
                by=cast.dana, who=public_id(FIRST_MEMBER), reason="audit", **{f"{part}_after": after or ""}
            )
            rows = found.entries if part == "entries" else found.messages
            return [(row.said_at if isinstance(row, Consent) else row.no) for row in rows.rows], rows.following

        return Walk(page)

    return walk


def alarms_walk(cast: Cast) -> Walk:
    def page(after: str | None) -> tuple[list[object], str | None]:
        rows, following, _counted = alarms_page(cast.mei, after=after or "", limit=500)
        return [row.pk for row in rows], following

    return Walk(page)


@dataclass
class List:
    """A list: who reads it where, how it is filled, what names a row, and how its query is walked."""

    reader: str
    address: str
    fill: Callable[[Cast, int], None]
    row: str
    walk: Callable[[Cast], Walk]
    least: int = 0


WHEN = r'<span class="muted">(\d[^<]*)</span>'
LISTS = {
    "communities": List(
        "mei", "/map/list/?category=fridge", fill_communities, r'href="/map/communities/(\d+)/', communities_walk
    ),
    "broadcasts": List("mei", "/broadcasts/", fill_broadcasts, r'href="/broadcasts/(\d+)/"', broadcasts_walk),
    "area": List("mei", "/broadcasts/{broadcast}/communities/", fill_area, r"<strong>(\d+ 号院)", area_walk),
    "leads": List("alice", "/results/leads/", fill_leads, r"<strong>(.) \(Mr\) · ", leads_walk),
    "messages": List("alice", "/results/messages/", fill_messages, WHEN, messages_walk(Which.ALL)),
    "replies": List("alice", "/results/replies/", fill_messages, WHEN, messages_walk(Which.ANSWERED)),
    "sales": List("alice", "/results/sales/", fill_messages, WHEN, messages_walk(Which.SOLD)),
    # Who may see the list is on it
    "people": List("mei", "/results/people/", fill_people, r"<strong>([^<]+)</strong>", people_walk, least=1),
    "results of broadcasts": List(
        "mei", "/results/broadcasts/", fill_broadcasts, r'href="/broadcasts/(\d+)/"', broadcasts_walk
    ),
    "alarms": List("mei", "/alarms/", fill_alarms, r'class="card alarm" id="alarm-(\d+)"', alarms_walk),
    "entries": List("dana", "", fill_entries, r"said ([\d: -]+) ·", consents_walk("entries")),
    "sent": List("dana", "", fill_sent, r"handed over [\d: -]+ · ([\w-]{22})", consents_walk("messages")),
}


@pytest.fixture
def cast(town: Town, alice: Employee, mei: Employee, dana: Employee) -> Cast:
    make_category()
    return Cast(town, alice, mei, dana)


def first_page(client: Client, of: List) -> str:
    if of.reader == "dana":
        return text(client, {"who": public_id(FIRST_MEMBER), "reason": "audit"})
    broadcast = Broadcast.objects.values_list("pk", flat=True).first()
    return unescape(client.get(of.address.format(broadcast=broadcast), headers=ENGLISH).content.decode())


def text(client: Client, asked: dict[str, str]) -> str:
    return unescape(client.post("/privacy/consents/", asked, headers=ENGLISH).content.decode())


def next_page(client: Client, of: List, page: str, part: str) -> str | None:
    if of.reader == "dana":
        form = re.search(
            rf'<form method="post" action="/privacy/consents/">(?:(?!</form>).)*id="next-{part}"', page, re.S
        )
        if form is None:
            return None
        return text(client, dict(re.findall(r'name="(\w+)" value="([^"]*)"', form[0])))
    found = re.search(r'id="next-page" href="([^"]+)"', page)
    if found is None:
        return None
    address = of.address.split("?")[0].format(broadcast=Broadcast.objects.values_list("pk", flat=True).first())
    return unescape(client.get(urljoin(address, unescape(found[1])), headers=ENGLISH).content.decode())


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("name", LISTS)
def test_a_list_tells_its_number_and_pages_through_all_rows(
    cast: Cast, pages_of: PagesOf, name: str, size: int
) -> None:
    of = LISTS[name]
    size = max(size, of.least)
    of.fill(cast, size)
    client = pages_of(getattr(cast, of.reader))
    page: str | None = first_page(client, of)
    assert page is not None
    if 0 < size <= 50:
        assert f"{size} in all" in page
    elif size:
        assert f"1–50 of {size}" in page
    else:
        assert "in all" not in page
    seen: list[str] = []
    while page is not None:
        rows = re.findall(of.row, page)
        assert len(rows) <= 50
        seen += rows
        page = next_page(client, of, page, "entries" if name == "entries" else "messages")
    assert len(seen) == len(set(seen)) == size


@pytest.mark.parametrize("name", LISTS)
def test_ten_thousand_rows_and_one_are_counted_and_each_is_reached_once(
    cast: Cast, pages_of: PagesOf, name: str, monkeypatch: pytest.MonkeyPatch, settings: object
) -> None:
    of = LISTS[name]
    of.fill(cast, MANY)
    with connection.cursor() as cursor:
        cursor.execute("analyze")  # as autovacuum would have; a plan for a few rows takes minutes here
    page = first_page(pages_of(getattr(cast, of.reader)), of)
    assert f"1–50 of {MANY}" in page
    monkeypatch.setattr(read_consents, "PAGE", 500)
    settings.LOOKUP_LIMITS = ["1000/s"]  # type: ignore[attr-defined]
    walk, seen, after = of.walk(cast), list[object](), None
    for _ in range(60):
        rows, after = walk.page(after)
        seen += rows
        if after is None:
            break
    assert len(seen) == len(set(seen)) == MANY


def test_beyond_the_bound_a_list_says_more_than(cast: Cast, pages_of: PagesOf, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(counting, "MOST_COUNTED", 60)
    fill_communities(cast, 61)
    assert "1–50 of more than 60" in first_page(pages_of(cast.mei), LISTS["communities"])
    fill_communities(cast, 60)
    assert "1–50 of 60" in first_page(pages_of(cast.mei), LISTS["communities"])
    assert bounded_count(Community.objects.all()).number == 60


@pytest.mark.parametrize("address", ["/broadcasts/", "/results/leads/", "/results/messages/", "/results/people/"])
def test_a_cursor_that_is_none_finds_nothing(cast: Cast, pages_of: PagesOf, address: str) -> None:
    assert pages_of(cast.mei).get(address, {"after": "x"}).status_code == 404


def test_lists_of_the_team_are_managers_alone(cast: Cast, pages_of: PagesOf) -> None:
    for name in ("people", "broadcasts", "nothing"):
        assert pages_of(cast.alice).get(f"/results/{name}/").status_code == 404
