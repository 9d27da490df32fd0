"""Django's way in for the pages and the admin: the same credentials, limits and rows as the API's.

A session names the backend that it was signed in by, and so whether the second step was passed.
"""

from typing import Any

from django.contrib.auth.backends import BaseBackend
from django.http import HttpRequest

from salesapp.staff.actions.check_credentials import check_credentials
from salesapp.staff.errors import SignInRefused
from salesapp.staff.limits import client_address
from salesapp.staff.models import Employee
from salesapp.staff.queries.signed_in import signed_in_employee


class EmployeeBackend(BaseBackend):
    """Signed in with a password alone."""

    def authenticate(
        self, request: HttpRequest | None, username: str = "", password: str = "", **credentials: Any
    ) -> Employee | None:
        """The employee, or None. Raises TooManyRequests and LimiterUnavailable, as the API does."""
        if request is None or not username:
            return None
        try:
            return check_credentials(employee_no=username, password=password, address=client_address(request))
        except SignInRefused:
            return None

    def get_user(self, user_id: int) -> Employee | None:
        """Asked on every request of a session; None for a leaver, and for whose role now needs the second step."""
        return signed_in_employee(user_id, second_step=False)


class SecondStepBackend(BaseBackend):
    """Signed in with a password and a code of the authenticator app: pages/second_factor.py alone names it."""

    def get_user(self, user_id: int) -> Employee | None:
        return signed_in_employee(user_id, second_step=True)
