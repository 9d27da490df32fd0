"""Members with needs, quickly, and the count of an area made again from the base tables."""

from collections.abc import Sequence
from itertools import count

from django.db import connection

from geo.models import Community
from members.models import Category, ConsentState, ContactPoint, Member, Need
from outreach.models import Channel
from outreach.queries.audience_counts import Counts
from tests.builders import make_category

_hashes = count(1)

RECOUNT = """
select
    case
        when member.refuses_profiling then 'objects'
        when not exists (
            select from members_contactpoint point where point.member_id = member.id and point.channel = %(channel)s
        ) then 'no_address'
        when not coalesce((
            select given from members_consentstate state
            where state.member_id = member.id and state.channel = %(channel)s and state.purpose = 1
        ), false) then 'no_consent'
        when (select blocked_until from outreach_contactguard guard where guard.member_id = member.id)
            > clock_timestamp()
        then 'month_used'
        else 'reachable'
    end,
    count(*)
from members_need need
join members_member member on member.id = need.member_id
join geo_community community on community.id = member.community_id
where need.category_id = %(category)s and need.level >= %(min_level)s
  and member.erased_at is null and member.merged_into is null
  and community.region_path like %(path)s::text || '%%'
  and (%(communities)s::bigint[] = '{}' or community.id = any(%(communities)s))
group by 1
"""


def recount(
    path: str, *, category_id: int, min_level: int = 3, channel: int = Channel.SMS, communities: Sequence[int] = ()
) -> Counts:
    """From the base tables alone, in the plainest words."""
    with connection.cursor() as cursor:
        cursor.execute(
            RECOUNT,
            {
                "path": path, "category": category_id, "min_level": min_level, "channel": channel,
                "communities": list(communities),
            },
        )  # fmt: skip
        found = dict(cursor.fetchall())
    return Counts(*(found.get(reason, 0) for reason in Counts._fields))


def make_buyers(
    community: Community,
    number: int,
    *,
    category: Category | None = None,
    level: int = 3,
    channels: Sequence[int] = (Channel.SMS,),
    agreed: Sequence[int] = (Channel.SMS,),
    **fields: object,
) -> list[Member]:
    """So many members who need a fridge, with an address and a yes on the channels."""
    category = category or make_category()
    members = Member.objects.bulk_create(
        Member(
            surname="孙", title="m", community=community, household=-next(_hashes), member_since="2015-03-09", **fields
        )
        for _ in range(number)
    )
    Need.objects.bulk_create(
        Need(member_id=member.pk, category=category, level=level, score=20 * level, reasons=[]) for member in members
    )
    ContactPoint.objects.bulk_create(
        ContactPoint(channel=channel, bidx=next(_hashes).to_bytes(16, "big"), member_id=member.pk, ciphertext=b"")
        for member in members
        for channel in channels
    )
    ConsentState.objects.bulk_create(
        ConsentState(member_id=member.pk, channel=channel, purpose=1, given_at="2020-01-01T00:00Z")
        for member in members
        for channel in agreed
    )
    return members
