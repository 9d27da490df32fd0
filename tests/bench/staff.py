"""Employees of the run: many, so that the limits of each hold, and their tokens, renewed before they end."""

import itertools
import time
from collections.abc import Iterator
from datetime import timedelta

from django.conf import settings
from django.utils import timezone

from geo.models import Region
from salesapp.staff.models import Employee, SignInFamily, Store
from salesapp.staff.permissions import Role
from salesapp.staff.tokens import issue_tokens

COUNT = 400
PREFIX = "bench-"


class Staff:
    """Salespersons of the whole city, taking turns."""

    def __init__(self) -> None:
        region = Region.objects.filter(level=Region.Level.CITY).latest("pk")
        store = Store.objects.order_by("pk").first()
        known = set(Employee.objects.filter(employee_no__startswith=PREFIX).values_list("employee_no", flat=True))
        Employee.objects.bulk_create(
            Employee(employee_no=number, name=number, role=Role.SALESPERSON, region=region, store=store, password="!")
            for number in (f"{PREFIX}{n:03}" for n in range(COUNT))
            if number not in known
        )
        self.employees = list(Employee.objects.filter(employee_no__startswith=PREFIX).select_related("region"))
        self._families = SignInFamily.objects.bulk_create(
            SignInFamily(employee=employee, expires_at=timezone.now() + timedelta(hours=12))
            for employee in self.employees
        )
        self._issued_at = float("-inf")
        self._turn: Iterator[dict[str, str]] = iter(())

    def sign_in(self) -> None:
        """Fresh tokens for all when half of their life is over. To be called between measurements."""
        if time.monotonic() - self._issued_at < settings.ACCESS_TOKEN_SECONDS / 2:
            return
        self._issued_at = time.monotonic()
        self._turn = itertools.cycle(
            [
                {"Authorization": f"Bearer {issue_tokens(employee, family)[0]}"}
                for employee, family in zip(self.employees, self._families, strict=True)
            ]
        )

    def next_headers(self) -> dict[str, str]:
        return next(self._turn)
