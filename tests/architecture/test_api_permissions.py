"""Every view of the API says whom it lets in."""

from collections.abc import Iterator

from django.urls import URLPattern, URLResolver, get_resolver
from rest_framework.permissions import AllowAny, IsAuthenticated
from rest_framework.views import APIView

# What anybody may call: the way in and out, and the description of the API
PUBLIC = {"api/sign-in/", "api/sign-in/refresh/", "api/sign-out/", "api/schema/", "api/docs/"}
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
