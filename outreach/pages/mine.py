"""The member's page: what is held of them, and what they may do about it."""

from collections.abc import Mapping
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from geo.models import Community
from members.actions.ask_for_community import ask_for_community
from members.actions.begin_member_session import begin_member_session
from members.actions.correct_member import correct_member
from members.actions.end_member_session import end_member_session
from members.actions.record_consent import record_consent
from members.actions.request_erasure import request_erasure
from members.errors import NotAPhoneNumber, NotSealable, Reworded, UnknownMember
from members.masking import salutation, surname_alone
from members.models import Consent, ConsentState, ConsentWording, Erasure, Member, Verification
from members.phone import PhoneNumber
from members.queries.member_of_number import member_of_number
from members.queries.offered_wordings import offered_wordings
from outreach.actions.ask_for_code import ask_for_code
from outreach.pages.code import Step, code_page, go_to_code
from outreach.pages.copy_file import as_file
from outreach.pages.cut_list import cut_list
from outreach.pages.member_guard import SESSION, MemberRequest, drop, for_member, keep, private
from outreach.queries.code_template import code_template
from outreach.queries.communities_named import communities_named
from outreach.queries.own_file import OwnFile, own_file
from salesapp.staff.errors import LimiterUnavailable, TooManyRequests
from salesapp.staff.limits import client_address
from salesapp.staff.pages.waiting import in_words

SHOWN = 20  # of each list on the page; the copy has all
# What the page says that was just done; the address holds the code alone
DONE: Mapping[str, str | Promise] = {
    "corrected": gettext_lazy("Your surname and form of address are corrected."),
    "asked": gettext_lazy("We have your request. Our privacy officer looks into it."),
    "withdrawn": gettext_lazy("Withdrawn. Nothing that waits on that channel is sent any more."),
    "withdrawn-everything": gettext_lazy("Withdrawn on every channel. Nothing that waits is sent any more."),
    "objected": gettext_lazy("Your objection is on record: nothing is worked out about you any more."),
    "objection-taken-back": gettext_lazy("Your objection is taken back."),
    "agreed": gettext_lazy("Thank you. What you agreed to is on record."),
}


@for_member
@require_http_methods(["GET", "HEAD"])
def mine(request: MemberRequest) -> HttpResponse:
    context = _context(
        request, shown=SHOWN, welcome="welcome" in request.GET, done=DONE.get(request.GET.get("done", "")),
        offered=_offered(request),
    )  # fmt: skip
    return render(request, "member/mine.html", context)


def _back(done: str = "") -> HttpResponse:
    """To the page, which says what was done."""
    return HttpResponseRedirect(reverse("mine") + (f"?done={done}" if done else ""))


def _file(request: MemberRequest) -> OwnFile:
    session = request.member_session
    return own_file(request.member, first_bidx=bytes(session.bidx), masked=session.masked)


def _context(request: MemberRequest, **more: Any) -> dict[str, Any]:
    return {
        "brand": settings.BRAND,
        "file": _file(request),
        "who": salutation(request.member.surname, request.member.title),
        "masked": request.member_session.masked,
        **more,
    }


@sensitive_post_parameters("phone")
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def sign_in(request: HttpRequest) -> HttpResponse:
    """The answer is the same for every number; only who holds the phone learns whether it is on file."""
    if code_template(get_language() or settings.LANGUAGE_CODE) is None:
        return _show_sign_in(request, 503, problem="unavailable")
    if request.method != "POST":
        return _show_sign_in(request)
    try:
        secret = ask_for_code(
            to=PhoneNumber.parse(request.POST.get("phone", "")),
            purpose=Verification.Purpose.SIGN_IN,
            address=client_address(request),
        )
    except NotAPhoneNumber:
        return _show_sign_in(request, 422, problem="number")
    except TooManyRequests as limit:
        return _show_sign_in(request, 429, problem="limit", wait=in_words(limit.retry_after))
    except (LimiterUnavailable, NotSealable):
        return _show_sign_in(request, 503, problem="unavailable")
    return go_to_code(reverse("mine-code"), secret)


def _show_sign_in(request: HttpRequest, status: int = 200, **more: Any) -> HttpResponse:
    return private(render(request, "member/sign_in.html", {"brand": settings.BRAND, **more}, status=status))


@sensitive_post_parameters("code")
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def sign_in_code(request: HttpRequest) -> HttpResponse:
    step = Step(Verification.Purpose.SIGN_IN, reverse("mine-sign-in"), _("My data"), _("Sign in"))
    return code_page(request, step, lambda verified: _enter(request, verified))


def _enter(request: HttpRequest, verified: Verification) -> HttpResponse:
    member = member_of_number(bytes(verified.bidx))
    if member is None:
        return render(request, "member/said.html", {"brand": settings.BRAND, "said": "nothing"})
    answer = HttpResponseRedirect(reverse("mine"))
    keep(answer, SESSION, begin_member_session(member_id=member.pk, verified=verified))
    return answer


@require_POST
@for_member
def sign_out(request: MemberRequest) -> HttpResponse:
    end_member_session(secret=request.COOKIES[SESSION])
    answer = HttpResponseRedirect(reverse("mine-sign-in"))
    drop(answer, SESSION)
    answer["Clear-Site-Data"] = '"cache"'
    return answer


@for_member
@require_http_methods(["GET", "HEAD"])
def copy_as_json(request: MemberRequest) -> HttpResponse:
    return as_file(_file(request), "my-data.json")


@for_member
@require_http_methods(["GET", "HEAD"])
def copy_as_page(request: MemberRequest) -> HttpResponse:
    answer = render(request, "member/copy.html", _context(request))
    answer["Content-Disposition"] = 'attachment; filename="my-data.html"'
    return answer


@sensitive_post_parameters("surname")
@for_member
@require_http_methods(["GET", "HEAD", "POST"])
def details(request: MemberRequest) -> HttpResponse:
    """Surname and title are put right at once; another community is asked for."""
    if request.method != "POST":
        return _show_details(request)
    if "search" in request.POST:
        query = request.POST["search"].strip()
        found, total = communities_named(query)
        return _show_details(request, query=query, found=found, cut=cut_list(len(found), total))
    if "community" in request.POST:
        return _ask_for_community(request)
    surname, title = surname_alone(request.POST.get("surname", "").strip()), request.POST.get("title", "")
    if not surname or title not in (Member.Title.MR, Member.Title.MS):
        return _show_details(request, 422, problem="name")
    try:
        correct_member(member_id=request.member.pk, surname=surname, title=title)
    except NotSealable:
        return _show_details(request, 503, problem="unavailable")
    return _back("corrected")


def _ask_for_community(request: MemberRequest) -> HttpResponse:
    text = request.POST["community"]
    found = Community.objects.filter(pk=int(text)).first() if text.isdecimal() and len(text) < 16 else None
    if found is None:
        return _show_details(request, 422, problem="community")
    ask_for_community(member_id=request.member.pk, community_id=found.pk)
    return _back("asked")


def _show_details(request: MemberRequest, status: int = 200, **more: Any) -> HttpResponse:
    context = {
        "brand": settings.BRAND,
        "member": request.member,
        "titles": [(Member.Title.MR, _("Mr")), (Member.Title.MS, _("Ms"))],
        **more,
    }
    return render(request, "member/details.html", context, status=status)


@require_POST
@for_member
def change_consent(request: MemberRequest) -> HttpResponse:
    """``withdraw`` names a channel (0 is every one); ``profiling`` is no, or yes to take an objection back."""
    withdraw, profiling = request.POST.get("withdraw"), request.POST.get("profiling")
    marketing = Consent.Purpose.MARKETING
    if withdraw in {str(channel.value) for channel in Consent.Channel}:
        _say(request, int(withdraw), marketing, given=False)
        return _back("withdrawn" if int(withdraw) else "withdrawn-everything")
    if profiling in ("yes", "no"):
        _say(request, Consent.Channel.EVERY, Consent.Purpose.PROFILING, given=profiling == "yes")
        return _back("objected" if profiling == "no" else "objection-taken-back")
    return _back()


@for_member
@require_http_methods(["GET", "HEAD", "POST"])
def agree(request: MemberRequest, channel: int) -> HttpResponse:
    """A consent to one channel, given anew: GET shows the whole text of today, POST with its fingerprint agrees."""
    wording = _offered(request).get(channel)
    if wording is None:
        return _back()
    if request.method != "POST":
        return _show_wording(request, channel, wording)
    try:
        if request.POST.get("wording") != wording.as_read:
            raise Reworded("another text")
        _say(request, channel, Consent.Purpose.MARKETING, given=True, wording=wording)
    except UnknownMember:  # being erased meanwhile: the next page says so
        return _back()
    except Reworded:
        # Worded anew since the page was opened: nobody agrees to what they have not read
        offered = _offered(request).get(channel)
        return _show_wording(request, channel, offered, 422, problem="reworded") if offered else _back()
    return _back("agreed")


def _show_wording(
    request: MemberRequest, channel: int, wording: ConsentWording, status: int = 200, **more: Any
) -> HttpResponse:
    context = {"brand": settings.BRAND, "channel": Consent.Channel(channel).label, "wording": wording, **more}
    return render(request, "member/agree.html", context, status=status)


def _offered(request: MemberRequest) -> dict[int, ConsentWording]:
    """Today's texts of the channels that the member gets nothing on."""
    states = ConsentState.objects.filter(
        member_id=request.member.pk, purpose=Consent.Purpose.MARKETING, given=True
    )  # fmt: skip
    given = set(states.values_list("channel", flat=True))
    offered = offered_wordings(get_language() or settings.LANGUAGE_CODE)
    return {channel.value: wording for channel, wording in offered.channels if channel not in given}


def _say(
    request: MemberRequest, channel: int, purpose: int, *, given: bool, wording: ConsentWording | None = None
) -> None:
    record_consent(
        member_id=request.member.pk, channel=channel, purpose=purpose, given=given, source=Consent.Source.OWN_PAGE,
        wording_id=wording.pk if wording else None, fingerprint=wording.fingerprint if wording else None,
        evidence={"form": "mine", "ip": client_address(request)},
    )  # fmt: skip


@for_member
@require_http_methods(["GET", "HEAD", "POST"])
def erase(request: MemberRequest) -> HttpResponse:
    """What will happen; a word to type; then a fresh code, because the phone may lie about unlocked."""
    word = _("erase")
    context: dict[str, Any] = {"brand": settings.BRAND, "word": word, "masked": request.member_session.masked}
    if request.method != "POST":
        return render(request, "member/erase.html", context)
    if request.POST.get("word", "").strip().casefold() != word.casefold():
        return render(request, "member/erase.html", {**context, "problem": "word"}, status=422)
    try:
        secret = ask_for_code(
            to=request.member_session, purpose=Verification.Purpose.ERASE, address=client_address(request)
        )
    except TooManyRequests as limit:
        wait = in_words(limit.retry_after)
        return render(request, "member/erase.html", {**context, "problem": "limit", "wait": wait}, status=429)
    except LimiterUnavailable:
        return render(request, "member/erase.html", {**context, "problem": "unavailable"}, status=503)
    return go_to_code(reverse("mine-erase-code"), secret)


@sensitive_post_parameters("code")
@for_member
@require_http_methods(["GET", "HEAD", "POST"])
def erase_code(request: MemberRequest) -> HttpResponse:
    step = Step(Verification.Purpose.ERASE, reverse("mine-erase"), _("Erase my data"), _("Erase everything"))
    return code_page(request, step, lambda verified: _erase(request, verified))


def _erase(request: MemberRequest, verified: Verification) -> HttpResponse:
    # The code is that of the number that is signed in
    if verified.member_id != request.member.pk:
        return HttpResponseRedirect(reverse("mine-erase"))
    request_erasure(member_id=request.member.pk, by=None, reason=Erasure.Reason.OWN)
    answer = render(request, "member/said.html", {"brand": settings.BRAND, "said": "erased"})
    drop(answer, SESSION)
    return answer
