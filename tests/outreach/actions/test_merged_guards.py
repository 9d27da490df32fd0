"""What a merge of two members means for what is written to them."""

import pytest

from members.actions.merge_members import merge_members
from members.actions.undo_merge import undo_merge
from outreach.actions.claim_messages import claim_messages
from outreach.actions.send_message import send_message
from outreach.models import Channel, Message, Refusal
from tests.builders import make_consent, make_member, make_version
from tests.outreach.recording_channel import RecordingChannel

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def channel(monkeypatch: pytest.MonkeyPatch) -> RecordingChannel:
    recording = RecordingChannel()
    monkeypatch.setattr("outreach.actions.send_message.channel_for", lambda channel: recording)
    return recording


def test_the_month_of_either_is_the_month_of_the_person(channel: RecordingChannel) -> None:
    version = make_version()
    written_to, waiting = make_member(), make_member()
    for member in (written_to, waiting):
        make_consent(member)
    pairs = [
        (claim.member_id, claim.no)
        for claim in claim_messages(members=[written_to.pk, waiting.pk], channel=Channel.SMS, version_id=version.pk)
    ]
    send_message(member_id=written_to.pk, no=1)
    merge_members(loser=written_to.pk, winner=waiting.pk, by=None, reason="same phone")
    assert len(pairs) == 2
    assert send_message(member_id=waiting.pk, no=1) is Refusal.LOST
    assert len(channel.sent) == 1

    def refusals() -> list[Refusal | None]:
        both = [written_to.pk, waiting.pk]
        return [claim.refusal for claim in claim_messages(members=both, channel=Channel.SMS, version_id=version.pk)]

    assert refusals() == [Refusal.UNKNOWN_MEMBER, Refusal.MONTH_USED]
    undo_merge(loser=written_to.pk, by=None, reason="two people")
    assert refusals() == [Refusal.MONTH_USED, Refusal.MONTH_USED]
    assert Message.objects.filter(state=Message.State.ACCEPTED).count() == 1
