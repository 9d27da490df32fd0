from collections.abc import Callable
from datetime import timedelta

import pytest
from django.utils import timezone
from rest_framework.test import APIClient

from salesapp.staff.models import Employee, SignInFamily
from salesapp.staff.tokens import issue_tokens


@pytest.fixture
def client_of() -> Callable[[Employee], APIClient]:
    """An API client that carries the employee's access token."""

    def _client(employee: Employee) -> APIClient:
        family = SignInFamily.objects.create(employee=employee, expires_at=timezone.now() + timedelta(days=1))
        client = APIClient()
        client.credentials(HTTP_AUTHORIZATION=f"Bearer {issue_tokens(employee, family)[0]}")
        return client

    return _client
