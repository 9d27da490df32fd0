"""The page on which a code is typed in, for registering, signing in and erasing alike."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render

from members.actions.check_code import check_code
from members.codes import DIGITS
from members.errors import CodeRefused
from members.models import Verification
from members.queries.open_verification import open_verification
from outreach.actions.ask_for_code_again import ask_for_code_again
from outreach.pages.member_guard import VERIFICATION, drop, keep, private
from salesapp.staff.errors import LimiterUnavailable, TooManyRequests
from salesapp.staff.limits import client_address, consume
from salesapp.staff.pages.waiting import in_words

PAGE = "member/code.html"


@dataclass(frozen=True, slots=True)
class Step:
    """``back`` is where one begins again; ``title`` and ``button`` are words of this page."""

    purpose: Verification.Purpose
    back: str
    title: str
    button: str


def go_to_code(address: str, secret: str) -> HttpResponse:
    """After a code was asked for."""
    answer = HttpResponseRedirect(address)
    keep(answer, VERIFICATION, secret)
    return private(answer)


def code_page(request: HttpRequest, step: Step, then: Callable[[Verification], HttpResponse]) -> HttpResponse:
    """GET asks for the code; POST takes it, and then ``then`` answers, or sends another (``again``)."""
    secret = request.COOKIES.get(VERIFICATION, "")
    asked = open_verification(secret, step.purpose)
    if request.method != "POST":
        return _show(request, step, asked) if asked else private(HttpResponseRedirect(step.back))
    try:
        if "again" in request.POST:
            ask_for_code_again(secret=secret, purpose=step.purpose, address=client_address(request))
            return _show(request, step, asked, again=True)
        consume(group="code-check", key=client_address(request), rates=settings.CODE_CHECK_LIMITS)
        typed = "".join(c for c in request.POST.get("code", "") if c.isdecimal())
        code = f"{int(typed):0{DIGITS}}" if 0 < len(typed) <= DIGITS else ""
        verified = check_code(secret=secret, purpose=step.purpose, code=code)
    except CodeRefused as refused:
        return _show(request, step, asked, 422, problem="wrong" if refused.left else "over", left=refused.left)
    except TooManyRequests as limit:
        return _show(request, step, asked, 429, problem="limit", wait=in_words(limit.retry_after))
    except LimiterUnavailable:
        return _show(request, step, asked, 503, problem="unavailable")
    answer = then(verified)
    drop(answer, VERIFICATION)
    return private(answer)


def _show(request: HttpRequest, step: Step, asked: Verification | None, status: int = 200, **more: Any) -> HttpResponse:
    context = {"brand": settings.BRAND, "step": step, "masked": asked.masked if asked else "", **more}
    return private(render(request, PAGE, context, status=status))
