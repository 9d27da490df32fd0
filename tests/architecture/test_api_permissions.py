"""Every view of the API says whom it lets in."""

import re
from collections.abc import Iterator

from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver
from rest_framework.permissions import AllowAny, IsAuthenticated
from rest_framework.views import APIView

from salesapp.staff.actions.disable_employee import disable_employee
from salesapp.staff.actions.sign_in import sign_in
from salesapp.staff.models import Employee
from tests.conftest import PASSWORD

# What anybody may call: the way in and out, the description of the API, and what providers sign
PUBLIC = {
    "api/sign-in/", "api/sign-in/refresh/", "api/sign-out/", "api/schema/", "api/docs/",
    "api/webhooks/<str:provider>/",
}  # fmt: skip
# What every employee may call
EVERY_EMPLOYEE = {"api/me/"}


def api_views(patterns: list[URLPattern | URLResolver], prefix: str = "") -> Iterator[tuple[str, type[APIView] | None]]:
    for pattern in patterns:
        route = prefix + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            yield from api_views(pattern.url_patterns, route)
        elif route.startswith("api/"):
            yield route, getattr(pattern.callback, "cls", None)


def test_every_view_declares_a_permission_or_is_listed() -> None:
    views = dict(api_views(get_resolver().url_patterns))
    assert len(views) >= 6
    for route, view in views.items():
        assert view is not None, f"{route} is not an APIView"
        classes = list(view.permission_classes)
        if route in PUBLIC:
            assert classes == [AllowAny], route
        elif route in EVERY_EMPLOYEE:
            assert classes == [IsAuthenticated], route
        else:
            assert all(hasattr(permission, "asks_for") for permission in classes), route
            assert classes, route
    assert set(views) >= PUBLIC | EVERY_EMPLOYEE


def test_a_leavers_token_from_before_is_refused_by_every_view(alice: Employee) -> None:
    token = sign_in(employee_no="alice", password=PASSWORD, address="192.0.2.1").access
    client = Client(headers={"Authorization": f"Bearer {token}"}, raise_request_exception=False)
    views = dict(api_views(get_resolver().url_patterns))
    asked = [
        (method, "/" + re.sub("<[^>]*>", "1", route))
        for route, view in views.items()
        for method in ("get", "post")
        if route not in PUBLIC and hasattr(view, method)
    ]
    assert len(asked) >= 5
    assert 401 not in {getattr(client, method)(path).status_code for method, path in asked}
    disable_employee(employee=alice, by=None)
    assert {getattr(client, method)(path).status_code for method, path in asked} == {401}
