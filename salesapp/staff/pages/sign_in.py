"""Sign in with the employee number, and out again."""

from urllib.parse import unquote_plus

from django.conf import settings
from django.contrib.auth import authenticate, login, logout
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render, resolve_url
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from salesapp.staff.errors import LimiterUnavailable, StaffListStale, TooManyRequests
from salesapp.staff.pages.second_factor import wait_for_code
from salesapp.staff.pages.waiting import in_words
from salesapp.staff.typed import holds_address, sent_back


@sensitive_post_parameters("password")
@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def sign_in(request: HttpRequest) -> HttpResponse:
    target = _wanted_page(request)
    if request.method != "POST":
        if request.user.is_authenticated:
            return HttpResponseRedirect(target)
        return render(request, "staff/sign_in.html", {"next": target, "locked": "locked" in request.GET})
    employee_no = request.POST.get("employee_no", "").strip()
    again: dict[str, object] = {"next": target, "employee_no": sent_back(employee_no)}
    try:
        employee = authenticate(request, username=employee_no, password=request.POST.get("password", ""))
    except TooManyRequests as limit:
        again |= {"problem": "limit", "wait": in_words(limit.retry_after)}
        answer = render(request, "staff/sign_in.html", again, status=429)
        answer["Retry-After"] = str(limit.retry_after)
        return answer
    except LimiterUnavailable:
        return render(request, "staff/sign_in.html", again | {"problem": "unavailable"}, status=503)
    except StaffListStale:
        return render(request, "staff/sign_in.html", again | {"problem": "stale"}, status=503)
    if employee is None:
        return render(request, "staff/sign_in.html", again | {"problem": "refused"}, status=422)
    if employee.role in settings.TWO_FACTOR_ROLES:
        wait_for_code(request, employee, target)
        return redirect("second-factor")
    login(request, employee)
    return HttpResponseRedirect(target)


@require_POST
@never_cache
def sign_out(request: HttpRequest) -> HttpResponse:
    """End the session and have the browser forget what it kept. A lock ends it too, but the drafts stay.

    204 for a script, which wants to know that this server has answered and no other.
    """
    logout(request)
    by_script = request.headers.get("Accept") == "application/json"
    answer = HttpResponse(status=204) if by_script else redirect(settings.LOGIN_URL)
    if "lock" not in request.POST:
        answer["Clear-Site-Data"] = '"cache", "storage"'
    return answer


def _wanted_page(request: HttpRequest) -> str:
    """Where the reader wanted to go before signing in; only ever an address of this application."""
    wanted = request.POST.get("next") or request.GET.get("next") or ""
    own = url_has_allowed_host_and_scheme(wanted, allowed_hosts=None, require_https=request.is_secure())
    return wanted if own and not holds_address(unquote_plus(wanted)) else resolve_url(settings.LOGIN_REDIRECT_URL)
