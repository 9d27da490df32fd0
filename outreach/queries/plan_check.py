"""Whether a broadcast can be planned as it is asked for: before it is confirmed, and again when it is stored."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from geo.models import Community, Region
from outreach.errors import BroadcastRefused, Finding
from outreach.models import Channel, ContactPolicy
from outreach.models.broadcast import LONGEST
from outreach.opening_hours import next_opening
from outreach.queries.area import Area, area_of
from outreach.queries.audience_counts import LEAST_SHOWN, AudienceCounts, audience_counts
from outreach.queries.broadcasts import versions_for_broadcasts
from outreach.wording import check_plain
from salesapp.staff.models import Employee
from salesapp.staff.typed import holds_address

FILLING_IN = timedelta(minutes=15)  # "now" may be so long ago when a form arrives


@dataclass(frozen=True, slots=True)
class Plan:
    """What a manager asks for. No ``region_id``: the own region; ``community_ids`` narrow it to those."""

    name: str
    category_id: int
    min_level: int
    channel: Channel
    version_id: int
    starts_at: datetime
    ends_at: datetime
    region_id: int | None = None
    community_ids: Sequence[int] = ()
    hold_out_percent: int = 10
    priority: int = 5
    attribution_days: int = 30


@dataclass(frozen=True, slots=True)
class Checked:
    """The plan's area and count as they are now, and whether a second person has to approve it."""

    area: Area
    counts: AudienceCounts
    approval: bool


def check_audience(
    *, by: Employee, region_id: int | None, community_ids: Sequence[int], category_id: int, min_level: int,
    channel: Channel,
) -> Checked:  # fmt: skip
    """Whom a plan would reach.

    Both the policy's number and the least of five are asked of the count as it is shown: an answer by the true one
    would tell it. Whose month is used may be free when it begins. Raises BroadcastRefused.
    """
    area = _area(by, region_id, community_ids)
    counts = audience_counts(area, category_id=category_id, min_level=min_level, channel=channel)
    if counts.shown.reachable < LEAST_SHOWN:
        raise _refused("area", "too_few", _("Fewer than 5 members can be reached here now."))
    return Checked(area, counts, approval=is_for_two(counts.shown.reachable + counts.shown.month_used))


def is_for_two(members: int) -> bool:
    """Whether a second person has to approve a broadcast to so many."""
    return members > ContactPolicy.objects.values_list("approval_above", flat=True).get()


def check_plan(*, by: Employee, plan: Plan) -> Checked:
    """The whole plan. Raises BroadcastRefused with the field to blame."""
    _area(by, plan.region_id, plan.community_ids)
    if holds_address(plan.name):  # all of the team read it, and it travels in addresses
        raise _refused("name", "holds_address", _("A name without phone numbers and e-mail addresses, please."))
    for fault in check_plain("name", plan.name):
        raise BroadcastRefused(fault)
    _check_window(plan)
    usable = versions_for_broadcasts(channel=plan.channel, category_id=plan.category_id)
    if plan.version_id not in {version.pk for version in usable}:
        raise _refused("version", "not_usable", _("This text cannot be used for this channel and category."))
    return check_audience(
        by=by, region_id=plan.region_id, community_ids=plan.community_ids, category_id=plan.category_id,
        min_level=plan.min_level, channel=plan.channel,
    )  # fmt: skip


def _area(by: Employee, region_id: int | None, community_ids: Sequence[int]) -> Area:
    try:
        return area_of(by, region_id=region_id, community_ids=community_ids)
    except (Region.DoesNotExist, Community.DoesNotExist):
        raise _refused("area", "not_yours", _("The area is not within your region.")) from None


def _check_window(plan: Plan) -> None:
    now = timezone.now()
    if plan.starts_at < now - FILLING_IN:
        raise _refused("starts_at", "past", _("The beginning is in the past."))
    if plan.ends_at <= max(now, plan.starts_at):
        raise _refused("ends_at", "before_start", _("The end must come after the beginning."))
    if plan.ends_at > now + LONGEST:
        raise _refused("ends_at", "too_late", _("A broadcast ends within 14 days."))
    if next_opening(max(now, plan.starts_at)) >= plan.ends_at:
        raise _refused("ends_at", "quiet_hours", _("Nothing is sent between 20:00 and 8:00."))


def _refused(field: str, code: str, detail: str | Promise) -> BroadcastRefused:
    return BroadcastRefused(Finding(field, code, detail))
