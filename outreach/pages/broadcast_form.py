"""The form of a new broadcast, as far as pages check it: whether it can be planned is the action's to say."""

from datetime import datetime, timedelta

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from members.models import Need
from members.queries.catalogue import categories, category_id
from outreach.actions.plan_broadcast import Plan
from outreach.models import Channel
from outreach.models.broadcast import ATTRIBUTION_DAYS, MOST_HELD_OUT, PRIORITIES
from outreach.opening_hours import CLOSES, next_opening
from outreach.queries.visible import visible_regions
from salesapp.staff.models import Employee

MOMENT = "%Y-%m-%dT%H:%M"
LEVELS = (Need.Level.STRONG, Need.Level.VERY_STRONG)


class _Moment(forms.DateTimeField):
    def __init__(self, **kwargs: object) -> None:
        widget = forms.DateTimeInput(attrs={"type": "datetime-local"}, format=MOMENT)
        super().__init__(widget=widget, input_formats=[MOMENT], **kwargs)  # type: ignore[arg-type]


class BroadcastForm(forms.Form):
    name = forms.CharField(label=_("Name"), max_length=60)
    region = forms.TypedChoiceField(label=_("Region"), coerce=int, required=False, empty_value=None)
    category = forms.ChoiceField(label=_("Category"))
    min_level = forms.TypedChoiceField(
        label=_("Need, at least"), coerce=int, choices=[(level.value, level.label) for level in LEVELS]
    )
    channel = forms.TypedChoiceField(
        label=_("Channel"), coerce=lambda value: Channel(int(value)), choices=Channel.choices
    )
    version = forms.IntegerField(label=_("Text"), min_value=1, max_value=2**63 - 1)
    starts_at = _Moment(label=_("Begins"))
    ends_at = _Moment(label=_("Ends"))
    hold_out_percent = forms.IntegerField(
        label=_("Held out for comparison, per cent"), min_value=0, max_value=MOST_HELD_OUT, initial=10
    )
    priority = forms.IntegerField(
        label=_("Priority, the higher goes first"), min_value=PRIORITIES[0], max_value=PRIORITIES[1], initial=5
    )
    attribution_days = forms.IntegerField(
        label=_("Purchases count for days"), min_value=ATTRIBUTION_DAYS[0], max_value=ATTRIBUTION_DAYS[1], initial=30
    )

    def __init__(self, by: Employee, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        regions = visible_regions(by).order_by("path").values_list("id", "name")
        self.fields["region"].choices = list(regions)  # type: ignore[attr-defined]
        self.fields["category"].choices = [  # type: ignore[attr-defined]
            (entry.code, entry.name) for entry in categories().values()
        ]

    def plan(self, communities: list[int]) -> Plan:
        """What was asked for; only after is_valid()."""
        asked = self.cleaned_data
        return Plan(
            name=asked["name"], region_id=asked["region"], community_ids=communities,
            category_id=category_id(asked["category"]), min_level=asked["min_level"], channel=asked["channel"],
            version_id=asked["version"], starts_at=asked["starts_at"], ends_at=asked["ends_at"],
            hold_out_percent=asked["hold_out_percent"], priority=asked["priority"],
            attribution_days=asked["attribution_days"],
        )  # fmt: skip


def usual_window() -> dict[str, datetime]:
    """From when sending is open to the evening two days later."""
    starts_at = timezone.localtime(next_opening(timezone.now()))
    evening = (starts_at + timedelta(days=2)).replace(hour=CLOSES, minute=0, second=0, microsecond=0)
    return {"starts_at": starts_at, "ends_at": evening}
