"""The whole map of addresses: includes only."""

from django.contrib import admin
from django.urls import URLPattern, URLResolver, include, path
from django.views.decorators.http import require_POST
from django.views.i18n import set_language
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerSplitView

from salesapp.health import healthz

# Its own page, without the styles that drf-spectacular writes into it: no page lets those through
_documentation = SpectacularSwaggerSplitView.as_view(url_name="api-schema", template_name="api_docs.html")

urlpatterns: list[URLPattern | URLResolver] = [
    # What phones ask all day comes first: addresses are tried in this order
    path("", include("outreach.urls")),
    path("", include("salesapp.staff.urls")),
    path("healthz", healthz, name="healthz"),
    # Django's own answers a GET as well, by leading back to where it came from
    path("i18n/setlang/", require_POST(set_language), name="set_language"),
    path("admin/", admin.site.urls),
    path("api/schema/", SpectacularAPIView.as_view(), name="api-schema"),
    path("api/docs/", _documentation, name="api-docs"),
]

handler400 = "salesapp.errors.bad_request"
handler403 = "salesapp.errors.permission_denied"
handler404 = "salesapp.errors.page_not_found"
handler500 = "salesapp.errors.server_error"
