from collections.abc import Callable

import pytest
from django.core.cache import caches
from django.test import Client

from members.queries.catalogue import forget_catalogue
from salesapp.staff.models import Employee


@pytest.fixture(autouse=True)
def _fresh_counters(settings: object) -> None:
    caches["limits"].clear()
    forget_catalogue()


@pytest.fixture
def pages_of() -> Callable[[Employee], Client]:
    """A browser without scripts in which the employee is signed in."""

    def _client(employee: Employee) -> Client:
        client = Client()
        client.force_login(employee)
        return client

    return _client
