from django.db import transaction
from django.db.models.functions import Now
from procrastinate.contrib.django import app

from members.models import Erasure, Member, MemberSession
from salesapp.staff.actions.record_read import record_read
from salesapp.staff.models import Employee

TASK = "erase_member"


@transaction.atomic
def request_erasure(*, member_id: int, by: Employee | None, reason: Erasure.Reason) -> None:
    """Have a member erased. From the commit on they are erased for everybody; a worker deletes what is held.

    Nothing more is sent, no look-up finds them, no import files them anew. Asked again it changes nothing. What
    an employee asks for (``by``) is an entry of the log of reads too, in the same transaction. Raises
    Member.DoesNotExist.
    """
    member = Member.objects.select_for_update(of=("self",)).get(pk=member_id, merged_into=None)
    MemberSession.objects.filter(member_id=member_id).delete()
    if member.erased_at:
        return
    Member.objects.filter(pk=member_id).update(erased_at=Now())
    erasure = Erasure.objects.create(member_id=member_id, by=by, reason=reason)
    if by is not None:
        record_read(by=by, reason=reason.value, member_id=member_id, search=f"erase: {reason.value}")
    # Where the job is lost, the sweep finds the row
    app.configure_task(TASK, queueing_lock=f"erase {erasure.pk}").defer(erasure=erasure.pk)
