"""Alarms about look-ups that look like harvesting: seen by the manager of the region, decided by a privacy
officer or an administrator."""

from typing import Any

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST, require_safe

from salesapp.staff.actions.decide_alarm import decide_alarm
from salesapp.staff.errors import AlarmDecided, OwnAlarm, ReasonRefused
from salesapp.staff.models import AccessEntry, HarvestAlarm, HarvestDecision
from salesapp.staff.pages.guards import EmployeeRequest, requires
from salesapp.staff.pages.listed import PAGE, listed
from salesapp.staff.permissions import Permission
from salesapp.staff.queries.alarms import alarms_page, visible_alarms
from salesapp.staff.queries.look_up_figures import days_of_alarm

PROBLEMS: dict[type[Exception], str | Promise] = {
    AlarmDecided: _("Somebody has decided already."),
    OwnAlarm: _("Nobody decides about an alarm of their own."),
    ReasonRefused: _("Say why, in a sentence without phone numbers."),
}


@require_safe
@requires(Permission.SEE_ALARMS)
def alarms(request: EmployeeRequest) -> HttpResponse:
    return _list(request)


@require_POST
@requires(Permission.DECIDE_ALARMS)
def decide(request: EmployeeRequest, alarm_id: int) -> HttpResponse:
    alarm = visible_alarms(request.user).filter(pk=alarm_id).first()
    outcome = request.POST.get("outcome", "")
    if alarm is None or outcome not in HarvestDecision.Outcome.values:
        return _list(request, status=404)
    try:
        decide_alarm(alarm=alarm, outcome=outcome, reason=request.POST.get("reason", ""), by=request.user)
    except tuple(PROBLEMS) as error:
        return _list(request, status=422, problem=PROBLEMS[type(error)])
    return redirect("alarms")


def _list(request: EmployeeRequest, status: int = 200, problem: str | Promise = "") -> HttpResponse:
    found, following, counted = alarms_page(request.user, after=request.GET.get("after", ""), limit=PAGE)
    shown = {
        **listed(request, [_row(alarm) for alarm in found], following, counted),
        "may_decide": request.user.may(Permission.DECIDE_ALARMS),
        "may_read": request.user.may(Permission.READ_ACCESS_LOG),
        "why": AccessEntry.PrivacyReason.AUDIT,
        "problem": problem,
    }
    return render(request, "staff/alarms.html", shown, status=status)


def _row(alarm: HarvestAlarm) -> dict[str, Any]:
    since, until = days_of_alarm(alarm)
    return {"alarm": alarm, "words": _words(alarm), "since": since, "until": until}


def _words(alarm: HarvestAlarm) -> str:
    """What the rule saw, in one sentence."""
    seen: dict[str, Any] = alarm.figures["seen"]
    sentences = {
        HarvestAlarm.Rule.MISSES: _("Of %(numbers)s numbers, %(nobody)s belong to nobody."),
        HarvestAlarm.Rule.NEAR: _("%(nearest)s numbers of the same thousand."),
        HarvestAlarm.Rule.STRANGERS: _(
            "In seven days %(strangers)s numbers that belong to nobody, %(known)s that belong to members."
        ),
        HarvestAlarm.Rule.HABIT: _("%(today)s look-ups today, %(own)s on a usual day."),
        HarvestAlarm.Rule.PEERS: _("%(today)s look-ups today, colleagues have %(peers)s a day."),
        HarvestAlarm.Rule.VOLUME: _("%(today)s look-ups today, %(week)s in seven days."),
        HarvestAlarm.Rule.NIGHT: _("%(night)s look-ups in one night."),
    }
    return str(sentences[HarvestAlarm.Rule(alarm.rule)]) % seen
