"""我的: who is signed in, the language, the way out."""

from django.http import HttpResponse
from django.shortcuts import render

from salesapp.staff.pages.guards import EmployeeRequest, requires


@requires(None)
def me(request: EmployeeRequest) -> HttpResponse:
    return render(request, "staff/me.html", {"employee": request.user})
