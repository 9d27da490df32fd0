from members.actions.record_consent import record_consent
from members.models import Consent, Member
from outreach.actions.act_for_member import act_for_member
from salesapp.staff.models import Employee


def object_for_member(*, by: Employee, member: str, reason: str, objects: bool, key: str) -> None:
    """Note that a member objects to profiling, or no longer does. Raises what act_for_member does."""

    def say(subject: Member) -> None:
        record_consent(
            member_id=subject.pk, channel=Consent.Channel.EVERY, purpose=Consent.Purpose.PROFILING, given=not objects,
            source=Consent.Source.OFFICE, by=by, evidence={"form": "office"},
        )  # fmt: skip

    words = f"profiling: {'objects' if objects else 'no longer objects'}"
    act_for_member(by=by, member=member, reason=reason, words=words, key=key, asked=None, effect=say)
