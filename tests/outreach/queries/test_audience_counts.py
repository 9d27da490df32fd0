"""The count of an audience: exact as of its night, and shown so that nothing can be subtracted."""

import random
from datetime import datetime

import pytest
from django.db import connection
from django.utils import timezone

from geo.models import Community
from members.actions.record_consent import record_consent
from members.models import Category, Consent, Member, Need, PublishedFigures
from outreach import jobs
from outreach.actions.claim_messages import claim_messages
from outreach.actions.gather_recipients import gather_recipients
from outreach.actions.publish_audience import publish_audience
from outreach.models import AudienceMember, Channel, Recipient, TemplateVersion
from outreach.queries.area import Area, area_of
from outreach.queries.audience_counts import AudienceCounts, Counts, audience_counts, counts_are_due
from salesapp.staff.models import Employee
from tests.builders import make_broadcast, make_category, make_version
from tests.conftest import Town
from tests.outreach.audience import make_buyers, recount


@pytest.fixture
def fridge(town: Town) -> Category:
    return make_category()


@pytest.fixture
def version(town: Town) -> TemplateVersion:
    return make_version()


def count_of(area: Area, category: Category, *, min_level: int = 3, channel: Channel = Channel.SMS) -> AudienceCounts:
    return audience_counts(area, category_id=category.pk, min_level=min_level, channel=channel)


def withdraw(member: Member, channel: int = Consent.Channel.SMS) -> None:
    record_consent(member_id=member.pk, channel=channel, purpose=1, given=False, source=Consent.Source.STORE)


def merge(loser: Member, winner: Member) -> None:
    """What merge_members does to those whose addresses are none."""
    with connection.cursor() as cursor:
        cursor.execute("select outreach_merge(%s, %s)", [loser.pk, winner.pk])
        if cursor.fetchone()[0]:
            Member.objects.filter(pk=loser.pk).update(merged_into=winner.pk)


def test_each_member_is_counted_under_the_first_reason_that_applies(
    town: Town, fridge: Category, version: TemplateVersion
) -> None:
    make_buyers(town.willow, 2, refuses_profiling=True, channels=[], agreed=[])
    make_buyers(town.willow, 3, channels=[], agreed=[Channel.SMS])
    make_buyers(town.willow, 5, agreed=[])
    written_to = make_buyers(town.willow, 7)
    make_buyers(town.willow, 11)
    make_buyers(town.willow, 13, level=2)
    make_buyers(town.willow, 17, category=make_category("washer", "洗衣机"))
    make_buyers(town.poplar, 19)
    claim_messages(members=[m.pk for m in written_to], channel=Channel.SMS, version_id=version.pk)
    publish_audience()
    assert count_of(Area(town.north), fridge).exact == Counts(2, 3, 5, 7, 11)
    assert count_of(Area(town.city), fridge).exact == Counts(2, 3, 5, 7, 30)
    assert count_of(Area(town.city, (town.poplar.pk,)), fridge).exact == Counts(0, 0, 0, 0, 19)
    assert count_of(Area(town.north, (town.poplar.pk,)), fridge).exact == Counts(0, 0, 0, 0, 0)
    assert count_of(Area(town.north), fridge, channel=Channel.EMAIL).exact == Counts(2, 26, 0, 0, 0)


def test_before_the_first_publication_there_is_nobody(town: Town, fridge: Category) -> None:
    make_buyers(town.willow, 9)
    found = count_of(Area(town.north), fridge)
    assert found.exact == found.shown == Counts(0, 0, 0, 0, 0)
    assert found.as_of is None


def test_what_members_and_staff_do_by_day_counts_the_next_night(
    town: Town, fridge: Category, version: TemplateVersion
) -> None:
    members = make_buyers(town.willow, 8)
    make_buyers(town.willow, 2, agreed=[])
    publish_audience()
    before = count_of(Area(town.north), fridge)
    assert before.exact == Counts(0, 0, 2, 0, 8)
    withdraw(members[0])
    claim_messages(members=[members[1].pk], channel=Channel.SMS, version_id=version.pk)
    record_consent(member_id=members[2].pk, channel=0, purpose=2, given=False, source=Consent.Source.OFFICE)
    merge(members[3], members[4])
    assert count_of(Area(town.north), fridge) == before
    publish_audience(recount=False)  # what the worker does every hour
    assert count_of(Area(town.north), fridge) == before
    publish_audience()
    assert count_of(Area(town.north), fridge).exact == Counts(1, 0, 3, 1, 4)


def test_recipients_are_of_the_moment_whatever_the_count_says(
    town: Town, mei: Employee, fridge: Category, version: TemplateVersion
) -> None:
    members = make_buyers(town.willow, 8)
    publish_audience()
    withdraw(members[0])
    claim_messages(members=[members[1].pk], channel=Channel.SMS, version_id=version.pk)
    Need.objects.filter(member_id=members[2].pk).delete()
    publish_audience(recount=False)
    broadcast = make_broadcast(mei, fridge, version=version)
    gather_recipients(broadcast=broadcast)
    assert count_of(Area(town.north), fridge).exact.reachable == 8
    assert broadcast.recipients.filter(state=Recipient.State.QUEUED).count() == 5
    assert set(broadcast.recipients.values_list("reason", flat=True)) == {None, "no_consent", "month_used"}


def test_the_worker_counts_once_a_night(town: Town, fridge: Category, monkeypatch: pytest.MonkeyPatch) -> None:
    def at(day: int, hour: int) -> None:
        moment = datetime(2026, 11, day, hour, 10, tzinfo=timezone.get_default_timezone())
        monkeypatch.setattr(timezone, "now", lambda: moment)

    def counted(day: int, hour: int) -> None:
        moment = datetime(2026, 11, day, hour, 10, tzinfo=timezone.get_default_timezone())
        PublishedFigures.objects.published(PublishedFigures.Kind.AUDIENCE, moment)

    at(3, 15)
    assert counts_are_due()  # never yet
    counted(3, 15)
    for day, hour in [(3, 16), (3, 23), (4, 0), (4, 3)]:
        at(day, hour)
        assert not counts_are_due(), (day, hour)
    at(4, 4)
    assert counts_are_due()
    counted(4, 4)
    for day, hour in [(4, 4), (4, 5), (5, 3)]:
        at(day, hour)
        assert not counts_are_due(), (day, hour)
    at(7, 3)  # the worker stood still
    assert counts_are_due()


def test_the_hourly_job_leaves_the_counts(town: Town, fridge: Category, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jobs, "close_old_connections", lambda: None)
    make_buyers(town.willow, 8)
    jobs.publish(timestamp=0)
    first = count_of(Area(town.north), fridge)
    assert first.exact.reachable == 8
    make_buyers(town.willow, 9)
    jobs.publish(timestamp=0)
    assert AudienceMember.objects.count() == 17
    assert count_of(Area(town.north), fridge) == first


def test_a_month_that_ended_frees_the_member_the_next_night(town: Town, fridge: Category) -> None:
    (member,) = make_buyers(town.willow, 1)
    with connection.cursor() as cursor:
        cursor.execute(
            "insert into outreach_contactguard (member_id, blocked_until) values (%s, now() + interval '1 hour')",
            [member.pk],
        )
        publish_audience()
        assert count_of(Area(town.north), fridge).exact.month_used == 1
        cursor.execute("update outreach_contactguard set blocked_until = now() - interval '1 second'")
    assert count_of(Area(town.north), fridge).exact.month_used == 1
    publish_audience()
    assert count_of(Area(town.north), fridge).exact.reachable == 1


def test_the_count_equals_a_recount_whatever_happens(town: Town, fridge: Category, version: TemplateVersion) -> None:
    """Random consents, claims, answers, opt-outs and merges; every few a night, and any area, level and channel."""
    draw = random.Random(7)
    more = [
        Community.objects.create(
            name=f"小区{n}", region=district, district=district, city=town.city, region_path=district.path
        )
        for n, district in enumerate([town.north, town.south] * 3)
    ]
    communities = [town.willow, town.poplar, *more]
    members = [
        member
        for community in communities
        for level in (3, 4)
        for member in make_buyers(
            community, draw.randrange(1, 9), level=level, channels=draw.sample(Channel.values, 2),
            agreed=draw.sample(Channel.values, 2),
        )
    ]  # fmt: skip
    publish_audience()
    claimed: list[tuple[int, int]] = []
    checked = 0
    for step in range(240):
        member = draw.choice(members)
        match draw.randrange(6):
            case 0:
                given = draw.random() < 0.5
                record_consent(
                    member_id=member.pk, channel=draw.choice(Channel.values), purpose=1, given=given,
                    source=Consent.Source.STORE,
                )  # fmt: skip
            case 1:
                record_consent(
                    member_id=member.pk, channel=0, purpose=2, given=draw.random() < 0.5, source=Consent.Source.OFFICE
                )
            case 2 | 3:
                asked = [m.pk for m in draw.sample(members, 3)]
                for claim in claim_messages(members=asked, channel=Channel.SMS, version_id=version.pk):
                    if claim.no is not None:
                        claimed.append((claim.member_id, claim.no))
            case 4 if claimed:
                member_id, no = claimed.pop()
                with connection.cursor() as cursor:
                    cursor.execute("select outreach_hand_over(%s, %s, 1)", [member_id, no])
                    cursor.execute(
                        "select outreach_settle(%s, %s, %s::smallint, 'test', null, null)",
                        [member_id, no, draw.choice([2, 3, 4])],
                    )
            case 5 if step % 4 == 0:
                other = draw.choice(members)
                if other != member and other.community_id == member.community_id:
                    merge(other, member)
        if step % 8:
            continue
        publish_audience()
        region = draw.choice([town.city, town.north, town.south])
        picked = tuple(c.pk for c in draw.sample(communities, draw.choice([0, 0, 1, 3])))
        min_level, channel = draw.choice([3, 4]), draw.choice(list(Channel))
        assert count_of(Area(region, picked), fridge, min_level=min_level, channel=channel).exact == recount(
            region.path, category_id=fridge.pk, min_level=min_level, channel=channel, communities=picked
        )
        checked += 1
    assert checked == 30
    assert sum(recount(town.city.path, category_id=fridge.pk)) > 30


def test_an_area_lies_in_ones_own_region(town: Town, mei: Employee) -> None:
    assert area_of(mei, region_id=None, community_ids=[]) == Area(town.north)
    assert area_of(mei, region_id=None, community_ids=[town.willow.pk]) == Area(town.north, (town.willow.pk,))
    for region, community in [(town.city.pk, None), (town.south.pk, None), (None, town.poplar.pk)]:
        with pytest.raises((type(town.city).DoesNotExist, Community.DoesNotExist)):
            area_of(mei, region_id=region, community_ids=[community] if community else [])
