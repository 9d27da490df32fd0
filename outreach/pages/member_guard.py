"""The pages of members: no account and no password; a code that was sent to the phone, and a cookie for a while.

The cookie is another than that of the staff, and opens nothing of theirs.
"""

from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.views.decorators.cache import never_cache

from members.codes import LIFE
from members.errors import UnknownMember
from members.models import Member, MemberSession
from members.queries.member_session import IDLE, signed_in_member

P = ParamSpec("P")

SESSION, VERIFICATION = "member", "verification"
_LIVES = {SESSION: IDLE, VERIFICATION: 2 * LIFE}


class MemberRequest(HttpRequest):
    """A request of somebody who showed that the phone is theirs."""

    member: Member
    member_session: MemberSession


MemberPage = Callable[Concatenate[MemberRequest, P], HttpResponse]


def for_member(page: MemberPage[P]) -> Callable[Concatenate[HttpRequest, P], HttpResponse]:
    """Let through who is signed in as a member; all others are sent to where one signs in. Nothing is ever stored."""

    @wraps(page)
    def guarded(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        secret = request.COOKIES.get(SESSION, "")
        found = signed_in_member(secret) if secret else None
        if found is None:
            return HttpResponseRedirect(reverse("mine-sign-in"))
        request.member_session, request.member = found  # type: ignore[attr-defined]
        try:
            answer = page(request, *args, **kwargs)  # type: ignore[arg-type]
        except (Member.DoesNotExist, UnknownMember):  # erased between the guard and the act
            return HttpResponseRedirect(reverse("mine-sign-in"))
        if SESSION not in answer.cookies:
            keep(answer, SESSION, secret)  # as long again
        return private(answer)

    return never_cache(guarded)


def keep(answer: HttpResponse, name: str, secret: str) -> None:
    answer.set_cookie(
        name, secret, max_age=_LIVES[name], path=_path(name), secure=settings.SESSION_COOKIE_SECURE, httponly=True,
        samesite="Lax",
    )  # fmt: skip


def drop(answer: HttpResponse, name: str) -> None:
    answer.delete_cookie(name, path=_path(name), samesite="Lax")


def _path(name: str) -> str:
    """The sign-in is sent to the member's page alone; a code is typed in at the store's address as well."""
    return reverse("mine") if name == SESSION else "/"


def private(answer: HttpResponse) -> HttpResponse:
    answer["X-Robots-Tag"] = "noindex, nofollow"
    return answer
