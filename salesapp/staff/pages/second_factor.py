"""The second step of signing in: the code of an authenticator app, which is set up here the first time."""

import time

import segno
from django.conf import settings
from django.contrib.auth import login
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.utils.safestring import mark_safe
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from salesapp.staff.actions.check_second_factor import check_second_factor
from salesapp.staff.actions.offer_second_factor import offer_second_factor
from salesapp.staff.errors import LimiterUnavailable, SecondFactorMissing, SecondFactorRefused, TooManyRequests
from salesapp.staff.models import Employee
from salesapp.staff.pages.waiting import in_words
from salesapp.staff.queries.signed_in import signed_in_employee
from salesapp.staff.second_factor import address_of, in_letters

PAGE = "staff/second_factor.html"
WAITING = "waits_for_code"
BACKEND = "salesapp.staff.backends.SecondStepBackend"
WAIT_SECONDS = 10 * 60


def wait_for_code(request: HttpRequest, employee: Employee, target: str) -> None:
    """The password was right: nothing is open yet, and for some minutes a code is asked for."""
    request.session.flush()
    request.session[WAITING] = {
        "employee": employee.pk, "hash": employee.get_session_auth_hash(), "target": target,
        "until": int(time.time()) + WAIT_SECONDS,
    }  # fmt: skip


@sensitive_post_parameters("code")
@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def second_factor(request: HttpRequest) -> HttpResponse:
    waiting = request.session.get(WAITING, {"until": 0})
    employee = None
    if waiting["until"] > time.time():
        employee = signed_in_employee(waiting["employee"], second_step=True)  # which is taken here
    if employee is None or employee.get_session_auth_hash() != waiting["hash"]:
        request.session.pop(WAITING, None)
        return redirect(settings.LOGIN_URL)
    if request.method != "POST":
        return render(request, PAGE, _offer(employee))
    try:
        check_second_factor(employee=employee, code=request.POST.get("code", "")[:16], first=True)
    except (SecondFactorRefused, SecondFactorMissing):
        return render(request, PAGE, _offer(employee) | {"problem": "refused"}, status=422)
    except TooManyRequests as limit:
        answer = render(request, PAGE, {"problem": "limit", "wait": in_words(limit.retry_after)}, status=429)
        answer["Retry-After"] = str(limit.retry_after)
        return answer
    except LimiterUnavailable:
        return render(request, PAGE, {"problem": "unavailable"}, status=503)
    del request.session[WAITING]
    login(request, employee, backend=BACKEND)
    return HttpResponseRedirect(waiting["target"])


def _offer(employee: Employee) -> dict[str, object]:
    """What an app is set up with; nothing once a code of it came."""
    secret = offer_second_factor(employee=employee)
    if secret is None:
        return {}
    address = address_of(secret, account=employee.employee_no, issuer=settings.BRAND or _("Field sales"))
    drawn = segno.make(address, error="m").svg_inline(border=3, light="#fff", omitsize=True, svgclass="qr")
    return {"drawn": mark_safe(drawn), "letters": in_letters(secret)}  # noqa: S308 # of our own making, no text in it
