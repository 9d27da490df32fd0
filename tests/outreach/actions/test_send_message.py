"""One message from its claim to its end. What processes that die do is shown in tests/chaos."""

import pytest
from django.db import connection, transaction

from members.models import ContactPoint, Member
from outreach.actions.claim_messages import Claim, claim_messages
from outreach.actions.send_message import send_message
from outreach.actions.send_messages import send_messages
from outreach.actions.switch_sending import switch_sending
from outreach.channels.protocol import Answer, Outcome
from outreach.models import Channel, ContactGuard, Message, Refusal, TemplateVersion
from tests.builders import make_category, make_consent, make_member, make_version
from tests.outreach.recording_channel import RecordingChannel

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def channel(monkeypatch: pytest.MonkeyPatch) -> RecordingChannel:
    recording = RecordingChannel()
    monkeypatch.setattr("outreach.actions.send_message.channel_for", lambda channel: recording)
    return recording


@pytest.fixture
def version() -> TemplateVersion:
    return make_version()


@pytest.fixture
def sun() -> Member:
    member = make_member(phone="15400001234")
    make_consent(member)
    return member


def claim(member: Member, version: TemplateVersion) -> Claim:
    (found,) = claim_messages(members=[member.pk], channel=Channel.SMS, version_id=version.pk)
    return found


def granted(member: Member, version: TemplateVersion) -> int:
    no = claim(member, version).no
    assert no is not None
    return no


def test_a_message_leaves_once_and_uses_the_month_up(
    channel: RecordingChannel, version: TemplateVersion, sun: Member
) -> None:
    no = granted(sun, version)
    assert send_message(member_id=sun.pk, no=no) is Outcome.ACCEPTED
    assert send_message(member_id=sun.pk, no=no) is Refusal.LOST
    (sent,) = channel.sent
    assert sent.address == "+8615400001234"
    assert sent.text.startswith("海澄为您准备了好礼 https://m.example.com/u/")
    message = Message.objects.get()
    assert message.state == Message.State.ACCEPTED
    assert (message.provider, message.provider_ref) == ("recording", "ref-1")
    assert sent.handed_over_at == message.handover_at
    again = claim(sun, version)
    assert again.refusal is Refusal.MONTH_USED
    assert again.contacted_at == message.handover_at
    assert again.free_at is not None
    assert message.settled_at is not None
    assert (again.free_at - message.settled_at).total_seconds() == 744 * 3600


def test_an_unknown_outcome_keeps_the_month(channel: RecordingChannel, version: TemplateVersion, sun: Member) -> None:
    channel.answer = Answer(Outcome.UNKNOWN, reason="timed out")
    no = granted(sun, version)
    assert send_message(member_id=sun.pk, no=no) is Outcome.UNKNOWN
    assert send_message(member_id=sun.pk, no=no) is Refusal.LOST
    assert claim(sun, version).refusal is Refusal.MONTH_USED
    assert len(channel.sent) == 1


def test_a_certain_refusal_gives_the_month_back(
    channel: RecordingChannel, version: TemplateVersion, sun: Member
) -> None:
    channel.answer = Answer(Outcome.REFUSED, reason="bad number")
    assert send_message(member_id=sun.pk, no=granted(sun, version)) is Outcome.REFUSED
    assert claim(sun, version).no == 2
    assert Message.objects.get(no=1).reason == "bad number"


@pytest.mark.parametrize("said", ["isv.NEW +8615400001234", "no user 15400001234", "550 <sun@example.com>"])
def test_an_address_in_what_a_provider_says_is_not_kept(
    channel: RecordingChannel, version: TemplateVersion, sun: Member, said: str
) -> None:
    channel.answer = Answer(Outcome.REFUSED, reason=said)
    assert send_message(member_id=sun.pk, no=granted(sun, version)) is Outcome.REFUSED
    assert Message.objects.get(no=1).reason == "?"


def test_who_opts_out_after_the_claim_is_not_written_to(
    channel: RecordingChannel, version: TemplateVersion, sun: Member
) -> None:
    no = granted(sun, version)
    make_consent(sun, given=False)
    assert send_message(member_id=sun.pk, no=no) is Refusal.NO_CONSENT
    assert channel.sent == []
    assert Message.objects.get().state == Message.State.CANCELLED


def test_an_address_that_went_is_a_refusal_that_costs_nothing(
    channel: RecordingChannel, version: TemplateVersion, sun: Member
) -> None:
    no = granted(sun, version)
    ContactPoint.objects.filter(member_id=sun.pk).delete()
    assert send_message(member_id=sun.pk, no=no) is Refusal.NO_ADDRESS
    assert channel.sent == []
    assert ContactGuard.objects.get().blocked_until <= Message.objects.get().settled_at  # type: ignore[operator]


def test_the_switch_makes_it_wait(channel: RecordingChannel, version: TemplateVersion, sun: Member) -> None:
    no = granted(sun, version)
    switch_sending(on=False, by="test")
    assert send_message(member_id=sun.pk, no=no) is Refusal.SENDING_OFF
    assert Message.objects.get().state == Message.State.CLAIMED
    switch_sending(on=True, by="test")
    assert send_message(member_id=sun.pk, no=no) is Outcome.ACCEPTED


def test_what_cannot_be_composed_does_not_leave_and_costs_nothing(
    channel: RecordingChannel, version: TemplateVersion, sun: Member
) -> None:
    no = granted(sun, version)
    spoiled = bytearray(ContactPoint.objects.get().ciphertext)
    spoiled[-1] ^= 1
    ContactPoint.objects.update(ciphertext=bytes(spoiled))
    assert send_message(member_id=sun.pk, no=no) is Outcome.REFUSED
    assert channel.sent == []
    assert Message.objects.get().reason == "address_does_not_open"
    assert granted(sun, make_version("{brand}: {neighbour_product} {unsubscribe} 拒收请回复R")) == 2


def test_an_address_of_another_key_holds_no_other_message_up(
    channel: RecordingChannel, version: TemplateVersion, sun: Member, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("outreach.actions.send_messages.channel_for", lambda _: channel)
    other = make_member(phone="15400001235")
    make_consent(other)
    pairs = [(sun.pk, granted(sun, version)), (other.pk, granted(other, version))]
    ContactPoint.objects.filter(member_id=sun.pk).update(ciphertext=b"\x03old" + bytes(40))
    assert send_messages(channel=Channel.SMS, pairs=pairs) == {"NO_DATA_KEY": 1, "ACCEPTED": 1}
    assert Message.objects.get(member_id=sun.pk).state == Message.State.CLAIMED


def test_a_fact_that_is_not_known_is_no_gap_in_a_text(channel: RecordingChannel, sun: Member) -> None:
    version = make_version("{brand}: {neighbour_product} {unsubscribe} 拒收请回复R", category=make_category())
    assert send_message(member_id=sun.pk, no=granted(sun, version)) is Outcome.REFUSED
    assert channel.sent == []
    assert Message.objects.get().reason == "fact_missing"


def test_a_hand_over_inside_another_transaction_is_refused(
    channel: RecordingChannel, version: TemplateVersion, sun: Member
) -> None:
    no = granted(sun, version)
    with pytest.raises(RuntimeError), transaction.atomic():
        send_message(member_id=sun.pk, no=no)
    assert channel.sent == []


def test_the_text_and_the_address_do_not_show_in_a_log_of_the_message(
    channel: RecordingChannel, version: TemplateVersion, sun: Member
) -> None:
    send_message(member_id=sun.pk, no=granted(sun, version))
    shown = repr(channel.sent[0])
    assert "15400001234" not in shown
    assert "/u/" not in shown


def test_turns_at_a_provider_are_one_queue() -> None:
    with connection.cursor() as cursor:
        cursor.execute("select outreach_take_turns('p', 10, 5), outreach_take_turns('p', 1, 5)")
        first, second = cursor.fetchone()
        cursor.execute("select outreach_take_turns('q', 1, 5)")
        (other,) = cursor.fetchone()
    assert first == other == 0
    assert 1.5 < second <= 2
