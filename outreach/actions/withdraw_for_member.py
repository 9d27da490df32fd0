from members.actions.record_consent import record_consent
from members.models import Consent, Member
from outreach.actions.act_for_member import act_for_member
from salesapp.staff.models import Employee


def withdraw_for_member(*, by: Employee, member: str, reason: str, channel: Consent.Channel, key: str) -> None:
    """Withdraw a member's consent to marketing on a channel, or on every one; there is no way back by an officer.

    Once this returns nothing of the kind leaves any more, whatever was drafted or is waiting in a broadcast. Said
    again it is on the ledger again: a later no holds against more. Raises what act_for_member does.
    """

    def withdraw(subject: Member) -> None:
        record_consent(
            member_id=subject.pk, channel=channel, purpose=Consent.Purpose.MARKETING, given=False,
            source=Consent.Source.OFFICE, by=by, evidence={"form": "office"},
        )  # fmt: skip

    act_for_member(
        by=by, member=member, reason=reason, words=f"withdraw: {channel.name.lower()}", key=key, asked=None,
        effect=withdraw,
    )  # fmt: skip
