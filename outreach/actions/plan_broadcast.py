from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from geo.models import Community, Region
from outreach.errors import BroadcastRefused, Finding
from outreach.models import Broadcast, Channel, ContactPolicy
from outreach.models.broadcast import LONGEST
from outreach.opening_hours import next_opening
from outreach.queries.area import Area, area_of
from outreach.queries.audience_counts import LEAST_SHOWN, audience_counts
from outreach.queries.broadcasts import versions_for_broadcasts
from salesapp.staff.models import Employee

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


@transaction.atomic
def plan_broadcast(*, by: Employee, plan: Plan) -> Broadcast:
    """Schedule a broadcast, or have it wait for a second person where it reaches more than the policy's number.

    Both that number and the least of five are asked of the count as it is shown: an answer by the true one would
    tell it. Raises BroadcastRefused with the field to blame; then nothing is stored.
    """
    area = _area(by, plan)
    _check_window(plan)
    usable = versions_for_broadcasts(channel=plan.channel, category_id=plan.category_id)
    if plan.version_id not in {version.pk for version in usable}:
        raise _refused("version", "not_usable", _("This text cannot be used for this channel and category."))
    counts = audience_counts(
        area, category_id=plan.category_id, min_level=plan.min_level, channel=plan.channel
    ).shown  # fmt: skip
    if counts.reachable < LEAST_SHOWN:
        raise _refused("area", "too_few", _("Fewer than 5 members can be reached here now."))
    approval = counts.reachable > ContactPolicy.objects.values_list("approval_above", flat=True).get()
    return Broadcast.objects.create(
        name=plan.name, region=area.region, communities=list(area.communities), category_id=plan.category_id,
        min_level=plan.min_level, channel=plan.channel, version_id=plan.version_id, priority=plan.priority,
        starts_at=plan.starts_at, ends_at=plan.ends_at, hold_out_percent=plan.hold_out_percent,
        attribution_days=plan.attribution_days, reachable=counts.reachable, created_by=by,
        state=Broadcast.State.AWAITING_APPROVAL if approval else Broadcast.State.SCHEDULED,
    )  # fmt: skip


def _area(by: Employee, plan: Plan) -> Area:
    try:
        return area_of(by, region_id=plan.region_id, community_ids=plan.community_ids)
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
    if next_opening(plan.starts_at) >= plan.ends_at:
        raise _refused("ends_at", "quiet_hours", _("Nothing is sent between 20:00 and 8:00."))


def _refused(field: str, code: str, detail: str | Promise) -> BroadcastRefused:
    return BroadcastRefused(Finding(field, code, detail))
