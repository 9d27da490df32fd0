from members.actions.ask_for_community import ask_for_community
from members.actions.correct_member import correct_member
from members.actions.settle_community_request import settle_community_request
from members.models import CommunityRequest, Member
from outreach.actions.act_for_member import act_for_member
from salesapp.staff.models import Employee


def correct_for_member(*, by: Employee, member: str, reason: str, surname: str, title: str, key: str) -> None:
    """Put down what a member says they are called; from now on no import changes it.

    Raises NotSealable and what act_for_member does.
    """

    def correct(subject: Member) -> None:
        correct_member(member_id=subject.pk, surname=surname, title=title)

    act_for_member(
        by=by, member=member, reason=reason, words="correct: name", key=key, asked=[surname, title], effect=correct
    )


def move_for_member(*, by: Employee, member: str, reason: str, community_id: int, key: str) -> None:
    """File a member under the community where they say they live: asked for in their name and granted.

    From now on no import takes them elsewhere. Raises NotSealable and what act_for_member does.
    """

    def move(subject: Member) -> None:
        ask_for_community(member_id=subject.pk, community_id=community_id)
        asked = CommunityRequest.objects.get(member_id=subject.pk, settled_at=None)
        settle_community_request(request_id=asked.pk, community_id=community_id, granted=True, by=by)

    act_for_member(
        by=by, member=member, reason=reason, words="correct: community", key=key, asked=community_id, effect=move
    )
