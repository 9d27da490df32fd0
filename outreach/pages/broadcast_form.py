"""The form of a new broadcast, as far as pages check it: whether it can be planned is the action's to say.

Three screens share it. All that was entered travels with every request, as fields or as an address, so that
nothing of it is kept on the server or the phone.
"""

from collections.abc import Iterable, Sequence
from datetime import timedelta
from itertools import accumulate, pairwise

from django import forms
from django.http import QueryDict
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from members.models import Need
from members.queries.catalogue import categories, category_id
from outreach.models import Channel
from outreach.models.broadcast import ATTRIBUTION_DAYS, MOST_HELD_OUT, PRIORITIES
from outreach.opening_hours import CLOSES, next_opening
from outreach.queries.area import MOST_COMMUNITIES
from outreach.queries.plan_check import Plan
from outreach.queries.visible import visible_regions
from salesapp.staff.models import Employee

MOMENT = "%Y-%m-%dT%H:%M"
LEVELS = (Need.Level.STRONG, Need.Level.VERY_STRONG)
AT_ONCE, LATER = "now", "later"
# The fields of the first two screens; the third has none
WHOM = ("region", "category", "min_level", "channel")
WHAT = ("version", "name", "begin", "starts_at", "ends_at", "hold_out_percent", "priority", "attribution_days")


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
    begin = forms.ChoiceField(
        label=_("Begins"), required=False, choices=[(AT_ONCE, _("At once")), (LATER, _("At a time"))]
    )
    starts_at = _Moment(label=_("Begins"), required=False)
    ends_at = _Moment(label=_("Ends"))
    hold_out_percent = forms.IntegerField(
        label=_("Comparison group, not written to (%)"), min_value=0, max_value=MOST_HELD_OUT
    )
    priority = forms.IntegerField(
        label=_("Priority, the higher goes first"), min_value=PRIORITIES[0], max_value=PRIORITIES[1]
    )
    attribution_days = forms.IntegerField(
        label=_("Purchases count for days"), min_value=ATTRIBUTION_DAYS[0], max_value=ATTRIBUTION_DAYS[1]
    )

    def __init__(self, by: Employee, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        self.by = by
        regions = visible_regions(by).order_by("path").values_list("id", "name")
        self.fields["region"].choices = list(regions)  # type: ignore[attr-defined]
        self.fields["category"].choices = [  # type: ignore[attr-defined]
            (entry.code, entry.name) for entry in categories().values()
        ]

    def clean(self) -> None:
        asked = self.cleaned_data
        if asked.get("begin") != AT_ONCE and not asked.get("starts_at") and "starts_at" not in self.errors:
            self.add_error("starts_at", _("Say when it begins."))

    def faults_of(self, screen: Sequence[str]) -> bool:
        """Whether a field of the screen is wrong."""
        return any(name in self.errors for name in screen)

    def plan(self, communities: list[int]) -> Plan:
        """What was asked for; only after is_valid()."""
        asked = self.cleaned_data
        at_once = asked["begin"] == AT_ONCE
        return Plan(
            name=asked["name"], region_id=asked["region"], community_ids=communities,
            category_id=category_id(asked["category"]), min_level=asked["min_level"], channel=asked["channel"],
            version_id=asked["version"], starts_at=timezone.now() if at_once else asked["starts_at"],
            ends_at=asked["ends_at"], hold_out_percent=asked["hold_out_percent"], priority=asked["priority"],
            attribution_days=asked["attribution_days"],
        )  # fmt: skip


def opening_fields(by: Employee) -> dict[str, str]:
    """What the form begins with: the own region, from now to the evening of the day after tomorrow."""
    starts_at = timezone.localtime(next_opening(timezone.now()))
    evening = (starts_at + timedelta(days=2)).replace(hour=CLOSES, minute=0, second=0, microsecond=0)
    return {
        "region": str(by.region_id or ""), "min_level": str(LEVELS[0].value), "channel": str(Channel.SMS.value),
        "begin": AT_ONCE, "starts_at": starts_at.strftime(MOMENT), "ends_at": evening.strftime(MOMENT),
        "hold_out_percent": "10", "priority": "5", "attribution_days": "30",
    }  # fmt: skip


def picked_communities(sent: QueryDict) -> list[int]:
    """Ids of communities as they were sent; whose they are is checked with the area.

    A value is one id, or the gaps between many, which fit into an address where the ids do not: see `packed`.
    """
    found: list[int] = []
    for value in sent.getlist("communities")[: MOST_COMMUNITIES + 1]:
        gaps = value.split(".")[: MOST_COMMUNITIES + 1]
        if all(gap.isdecimal() and len(gap) < 19 for gap in gaps):
            found += accumulate(map(int, gaps))
        if len(found) > MOST_COMMUNITIES:
            break
    return [each for each in dict.fromkeys(found[: MOST_COMMUNITIES + 1]) if each < 2**63]


def packed(communities: Iterable[int]) -> str:
    """The first id, then how much higher each next one is: 500 of a million take 2.5 kB."""
    ordered = sorted(set(communities))
    return ".".join(map(str, [*ordered[:1], *(high - low for low, high in pairwise(ordered))]))
