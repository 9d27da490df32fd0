"""/: the page an employee works on most."""

from django.http import HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_safe

from salesapp.staff.pages.guards import EmployeeRequest, requires
from salesapp.staff.permissions import Permission, Role


@require_safe
@requires(None)
def home(request: EmployeeRequest) -> HttpResponse:
    if request.user.may(Permission.LOOK_UP_MEMBER) and request.user.role == Role.SALESPERSON:
        return redirect("counter")
    return redirect("map" if request.user.may(Permission.SEE_MAP) else "consents")
