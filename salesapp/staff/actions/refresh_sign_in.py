from django.db import IntegrityError, transaction

from salesapp.staff.errors import TokenRefused
from salesapp.staff.models import SignInFamily, SpentRefresh
from salesapp.staff.queries.signed_in import signed_in_employee
from salesapp.staff.tokens import Claims, issue_tokens, read_refresh


def refresh_sign_in(*, refresh: str) -> tuple[str, str]:
    """Spend a refresh token and give the next (access, refresh) of its family.

    A token works once. Of any number of uses, at once or later, exactly one succeeds; the second proves that
    two hold the token, so it ends the whole family, the winner's new tokens included. Raises TokenRefused
    for that, for a token that is not ours or has expired, and where the sign-in has ended.
    """
    claims = read_refresh(refresh)
    try:
        return _rotate(claims)
    except IntegrityError:
        # Outside the transaction that failed, so that its end does not undo this
        with transaction.atomic(durable=True):
            SignInFamily.objects.filter(pk=claims.family_id).revoke("refresh token reused")
        raise TokenRefused from None


@transaction.atomic(durable=True)
def _rotate(claims: Claims) -> tuple[str, str]:
    # The insert comes before any look: the primary key lets one through and makes the others wait for it
    SpentRefresh.objects.create(jti=claims.jti, family_id=claims.family_id)
    employee = signed_in_employee(
        claims.employee_id, session_version=claims.session_version, family_id=claims.family_id
    )
    if employee is None:
        raise TokenRefused
    return issue_tokens(employee, SignInFamily.objects.get(pk=claims.family_id))
