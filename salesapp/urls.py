"""The whole map of addresses: includes only."""

from django.urls import URLPattern, URLResolver, include, path

from salesapp.health import healthz

urlpatterns: list[URLPattern | URLResolver] = [
    path("", include("outreach.urls")),
    path("", include("salesapp.staff.urls")),
    path("i18n/", include("django.conf.urls.i18n")),
    path("healthz", healthz, name="healthz"),
]
