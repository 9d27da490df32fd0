from django.db import transaction

from members.masking import surname_alone
from outreach.actions.act_for_member import subject_on_record
from outreach.queries.own_file import OwnFile, own_file
from salesapp.staff.actions.allow_look_up import allow_look_up
from salesapp.staff.models import Employee


def copy_for_member(*, by: Employee, member: str, reason: str) -> OwnFile:
    """What is held of the member of this public id, as on their own page but for what staff never see: no address.

    On record with its reason, every time. Counts against the employee's limit of look-ups. Raises UnknownMember,
    BeingErased, LookUpsHeld, TooManyRequests, LimiterUnavailable.
    """
    allow_look_up(by=by)
    with transaction.atomic():
        subject = subject_on_record(by=by, member=member, reason=reason, words="copy: without addresses")
        # Whatever got into the wrong column does not come out here
        subject.surname = surname_alone(subject.surname)
        return own_file(subject, first_bidx=None, masked="")
