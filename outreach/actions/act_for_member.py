from collections.abc import Callable

from django.db import transaction

from members.errors import BeingErased, UnknownMember
from members.models import Member
from members.public_id import NotAPublicId, member_id
from members.queries.consent_history import stands_for
from outreach.actions.act_once import act_once
from outreach.errors import RequestKeyReused
from salesapp.staff.actions.allow_look_up import allow_look_up
from salesapp.staff.actions.record_read import record_read
from salesapp.staff.models import AccessEntry, Employee

# What an officer acts for a member for; nobody acts for an audit
REASONS = (AccessEntry.PrivacyReason.REQUEST, AccessEntry.PrivacyReason.COMPLAINT)


def act_for_member(
    *, by: Employee, member: str, reason: str, words: str, key: str, asked: object, effect: Callable[[Member], None]
) -> None:
    """Do once for the member of this public id what they ask a privacy officer for, on record with its reason.

    ``reason`` is one of REASONS; ``words`` say in the access log what was done, without a value. ``key`` comes with
    the form and stands for ``asked``; used again it does nothing and is refused, for the member may have said something
    else since. Counts against the employee's limit of look-ups. Entry and effect are one transaction: where the effect
    raises, nothing was done.

    Raises UnknownMember, BeingErased, LookUpsHeld, TooManyRequests, LimiterUnavailable, BadRequestKey,
    RequestKeyReused, and whatever the effect raises.
    """
    allow_look_up(by=by)
    done = False

    def once() -> dict[str, object]:
        nonlocal done
        done = True
        effect(subject_on_record(by=by, member=member, reason=reason, words=words))
        return {}

    act_once(by=by, key=key, asked=["for member", member, reason, words, asked], effect=once)
    if not done:
        raise RequestKeyReused


@transaction.atomic
def subject_on_record(*, by: Employee, member: str, reason: str, words: str) -> Member:
    """The member of this public id, or who they are now, locked; and that ``by`` acts for them, in the access log.

    Raises UnknownMember, BeingErased.
    """
    try:
        named = stands_for(member_id(member))
        subject = Member.objects.select_for_update(of=("self",)).get(pk=named, merged_into=None)
    except (NotAPublicId, Member.DoesNotExist):
        raise UnknownMember from None
    if subject.erased_at:
        raise BeingErased
    record_read(by=by, reason=reason, member_id=subject.pk, search=words)
    return subject
