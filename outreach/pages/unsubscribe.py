"""Unsubscribe by the link of a message: GET shows, POST acts. No sign-in: who has the message has the link."""

import structlog
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from members.errors import UnknownMember
from outreach.actions.unsubscribe import unsubscribe
from outreach.message_token import NotAToken
from outreach.models import Channel
from outreach.queries.link_target import link_channel
from salesapp.staff.errors import LimiterUnavailable, TooManyRequests
from salesapp.staff.limits import client_address, consume

log = structlog.get_logger(__name__)

PAGE = "outreach/unsubscribe.html"


# Mail clients post from their own servers, without a cookie (RFC 8058). The name in the address is the secret.
@csrf_exempt
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def unsubscribe_page(request: HttpRequest, name: str) -> HttpResponse:
    """On GET what would be withdrawn, and nothing happens: programs open links before people do.

    A POST is the page's own (``choice``: channel or every) or a mail client's (List-Unsubscribe=One-Click); one
    that is neither withdraws on the message's channel as well, for whoever posts here wants out.
    """
    try:
        channel = link_channel(name)
        answer = _act(request, name, channel) if request.method == "POST" else _show(request, channel)
    except (NotAToken, UnknownMember):
        answer = _no_such_message(request)
    answer["X-Robots-Tag"] = "noindex, nofollow"
    return answer


def _show(request: HttpRequest, channel: Channel | None, **more: object) -> HttpResponse:
    return render(request, PAGE, {"brand": settings.BRAND, "channel": channel, **more})


def _act(request: HttpRequest, name: str, channel: Channel | None) -> HttpResponse:
    # Counted by message, not by address: one mail provider posts for thousands of people
    if not _let_through("unsubscribe", name):
        return render(request, PAGE, {"problem": "limit"}, status=429)
    every = request.POST.get("choice") == "every"
    unsubscribe(name=name, every=every, address=client_address(request))
    return _show(request, channel, done=True, every=every)


def _no_such_message(request: HttpRequest) -> HttpResponse:
    """Names are guessed at by address, and slowly."""
    status = 404 if _let_through("bad-link", client_address(request)) else 429
    return render(request, PAGE, {"problem": "link"}, status=status)


def _let_through(group: str, key: str) -> bool:
    """Open where the counter is down, unlike every other limit: to refuse an unsubscribe is worse than a flood."""
    try:
        consume(group=group, key=key, rates=settings.UNSUBSCRIBE_LIMITS)
    except TooManyRequests:
        return False
    except LimiterUnavailable:
        log.warning("unsubscribe not counted")
    return True
