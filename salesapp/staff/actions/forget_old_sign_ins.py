from django.db import transaction
from django.utils import timezone

from salesapp.staff.models import SignInFamily


@transaction.atomic
def forget_old_sign_ins() -> int:
    """Delete families past their end, with their spent tokens, which by then are refused for their age alone.

    Gives the number of families.
    """
    _, per_model = SignInFamily.objects.filter(expires_at__lt=timezone.now()).delete()
    return per_model.get(SignInFamily._meta.label, 0)
