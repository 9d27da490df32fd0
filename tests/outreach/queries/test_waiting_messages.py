import pytest

from outreach.models import Channel, Message
from outreach.queries.waiting_messages import waiting_messages
from tests.outreach.messages import put_message

WAITING, ACCEPTED = Message.State.CLAIMED, Message.State.ACCEPTED


@pytest.fixture
def _messages(db: None) -> None:
    for member in range(1, 6):
        put_message(member, state=WAITING)
    put_message(6, state=WAITING, channel=Channel.WECHAT)
    put_message(7, state=ACCEPTED, channel=Channel.PUSH)


@pytest.mark.usefixtures("_messages")
def test_a_channel_that_does_not_send_keeps_no_other_waiting() -> None:
    assert waiting_messages(idle_seconds=0, limit=3) == {
        Channel.SMS: [(1, 1), (2, 1), (3, 1)],
        Channel.WECHAT: [(6, 1)],
    }


@pytest.mark.usefixtures("_messages", "night")
def test_at_night_marketing_waits() -> None:
    assert waiting_messages(idle_seconds=0, limit=3) == {}


@pytest.mark.usefixtures("_messages")
def test_what_was_claimed_just_now_has_somebody_at_it() -> None:
    assert waiting_messages(idle_seconds=120, limit=3) == {}
