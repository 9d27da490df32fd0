from django.db import transaction
from django.db.models.functions import Now

from members.actions.erase_member import erase_member
from members.models import Erasure


@transaction.atomic
def carry_out_erasure(*, erasure_id: int) -> bool:
    """Do what was asked for; False where it is done. One transaction."""
    asked = Erasure.objects.filter(pk=erasure_id, done_at=None).first()
    if asked is None:
        return False
    erase_member(member_id=asked.member_id)
    return bool(Erasure.objects.filter(pk=erasure_id, done_at=None).update(done_at=Now()))
