"""Every error answer of the application. The one place that knows which error has which status.

Under /api/ an error is an RFC 9457 problem (application/problem+json); elsewhere it is a page. Texts follow
the reader's language. Nothing of the request is repeated: a value may be somebody's number.
"""

import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

import structlog
from django.core import exceptions as django_errors
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.views import csrf, defaults
from rest_framework import exceptions as drf_errors

from geo.errors import TileOutOfRange
from members.errors import BeingErased, CodeRefused, NotAPhoneNumber, NotSealable
from members.models import Need
from outreach.errors import (
    BadCursor,
    BadRequestKey,
    BadSignature,
    BroadcastRefused,
    DraftExpired,
    DraftUnreadable,
    NothingToWrite,
    NotWritable,
    OwnBroadcast,
    RequestKeyReused,
    UnreadableBody,
    WordingRefused,
    WrongState,
)
from outreach.refusal_words import in_words
from salesapp.staff.errors import (
    LimiterUnavailable,
    LookUpsHeld,
    SecondFactorMissing,
    SecondFactorRefused,
    SignInRefused,
    StaffListStale,
    StalePage,
    TokenRefused,
    TooManyRequests,
)

log = structlog.get_logger(__name__)

CONTENT_TYPE = "application/problem+json"
TYPE_PREFIX = "tag:salesapp,2026:"  # RFC 9457 3.1.1: a type that names without promising a document
LIMITER_RETRY_SECONDS = 5


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of problem. ``field`` is the input it is about, where that is always the same one."""

    status: int
    code: str
    title: str | Promise
    detail: str | Promise
    field: str = ""


INVALID = Kind(400, "invalid", _("The input is not valid"), _("See errors for each field."))
NOT_AUTHENTICATED = Kind(401, "not_authenticated", _("Not signed in"), _("Sign in and try again."))
FORBIDDEN = Kind(403, "forbidden", _("Not allowed"), _("Your role does not allow this."))
CSRF = Kind(403, "csrf", _("The page is out of date"), _("Load the page again and repeat what you did."))
NOT_FOUND = Kind(404, "not_found", _("Not found"), _("It does not exist, or it is not yours to see."))
BAD_REQUEST = Kind(400, "bad_request", _("Bad request"), _("The request cannot be read."))
INTERNAL = Kind(500, "internal", _("Something went wrong"), _("The error was recorded. Try again later."))

PROBLEMS: dict[type[Exception], Kind] = {
    # Ours
    TileOutOfRange: Kind(
        404, "tile_out_of_range", _("No such tile"), _("The zoom or the position lies outside the map.")
    ),
    SignInRefused: Kind(
        401, "sign_in_refused", _("Sign-in refused"), _("The employee number or the password is not right.")
    ),
    StaffListStale: Kind(
        503, "staff_list_stale", _("Sign-in is closed"), _("The list of employees is overdue. Ask an administrator.")
    ),
    SecondFactorRefused: Kind(
        401, "second_factor_refused", _("Code refused"), _("Send the code that the authenticator app shows now.")
    ),
    SecondFactorMissing: Kind(
        403,
        "second_factor_missing",
        _("No authenticator app yet"),
        _("Sign in on the sign-in page once: it sets the authenticator app up."),
    ),
    TokenRefused: Kind(401, "token_refused", _("The sign-in has ended"), _("Sign in again.")),
    StalePage: CSRF,
    TooManyRequests: Kind(429, "too_many_requests", _("Too many requests"), _("Wait a little, then try again.")),
    LimiterUnavailable: Kind(
        503, "limiter_unavailable", _("Not available right now"), _("Requests cannot be counted. Try again soon.")
    ),
    LookUpsHeld: Kind(
        403,
        "look_ups_held",
        _("Look-ups are held"),
        _("Your last look-ups were unusual. Speak to your manager; the privacy officer or an administrator decides."),
    ),
    NotAPhoneNumber: Kind(
        400, "not_a_phone_number", _("Not a phone number"), _("This is not a mobile number."), field="phone"
    ),
    NotSealable: Kind(503, "not_sealable", _("Not available right now"), _("Try again soon.")),
    CodeRefused: Kind(
        400, "code_refused", _("Code refused"), _("This is not the code, or it is too late for it."), field="code"
    ),
    BeingErased: Kind(409, "being_erased", _("One moment"), _("What is held is being erased. Try again in minutes.")),
    BadCursor: Kind(400, "bad_cursor", _("No such page"), _("Begin again with the first page."), field="after"),
    BadRequestKey: Kind(
        400,
        "bad_idempotency_key",
        _("Idempotency-Key is missing or not usable"),
        _("Send 1 to 100 visible ASCII characters in the header Idempotency-Key."),
        field="Idempotency-Key",
    ),
    RequestKeyReused: Kind(
        409,
        "idempotency_key_reused",
        _("Idempotency-Key was used already"),
        _("It came before with another request. Send this one with a key of its own."),
    ),
    WordingRefused: INVALID,
    BroadcastRefused: INVALID,
    WrongState: Kind(409, "wrong_state", _("No longer possible"), _("The broadcast has moved on. Look at it again.")),
    OwnBroadcast: Kind(
        403, "own_broadcast", _("A second person approves"), _("Nobody approves a broadcast of their own.")
    ),
    # In answers the code is the refusal's own (month_used, no_consent, quiet_hours …) and the detail says it in words
    NotWritable: Kind(409, "not_writable", _("Not to be written to now"), _("The customer cannot be written to now.")),
    NothingToWrite: Kind(409, "nothing_to_write", _("No text fits"), _("There is no template for this customer.")),
    DraftExpired: Kind(410, "draft_expired", _("Too old"), _("The message is older than 24 hours and is not sent.")),
    DraftUnreadable: Kind(422, "draft_unreadable", _("Not readable"), _("The message that was kept cannot be read.")),
    Need.DoesNotExist: Kind(409, "no_need", _("No need"), _("No such need of this customer is known.")),
    BadSignature: Kind(
        403, "bad_signature", _("Signature refused"), _("The body is not signed with this provider's secret.")
    ),
    UnreadableBody: Kind(400, "unreadable_body", _("Bad request"), _("The body is not in the form of this provider.")),
    # A query of what is the reader's own found nothing: whether it exists elsewhere is not told
    django_errors.ObjectDoesNotExist: NOT_FOUND,
    # The framework's
    drf_errors.ValidationError: INVALID,
    drf_errors.ParseError: Kind(400, "not_json", _("Not JSON"), _("The body cannot be read as JSON.")),
    drf_errors.NotAuthenticated: NOT_AUTHENTICATED,
    drf_errors.AuthenticationFailed: NOT_AUTHENTICATED,
    drf_errors.PermissionDenied: FORBIDDEN,
    django_errors.PermissionDenied: FORBIDDEN,
    drf_errors.NotFound: NOT_FOUND,
    Http404: NOT_FOUND,
    drf_errors.MethodNotAllowed: Kind(
        405, "method_not_allowed", _("Method not allowed"), _("The header Allow lists what is possible here.")
    ),
    drf_errors.NotAcceptable: Kind(
        406, "not_acceptable", _("Not available in that form"), _("Nothing here matches the header Accept.")
    ),
    drf_errors.UnsupportedMediaType: Kind(
        415, "unsupported_media_type", _("Unsupported media type"), _("Send the body as application/json.")
    ),
    django_errors.RequestDataTooBig: Kind(413, "too_large", _("Too large"), _("The body is too large.")),
    django_errors.SuspiciousOperation: BAD_REQUEST,
}

# Of these the framework's own sentence repeats the value it refuses
_ECHOING = {
    "invalid_choice": _("Not one of the possible values."),
    "does_not_exist": _("Does not exist."),
    "incorrect_type": _("Wrong type."),
}


def kind_of(error: Exception) -> Kind | None:
    """The kind of the nearest class in the table, or None for an error that nobody foresaw."""
    return next((PROBLEMS[cls] for cls in type(error).__mro__ if cls in PROBLEMS), None)


def problem(
    kind: Kind, *, errors: list[dict[str, Any]] | None = None, headers: Mapping[str, str] | None = None
) -> JsonResponse:
    """The answer: {type, title, status, detail, instance, code, errors}. ``instance`` is also in the log."""
    instance = f"urn:uuid:{uuid.uuid4()}"
    if errors is None:
        errors = [{"field": kind.field, "code": kind.code, "detail": kind.detail}] if kind.field else []
    if kind.status >= 500:
        log.warning("problem", code=kind.code, instance=instance)
    return JsonResponse(
        {
            "type": TYPE_PREFIX + kind.code,
            "title": kind.title,
            "status": kind.status,
            "detail": kind.detail,
            "instance": instance,
            "code": kind.code,
            "errors": errors,
        },
        status=kind.status,
        content_type=CONTENT_TYPE,
        headers={"Cache-Control": "no-store", **(headers or {})},
        json_dumps_params={"ensure_ascii": False},
    )


def _field_errors(detail: Any, path: str = "") -> Iterator[dict[str, Any]]:
    """The tree of a validation error as a list of {field, code, detail}; a dotted path for what is nested."""
    if isinstance(detail, dict):
        for name, below in detail.items():
            step = "" if name == "non_field_errors" else str(name)
            yield from _field_errors(below, ".".join(filter(None, (path, step))))
    elif isinstance(detail, list):
        for below in detail:
            yield from _field_errors(below, path)
    else:
        code = getattr(detail, "code", "invalid")
        yield {"field": path, "code": code, "detail": _ECHOING.get(code, str(detail))}


def exception_handler(error: Exception, context: dict[str, Any]) -> JsonResponse | None:
    """REST framework's hook. None for an unforeseen error, which then is a 500 with its traceback in the log."""
    kind = kind_of(error)
    if kind is None:
        return None
    headers: dict[str, str] = {}
    if kind.status == 401:
        headers["WWW-Authenticate"] = 'Bearer realm="api"'
    if isinstance(error, TooManyRequests):
        headers["Retry-After"] = str(error.retry_after)
    if isinstance(error, LimiterUnavailable):
        headers["Retry-After"] = str(LIMITER_RETRY_SECONDS)
    errors = list(_field_errors(error.detail)) if isinstance(error, drf_errors.ValidationError) else None
    if isinstance(error, WordingRefused):
        errors = [{"field": found.field, "code": found.code, "detail": str(found.detail)} for found in error.findings]
    if isinstance(error, BroadcastRefused):
        found = error.finding
        errors = [{"field": found.field, "code": found.code, "detail": str(found.detail)}]
    if isinstance(error, NotWritable):
        kind = replace(kind, code=error.refusal, detail=in_words(error))
    return problem(kind, errors=errors, headers=headers)


def _is_api(request: HttpRequest) -> bool:
    return request.path.startswith("/api/")


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """handler400"""
    return problem(BAD_REQUEST) if _is_api(request) else defaults.bad_request(request, exception)


def permission_denied(request: HttpRequest, exception: Exception) -> HttpResponse:
    """handler403"""
    return problem(FORBIDDEN) if _is_api(request) else defaults.permission_denied(request, exception)


def page_not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """handler404"""
    return problem(NOT_FOUND) if _is_api(request) else defaults.page_not_found(request, exception)


def server_error(request: HttpRequest) -> HttpResponse:
    """handler500. The traceback was logged by Django before this is asked."""
    return problem(INTERNAL) if _is_api(request) else defaults.server_error(request)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """settings.CSRF_FAILURE_VIEW"""
    return problem(CSRF) if _is_api(request) else csrf.csrf_failure(request, reason)
