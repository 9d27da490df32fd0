"""The app on the phone's home screen: its manifest, its service worker, and the pages that need no network."""

import hashlib
import json
from functools import cache
from pathlib import Path

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import resolve_url
from django.template.loader import render_to_string
from django.templatetags.static import static
from django.urls import reverse
from django.utils.cache import patch_cache_control
from django.utils.translation import gettext as _
from django.utils.translation import override
from django.views.decorators.csrf import ensure_csrf_cookie
from django.views.decorators.http import require_safe

STATIC = Path(settings.BASE_DIR) / "salesapp" / "static"
# Every page needs them, and they are small: kept from the first visit on. The map's library is kept once it was used.
AT_ONCE, ONCE_USED = ("phone/*.css", "phone/*.js", "phone/*.svg", "vendor/htmx*"), ("vendor/maplibre*",)
ICONS = [("icon-192.png", 192, "any"), ("icon-512.png", 512, "any"), ("icon-maskable-512.png", 512, "maskable")]


@require_safe
def manifest(request: HttpRequest, language: str) -> HttpResponse:
    if language not in dict(settings.LANGUAGES):
        raise Http404
    with override(language):
        name = _("Field sales")
    answer = JsonResponse(
        {
            "id": "/",
            "name": name,
            "short_name": name,
            "lang": language,
            "start_url": resolve_url(settings.LOGIN_REDIRECT_URL),
            "scope": "/",
            "display": "standalone",
            "background_color": "#f3f5f4",
            "theme_color": "#ffffff",
            "icons": [
                {"src": static(f"phone/{icon}"), "sizes": f"{size}x{size}", "type": "image/png", "purpose": purpose}
                for icon, size, purpose in ICONS
            ],
        },
        content_type="application/manifest+json",
        json_dumps_params={"ensure_ascii": False},
    )
    return _asked_for_again(answer)


@require_safe
def service_worker(request: HttpRequest) -> HttpResponse:
    """At the root, so that it serves every page. Its text changes with the shell's files, so a deploy replaces it."""
    answer = HttpResponse(render_to_string("outreach/service-worker.js", _shell()), content_type="text/javascript")
    # A worker obeys the policy of its own script
    answer["Content-Security-Policy"] = "default-src 'none'; connect-src 'self'"
    return _asked_for_again(answer)


@require_safe
def offline(request: HttpRequest) -> HttpResponse:
    """What the service worker shows instead of a page that the network does not bring; in both languages."""
    return _asked_for_again(HttpResponse(render_to_string("outreach/offline.html")))


@require_safe
@ensure_csrf_cookie
def signed_out(request: HttpRequest) -> HttpResponse:
    """Kept on the phone: tells the server of a sign-out as soon as it is reached, and shows nothing else before."""
    return _asked_for_again(HttpResponse(render_to_string("outreach/signed_out.html")))


def _asked_for_again(answer: HttpResponse) -> HttpResponse:
    patch_cache_control(answer, no_cache=True)
    return answer


@cache
def _shell() -> dict[str, object]:
    pages = [reverse("offline"), reverse("signed-out")]
    at_once, once_used = _addresses(AT_ONCE), _addresses(ONCE_USED)
    texts = [render_to_string(f"outreach/{name}.html") for name in ("offline", "signed_out")]
    # Hashed names change with the contents of the files
    seen = hashlib.sha256(repr([texts, at_once, once_used]).encode())
    lists = {"pages": pages, "at_once": at_once, "once_used": once_used}
    return {
        "version": seen.hexdigest()[:16],
        "map_page": reverse("map"),
        **{name: json.dumps(found) for name, found in lists.items()},
    }


def _addresses(patterns: tuple[str, ...]) -> list[str]:
    files = (file for pattern in patterns for file in sorted(STATIC.glob(pattern)))
    return [static(file.relative_to(STATIC).as_posix()) for file in files]
