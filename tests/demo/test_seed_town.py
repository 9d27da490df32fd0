from datetime import timedelta

import pytest
from django.db import Error, connection
from django.db.models import Count, F, Max, Min
from django.test import override_settings
from django.utils import timezone

from geo.models import Community, CommunityName, CommunitySource, ImportRun, Region
from members.models import (
    Category,
    Consent,
    ConsentState,
    ContactPoint,
    IdentityLink,
    Member,
    Product,
    Purchase,
    ServiceEvent,
    SourceRecord,
)
from members.vault import contact_place, decrypt, keyed_hash
from outreach.actions.claim_messages import claim_messages
from outreach.models import Channel, ContactGuard, Message, Outcome, TemplateVersion
from salesapp.demo import planted
from salesapp.demo.errors import NotSeeded
from salesapp.demo.seed_town import Plan, seed_town
from salesapp.staff.models import Employee, Store
from salesapp.staff.queries.scope import region_path_of
from tests.demo.conftest import Seeded


def _nobody(sentence: str) -> None:
    raise AssertionError(sentence)


def _found(phone: str) -> ContactPoint | None:
    return ContactPoint.objects.filter(channel=1, bidx=keyed_hash("phone", f"+86{phone}")).first()


def test_members_and_their_records_add_up(seeded: Seeded) -> None:
    members = Member.objects.count()
    erased = Member.objects.exclude(erased_at=None).count()
    assert members == seeded.plan.members
    assert erased > 1
    phones = ContactPoint.objects.filter(channel=ContactPoint.Channel.PHONE)
    for rows in (phones, SourceRecord.objects, IdentityLink.objects):
        assert rows.count() == members - erased
    assert Purchase.objects.count() > members
    assert ServiceEvent.objects.count() > 100
    run = ImportRun.objects.get(kind="demo_town")
    assert (run.rows, run.created) == (members, members)


def test_every_phone_number_opens_is_found_and_unassigned(seeded: Seeded) -> None:
    points = list(ContactPoint.objects.filter(channel=ContactPoint.Channel.PHONE))
    assert points
    for point in points:
        number = decrypt(bytes(point.ciphertext), f"{point.member_id}:contact_point.ciphertext").decode()
        assert bytes(point.bidx) == keyed_hash("phone", number)
        assert number[:3] == "+86"
        assert int(number[3:6]) in planted.PHONE_PREFIXES
        assert len(number) == 14


def test_erased_members_keep_nothing_in_clear(seeded: Seeded) -> None:
    erased = Member.objects.exclude(erased_at=None)
    assert not erased.exclude(surname="", title="", community=None, household=-F("pk")).exists()
    assert not ContactPoint.objects.filter(member_id__in=erased.values("pk")).exists()
    assert not Purchase.objects.filter(member_id__in=erased.values("pk")).exists()


def test_purchases_agree_with_the_catalogue_and_the_buyer(seeded: Seeded) -> None:
    assert not Purchase.objects.exclude(category=F("product__category")).exists()
    assert not Purchase.objects.filter(price__gt=F("product__price")).exists()
    dates = Purchase.objects.aggregate(Min("bought_on"), Max("bought_on"))
    assert dates["bought_on__max"] <= seeded.plan.as_of
    assert dates["bought_on__min"].year >= seeded.plan.as_of.year - planted.PURCHASE_YEARS - 1
    with connection.cursor() as cursor:
        cursor.execute(
            "select count(*) from members_purchase p join members_member m on m.id = p.member_id"
            " where p.household <> m.household or p.community_id <> m.community_id or p.bought_on < m.member_since"
        )
        assert cursor.fetchone() == (0,)


def test_a_household_has_one_member_or_two(seeded: Seeded) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "select n, count(*) from (select count(*) n from members_member where household > 0 group by household) h"
            " group by n order by n"
        )
        sizes = dict(cursor.fetchall())
    assert set(sizes) == {1, 2}
    assert 0.15 < sizes[2] / (sizes[1] + sizes[2]) < 0.3


def test_regions_run_from_the_country_to_sales_areas(seeded: Seeded) -> None:
    levels = dict(Region.objects.values_list("level").annotate(Count("pk")))
    assert levels == {"country": 1, "province": 1, "city": 1, "district": 8, "area": 18}
    north, south = Region.objects.get(code="990101"), Region.objects.get(code="990102")
    assert (north.name, south.name) == ("北岸区", "南岸区")
    assert not Region.objects.filter(boundary_display=None).exists()
    assert all(region.path.endswith(f"{region.pk}.") for region in Region.objects.all())


def test_communities_are_complete(seeded: Seeded) -> None:
    communities = list(Community.objects.select_related("region", "district"))
    assert len(communities) == len(seeded.communities) == 40
    for community in communities:
        assert community.region_path == community.region.path
        assert community.region.parent_id == community.district_id
        assert community.point_display is not None
        assert (community.boundary is None) == (community.boundary_display is None)
        assert 200 <= (community.households or 0) <= 3_000
        row = CommunitySource.objects.get(pk=community.chosen["name"])
        assert (row.community_id, row.name, row.source.name) == (community.pk, community.name, "demo")
    assert CommunityName.objects.values("community").distinct().count() == 40
    members = dict(Member.objects.exclude(community=None).values_list("community").annotate(Count("pk")))
    assert max(members.values()) > 50


def test_each_district_has_stores_inside_it(seeded: Seeded) -> None:
    for district in Region.objects.filter(level="district"):
        stores = Store.objects.filter(region__path__startswith=district.path)
        assert len(stores) >= 2
        for store in stores:
            assert district.boundary is not None
            assert store.point is not None
            assert district.boundary.contains(store.point)


def test_the_cast_works_where_it_should(seeded: Seeded) -> None:
    cast = {employee.employee_no: employee for employee in Employee.objects.select_related("region", "store")}
    north, south = Region.objects.get(code="990101"), Region.objects.get(code="990102")
    assert cast["alice"].store == cast["bob"].store
    assert cast["alice"].region == cast["mei"].region == north
    assert cast["charlie"].region == south
    assert not cast["erin"].is_active
    assert region_path_of(cast["root"]) == ""
    assert region_path_of(cast["dana"]) is None
    assert region_path_of(cast["lin"]) == Region.objects.get(code="990100").path
    assert {person.role for person in cast.values()} == {
        "salesperson", "manager", "privacy_officer", "administrator",
    }  # fmt: skip
    assert all(person.check_password(planted.DEMO_PASSWORD) for person in cast.values())


def test_the_catalogue_has_premium_variants(seeded: Seeded) -> None:
    assert Category.objects.get(code="premium_fridge").premium_of == Category.objects.get(code="fridge")
    per_category = Product.objects.values_list("category").annotate(Count("pk"))
    assert {count for _, count in per_category} == {12}
    assert len(per_category) == 11


def test_the_people_of_the_story_are_there(seeded: Seeded) -> None:
    sun = _found("15400001234")
    assert sun is not None
    member = Member.objects.select_related("community").get(pk=sun.member_id)
    assert (member.surname, member.title) == ("孙", "m")
    assert member.community is not None
    assert member.community.name == planted.STORY_COMMUNITY
    assert member.community.district is not None
    assert member.community.district.code == planted.STORY_DISTRICT
    refusing = _found("15400005678")
    assert refusing is not None
    assert Member.objects.get(pk=refusing.member_id).refuses_profiling
    assert _found("15400007890") is None
    assert _found(planted.NOT_A_MEMBER) is None


def test_a_second_run_changes_nothing(seeded: Seeded) -> None:
    assert not seed_town(plan=seeded.plan, fresh=False, say=_nobody)


def test_another_town_is_refused_without_fresh(seeded: Seeded) -> None:
    for plan in (Plan(1_000, 1, seeded.plan.as_of), Plan(2_000, 2, seeded.plan.as_of)):
        with pytest.raises(NotSeeded, match="--fresh"):
            seed_town(plan=plan, fresh=False, say=_nobody)
    assert Member.objects.count() == seeded.plan.members


def test_fresh_builds_the_same_town_over_the_old_one(seeded: Seeded) -> None:
    def told() -> list[tuple[object, ...]]:
        with connection.cursor() as cursor:
            cursor.execute(
                "select m.id, m.surname, m.title, m.member_since, c.name, p.record_key, p.product_id, p.price,"
                " p.bought_on"
                " from members_member m left join geo_community c on c.id = m.community_id"
                " left join members_purchase p on p.member_id = m.id order by m.id, p.record_key"
            )
            return list(cursor.fetchall())

    def indexes() -> list[tuple[object, ...]]:
        with connection.cursor() as cursor:
            cursor.execute(
                "select tablename, indexname, indexdef from pg_indexes where schemaname = 'public'"
                " union all select conrelid::regclass::text, conname, pg_get_constraintdef(oid) from pg_constraint"
                " order by 1, 2, 3"
            )
            return list(cursor.fetchall())

    before, indexes_before = told(), indexes()
    regions, staff = set(Region.objects.values_list("pk", "code")), set(Employee.objects.values_list("pk"))
    assert seed_town(plan=seeded.plan, fresh=True, say=lambda sentence: None)
    assert told() == before
    assert indexes() == indexes_before
    assert set(Region.objects.values_list("pk", "code")) == regions
    assert set(Employee.objects.values_list("pk")) == staff
    assert Community.objects.count() == len(seeded.communities)


def test_a_failure_leaves_the_old_town(seeded: Seeded) -> None:
    def fails(sentence: str) -> None:
        if sentence.startswith("indexes"):
            raise InterruptedError

    with pytest.raises(InterruptedError):
        seed_town(plan=Plan(1_000, 1, seeded.plan.as_of), fresh=True, say=fails)
    assert Member.objects.count() == seeded.plan.members
    assert _found("15400001234") is not None


def test_outside_the_demo_it_is_refused(seeded: Seeded) -> None:
    with override_settings(DEMO=False), pytest.raises(NotSeeded, match="DEMO=1"):
        seed_town(plan=seeded.plan, fresh=True, say=_nobody)


def test_members_of_other_systems_are_not_replaced(seeded: Seeded) -> None:
    SourceRecord.objects.create(system="mall", record_key="1", digest=b"", payload=b"")
    with pytest.raises(NotSeeded, match="mall"):
        seed_town(plan=seeded.plan, fresh=True, say=_nobody)


def test_progress_names_rates_and_the_day(seeded: Seeded) -> None:
    assert any("as of 2026-11-01" in line for line in seeded.said)
    assert any("members, " in line and "/s" in line for line in seeded.said)


def test_there_are_approved_templates_for_every_channel(seeded: Seeded) -> None:
    current = TemplateVersion.objects.current()
    assert set(current.values_list("template__channel", flat=True)) == set(Channel.values)
    assert current.filter(template__category__code="fridge").exists()


def test_consents_are_planted_and_the_ledger_says_the_same(seeded: Seeded) -> None:
    members = Member.objects.filter(erased_at=None).count()
    sms = ConsentState.objects.filter(channel=1, purpose=1)
    assert 0.57 < sms.filter(given=True).count() / members < 0.63
    assert 0.03 < sms.filter(given=False).count() / members < 0.07
    assert 0.17 < ContactPoint.objects.filter(channel=2).count() / members < 0.23
    assert ConsentState.objects.filter(channel=2, given=True).count() == ContactPoint.objects.filter(channel=2).count()
    objecting = ConsentState.objects.filter(purpose=2, given=False).values_list("member_id")
    assert set(objecting) == set(Member.objects.filter(refuses_profiling=True).values_list("pk"))
    with connection.cursor() as cursor:
        cursor.execute(
            "select count(*), count(*) filter (where members_consent_as_of(member_id, channel, purpose, now()) = given)"
            " from members_consentstate"
        )
        states, agreeing = cursor.fetchone()
        assert agreeing == states == Consent.objects.values("member_id", "channel", "purpose").distinct().count()
        cursor.execute("select count(*) from members_consent where given and wording_id is null or said_at > now()")
        assert cursor.fetchone() == (0,)


def test_sun_can_be_written_to_and_li_cannot(seeded: Seeded) -> None:
    given = dict(ConsentState.objects.filter(channel=1, purpose=1).values_list("member_id", "given"))
    sun, li = _found("15400001234"), _found("15400003456")
    assert sun is not None
    assert li is not None
    assert given[sun.member_id] is True
    assert given[li.member_id] is False


def test_an_address_by_e_mail_opens(seeded: Seeded) -> None:
    point = ContactPoint.objects.filter(channel=2).first()
    assert point is not None
    address = decrypt(bytes(point.ciphertext), contact_place(point.member_id)).decode()
    assert address == f"m{point.member_id}@example.com"
    assert bytes(point.bidx) == keyed_hash("email", address)


def test_the_ledger_is_closed_again(seeded: Seeded) -> None:
    with connection.cursor() as cursor, pytest.raises(Error, match="only grows"):
        cursor.execute("truncate members_consent")


def test_fresh_forgets_what_was_sent_to_the_people_before(seeded: Seeded) -> None:
    sun, version = _found("15400001234"), TemplateVersion.objects.current().filter(template__channel=Channel.SMS)[0]
    assert sun is not None
    claim_messages(members=[sun.member_id], channel=Channel.SMS, version_id=version.pk)
    assert Message.objects.exists()
    assert seed_town(plan=seeded.plan, fresh=True, say=lambda sentence: None)
    assert not Message.objects.filter(member_id=sun.member_id).exists()
    assert not ContactGuard.objects.filter(member_id=sun.member_id).exists()


def test_the_team_has_written_as_the_promise_allows_and_something_came_of_it(seeded: Seeded) -> None:
    sent = list(Outcome.objects.all())
    assert len(sent) > 40
    assert len({message.member_id for message in sent}) == len(sent)
    weeks = {message.claimed_at.isocalendar()[:2] for message in sent}
    assert len(weeks) >= 12
    sold = [
        m for m in sent if m.bought_on and m.handover_at and m.bought_on <= (m.handover_at + timedelta(days=30)).date()
    ]
    assert sold
    assert [message for message in sent if message.replied_at]
    senders = {employee.pk: employee for employee in Employee.objects.select_related("region")}
    assert {senders[message.sender_id].role for message in sent} == {"salesperson"}
    free = dict(ContactGuard.objects.values_list("member_id", "blocked_until"))
    homes = dict(Member.objects.values_list("pk", "community__region_path"))
    agreed = {
        member_id: (given_at, withdrawn_at)
        for member_id, given_at, withdrawn_at in ConsentState.objects.filter(channel=1, purpose=1).values_list(
            "member_id", "given_at", "withdrawn_at"
        )
    }
    story = {_found(person.phone).member_id for person in planted.STORY if _found(person.phone)}  # type: ignore[union-attr]
    for message in sent:
        assert message.handover_at is not None
        assert 8 <= timezone.localtime(message.handover_at).hour < 20
        assert free[message.member_id] == message.handover_at + timedelta(hours=744)
        given_at, withdrawn_at = agreed[message.member_id]
        assert given_at is not None
        assert given_at < message.claimed_at
        assert withdrawn_at is None or withdrawn_at > message.claimed_at
        region = senders[message.sender_id].region
        assert region is not None
        assert homes[message.member_id].startswith(region.path)
        assert message.member_id not in story
