"""我的: who is signed in, the language, the way out."""

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from salesapp.staff.pages.guards import EmployeeRequest, requires
from salesapp.staff.permissions import Permission


@require_safe
@requires(None)
def me(request: EmployeeRequest) -> HttpResponse:
    shown = {"employee": request.user, "may_see_alarms": request.user.may(Permission.SEE_ALARMS)}
    return render(request, "staff/me.html", shown)
