"""Who may open a page. One decorator, used by the pages of every app."""

from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec, cast
from urllib.parse import unquote_plus, urlencode

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import resolve_url
from django.utils.cache import add_never_cache_headers
from django_htmx.http import HttpResponseClientRedirect
from django_htmx.middleware import HtmxDetails

from salesapp.staff.models import Employee
from salesapp.staff.permissions import Permission
from salesapp.staff.typed import holds_address

P = ParamSpec("P")


class EmployeeRequest(HttpRequest):
    """A request that has passed a guard."""

    user: Employee
    htmx: HtmxDetails


Page = Callable[Concatenate[EmployeeRequest, P], HttpResponse]
GuardedPage = Callable[Concatenate[HttpRequest, P], HttpResponse]


def requires(permission: Permission | None) -> Callable[[Page[P]], GuardedPage[P]]:
    """Let through signed-in employees who hold the permission (None: every signed-in employee).

    Anybody else is sent to the sign-in page, a fragment's reader by HX-Redirect. Without the permission
    the answer is the 403 page. No answer of a guarded page is ever stored by a browser or a proxy, unless the page
    itself says otherwise.
    """

    def decorate(page: Page[P]) -> GuardedPage[P]:
        @wraps(page)
        def guarded(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
            employee = request.user
            if not isinstance(employee, Employee) or not employee.is_active:
                return _to_sign_in(request)
            if permission is not None and not employee.may(permission):
                raise PermissionDenied
            return page(cast(EmployeeRequest, request), *args, **kwargs)

        return _not_stored(guarded)

    return decorate


def _not_stored(page: GuardedPage[P]) -> GuardedPage[P]:
    @wraps(page)
    def answered(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        answer = page(request, *args, **kwargs)
        if not answer.has_header("Cache-Control"):
            add_never_cache_headers(answer)
        return answer

    return answered


def _to_sign_in(request: HttpRequest) -> HttpResponse:
    address = resolve_url(settings.LOGIN_URL)
    if getattr(request, "htmx", False):
        # The fragment's own address is no page to come back to
        return HttpResponseClientRedirect(address)
    # A number that somebody put into an address is not carried on
    if request.method == "GET" and not holds_address(unquote_plus(request.get_full_path())):
        address = f"{address}?{urlencode({'next': request.get_full_path()})}"
    return HttpResponseRedirect(address)
