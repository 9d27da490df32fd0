"""Access and refresh tokens, and how a request proves who sends it.

Both tokens are signed with JWT_KEY (HS256), carry audience and issuer, and name the employee (``sub``), the
session version (``sv``) and the family of sign-ins (``fam``). Nothing of a token is stored but ids. The
employee's row is read on every request: disabling, a raised session version and a revoked family hold at once.
"""

import time
from dataclasses import dataclass
from datetime import timedelta
from functools import cache, lru_cache
from uuid import UUID

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from rest_framework.authentication import BaseAuthentication, SessionAuthentication, get_authorization_header
from rest_framework.exceptions import PermissionDenied
from rest_framework.request import Request
from rest_framework_simplejwt.backends import TokenBackend
from rest_framework_simplejwt.exceptions import TokenError
from rest_framework_simplejwt.tokens import Token

from salesapp.staff.errors import StalePage, TokenRefused
from salesapp.staff.models import Employee, SignInFamily
from salesapp.staff.queries.signed_in import signed_in_employee

AUDIENCE = ISSUER = "salesapp"


@cache
def _backend(key: str) -> TokenBackend:
    if not key:
        raise ImproperlyConfigured("JWT_KEY is missing; tokens are not signed with an empty key")
    return TokenBackend("HS256", signing_key=key, audience=AUDIENCE, issuer=ISSUER)


class _SignedToken(Token):
    def get_token_backend(self) -> TokenBackend:
        return _backend(settings.JWT_KEY)


class _AccessToken(_SignedToken):
    token_type = "access"  # noqa: S105
    lifetime = timedelta(seconds=settings.ACCESS_TOKEN_SECONDS)


class _RefreshToken(_SignedToken):
    token_type = "refresh"  # noqa: S105
    lifetime = timedelta(seconds=settings.REFRESH_TOKEN_SECONDS)


_KINDS: dict[str, type[_SignedToken]] = {kind.token_type: kind for kind in (_AccessToken, _RefreshToken)}


@dataclass(frozen=True, slots=True)
class Claims:
    """What a verified token says."""

    employee_id: int
    session_version: int
    family_id: UUID
    jti: UUID


def issue_tokens(employee: Employee, family: SignInFamily) -> tuple[str, str]:
    """A new access and a new refresh token of the family; the refresh token ends with the family."""
    access, refresh = _AccessToken(), _RefreshToken()
    for token in (access, refresh):
        token["sub"] = str(employee.pk)
        token["sv"] = employee.session_version
        token["fam"] = family.pk.hex
    refresh.payload["exp"] = int(family.expires_at.timestamp())
    return str(access), str(refresh)


@lru_cache(maxsize=4096)
def _verified(kind: str, token: str, key: str) -> tuple[Claims, int]:
    """Claims and end of a token signed with ``key``: the same token comes many times in its five minutes.

    What may end earlier than the token is not kept here: the employee's row is read on every request.
    """
    claims = _KINDS[kind](token).payload  # type: ignore[arg-type] # simplejwt annotates the text as a Token
    found = Claims(int(claims["sub"]), int(claims["sv"]), UUID(claims["fam"]), UUID(claims["jti"]))
    return found, int(claims["exp"])


def _read(kind: type[_SignedToken], token: str) -> Claims:
    try:
        claims, end = _verified(kind.token_type, token, settings.JWT_KEY)
    except (TokenError, KeyError, TypeError, ValueError, AttributeError):
        raise TokenRefused from None
    if end <= time.time():
        raise TokenRefused
    return claims


def read_refresh(token: str) -> Claims:
    """The claims of a refresh token of ours that has not expired. Raises TokenRefused."""
    return _read(_RefreshToken, token)


class AccessTokenAuthentication(BaseAuthentication):
    """``Authorization: Bearer <access token>``. Raises TokenRefused; absent is left to the next class."""

    def authenticate(self, request: Request) -> tuple[Employee, Claims] | None:
        kind, _, token = get_authorization_header(request).partition(b" ")
        if kind.lower() != b"bearer":
            return None
        claims = _read(_AccessToken, token.decode("latin-1"))
        employee = signed_in_employee(
            claims.employee_id, session_version=claims.session_version, family_id=claims.family_id
        )
        if employee is None:
            raise TokenRefused
        return employee, claims

    def authenticate_header(self, request: Request) -> str:
        return 'Bearer realm="api"'


class PageSessionAuthentication(SessionAuthentication):
    """The pages' own requests: Django's session, with the CSRF token in ``X-CSRFToken`` on unsafe methods.

    A leaver's session and one from before a raised session version end in Django's own look at the session
    hash (`Employee.get_session_auth_hash`), so what arrives here is current. Raises StalePage.
    """

    def enforce_csrf(self, request: Request) -> None:
        try:
            super().enforce_csrf(request)
        except PermissionDenied:
            raise StalePage from None
