from django.conf import settings
from django.db import transaction

from outreach.models import Broadcast
from outreach.queries.plan_check import Plan, check_plan
from salesapp.staff.limits import consume
from salesapp.staff.models import Employee


@transaction.atomic
def plan_broadcast(*, by: Employee, plan: Plan) -> Broadcast:
    """Schedule a broadcast, or have it wait for a second person where it reaches more than the policy's number.

    Raises BroadcastRefused with the field to blame, TooManyRequests, LimiterUnavailable; then nothing is stored.
    """
    consume(group="broadcast", key=str(by.pk), rates=settings.PLAN_LIMITS)
    checked = check_plan(by=by, plan=plan)
    return Broadcast.objects.create(
        name=plan.name, region=checked.area.region, communities=list(checked.area.communities),
        category_id=plan.category_id, min_level=plan.min_level, channel=plan.channel, version_id=plan.version_id,
        priority=plan.priority, starts_at=plan.starts_at, ends_at=plan.ends_at,
        hold_out_percent=plan.hold_out_percent, attribution_days=plan.attribution_days,
        reachable=checked.counts.shown.reachable, created_by=by,
        state=Broadcast.State.AWAITING_APPROVAL if checked.approval else Broadcast.State.SCHEDULED,
    )  # fmt: skip
