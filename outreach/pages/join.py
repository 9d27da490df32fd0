"""Registration by the QR code of a store: what one agrees to, a number, a code; then one is a member."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from members.actions.begin_member_session import begin_member_session
from members.errors import BadConsent, BeingErased, NotAPhoneNumber, NotSealable
from members.masking import surname_alone
from members.models import Consent, ConsentWording, Member, Verification
from members.phone import PhoneNumber
from members.queries.offered_wordings import Offered, offered_wordings
from outreach.actions.ask_for_code import ask_for_code
from outreach.actions.finish_joining import finish_joining
from outreach.pages.code import Step, code_page, go_to_code
from outreach.pages.member_guard import SESSION, keep, private
from outreach.queries.code_template import code_template
from salesapp.staff.errors import LimiterUnavailable, TooManyRequests
from salesapp.staff.limits import client_address
from salesapp.staff.models import Store
from salesapp.staff.pages.waiting import in_words

PAGE = "member/join.html"


@sensitive_post_parameters("phone", "surname")
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def join(request: HttpRequest, join_code: str) -> HttpResponse:
    """GET shows the texts and asks; POST has a code sent. The answer is the same for every number."""
    store = _store(join_code)
    if store is None:
        return private(render(request, "member/no_store.html", {"brand": settings.BRAND}, status=404))
    language = get_language() or settings.LANGUAGE_CODE
    offered = offered_wordings(language)
    if code_template(language) is None:
        return _show(request, store, offered, 503, problem="unavailable")
    if request.method != "POST":
        return _show(request, store, offered)
    return _ask(request, store, offered)


def _ask(request: HttpRequest, store: Store, offered: Offered) -> HttpResponse:
    ticked = set(request.POST.getlist("agreed"))
    texts = {
        _as_read(channel, wording): (channel.value, wording.pk, wording.fingerprint)
        for channel, wording in offered.channels
    }
    title = request.POST.get("title", "")
    surname = surname_alone(request.POST.get("surname", "").strip())
    again: dict[str, Any] = {"surname": surname, "title": title, "ticked": ticked, "objects": "objects" in request.POST}
    if not ticked <= set(texts):
        # Worded anew since the page was opened: nobody agrees to what they have not read
        return _show(request, store, offered, 422, problem="reworded", **again | {"ticked": ()})
    if not surname or title not in (Member.Title.MR, Member.Title.MS):
        return _show(request, store, offered, 422, problem="name", **again)
    try:
        secret = ask_for_code(
            to=PhoneNumber.parse(request.POST.get("phone", "")),
            purpose=Verification.Purpose.JOIN,
            address=client_address(request),
            store=store,
            told={
                "surname": surname,
                "title": title,
                "agreed": [agreed for read, agreed in texts.items() if read in ticked],
                "objects": "objects" in request.POST,
            },
        )
    except NotAPhoneNumber:
        return _show(request, store, offered, 422, problem="number", **again)
    except TooManyRequests as limit:
        return _show(request, store, offered, 429, problem="limit", wait=in_words(limit.retry_after), **again)
    except (LimiterUnavailable, NotSealable):
        return _show(request, store, offered, 503, problem="unavailable", **again)
    return go_to_code(reverse("join-code", args=[store.join_code]), secret)


@sensitive_post_parameters("code")
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def join_code(request: HttpRequest, join_code: str) -> HttpResponse:
    step = Step(Verification.Purpose.JOIN, reverse("join", args=[join_code]), _("Register"), _("Become a member"))
    return code_page(request, step, lambda verified: _finish(request, verified, step.back))


def _finish(request: HttpRequest, verified: Verification, back: str) -> HttpResponse:
    try:
        member = finish_joining(verified=verified)
    except BeingErased:
        return render(request, "member/said.html", {"brand": settings.BRAND, "said": "being_erased"}, status=409)
    except NotSealable:
        return render(request, "member/said.html", {"brand": settings.BRAND, "said": "unavailable"}, status=503)
    except BadConsent:
        return _ask_anew(request, verified, back)
    answer = HttpResponseRedirect(f"{reverse('mine')}?welcome")
    keep(answer, SESSION, begin_member_session(member_id=member.pk, verified=verified))
    return answer


def _ask_anew(request: HttpRequest, verified: Verification, back: str) -> HttpResponse:
    """A text was edited while its code was on the way: nobody is filed, and the texts of now are to be read."""
    store = verified.store
    if store is None or not store.is_open:
        return HttpResponseRedirect(back)
    told = {name: verified.told.get(name, "") for name in ("surname", "title", "objects")}
    offered = offered_wordings(get_language() or settings.LANGUAGE_CODE)
    return _show(request, store, offered, 422, problem="reworded", is_late=True, **told)


def _as_read(channel: Consent.Channel, wording: ConsentWording) -> str:
    return f"{channel.value}:{wording.as_read}"


def _store(code: str) -> Store | None:
    return Store.objects.filter(join_code=code.lower(), is_open=True).first() if code.isalnum() else None


def _show(request: HttpRequest, store: Store, offered: Offered, status: int = 200, **more: Any) -> HttpResponse:
    context = {
        "brand": settings.BRAND,
        "store": store,
        "titles": [(Member.Title.MR, _("Mr")), (Member.Title.MS, _("Ms"))],
        "channels": [
            {"value": _as_read(channel, wording), "label": channel.label, "wording": wording}
            for channel, wording in offered.channels
        ],
        "profiling": offered.profiling,
        **more,
    }
    return private(render(request, PAGE, context, status=status))
