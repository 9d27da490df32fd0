from django.db import transaction

from salesapp.staff.errors import TokenRefused
from salesapp.staff.models import SignInFamily
from salesapp.staff.tokens import read_refresh


@transaction.atomic
def sign_out(*, refresh: str) -> None:
    """End the family of this refresh token, spent or not; its access tokens are refused from now on.

    A token that is not ours or has expired ends nothing, and that is no error: the caller is out either way.
    """
    try:
        claims = read_refresh(refresh)
    except TokenRefused:
        return
    SignInFamily.objects.filter(pk=claims.family_id, employee_id=claims.employee_id).revoke("signed out")
