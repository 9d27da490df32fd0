import pytest
from django.db import connection, transaction
from django.utils import timezone
from pytest_django import Settings

from members.codes import LIFE
from members.models import Verification
from members.phone import PhoneNumber
from members.vault import NoDataKey
from outreach.actions.ask_for_code import ask_for_code
from outreach.actions.send_code import send_code
from outreach.actions.switch_sending import switch_sending
from outreach.channels.protocol import Answer, Outcome
from outreach.models import Message, Refusal, SentCode, Template
from tests.builders import make_member
from tests.outreach.codes import code_in, open_for_members
from tests.outreach.recording_channel import RecordingChannel

pytestmark = pytest.mark.django_db(transaction=True)
NUMBER = PhoneNumber.parse("15400001234")


@pytest.fixture
def channel(monkeypatch: pytest.MonkeyPatch) -> RecordingChannel:
    recording = RecordingChannel()
    monkeypatch.setattr("outreach.actions.send_code.channel_for", lambda channel: recording)
    return recording


@pytest.fixture
def asked() -> Verification:
    open_for_members()
    ask_for_code(to=NUMBER, purpose=Verification.Purpose.SIGN_IN, address="192.0.2.1")
    return Verification.objects.get()


def test_a_code_leaves_once(channel: RecordingChannel, asked: Verification) -> None:
    assert send_code(verification_id=asked.pk) is Outcome.ACCEPTED
    assert send_code(verification_id=asked.pk) is Refusal.LOST
    (sent,) = channel.sent
    assert sent.address == "+8615400001234"
    assert sent.text.startswith("海澄验证码：")
    assert dict(sent.parameters) == {"brand": "海澄", "code": code_in(channel)}
    asked.refresh_from_db()
    assert asked.expires_at - timezone.now() <= LIFE
    # nobody's month, nobody's ledger
    assert not Message.objects.exists()


def test_what_is_in_doubt_is_not_sent_again(channel: RecordingChannel, asked: Verification) -> None:
    channel.answer = Answer(Outcome.UNKNOWN)
    assert send_code(verification_id=asked.pk) is Outcome.UNKNOWN
    assert send_code(verification_id=asked.pk) is Refusal.LOST


def test_the_switch_holds_for_codes_and_they_wait(channel: RecordingChannel, asked: Verification) -> None:
    switch_sending(on=False, by="test")
    assert send_code(verification_id=asked.pk) is Refusal.SENDING_OFF
    assert channel.sent == []
    switch_sending(on=True, by="test")
    assert send_code(verification_id=asked.pk) is Outcome.ACCEPTED


def test_a_restored_copy_sends_none(channel: RecordingChannel, asked: Verification, settings: Settings) -> None:
    settings.SENDING_GENERATION = 7
    assert send_code(verification_id=asked.pk) is Refusal.WRONG_GENERATION
    assert channel.sent == []


def test_too_late_is_not_at_all(channel: RecordingChannel, asked: Verification) -> None:
    Verification.objects.update(expires_at=timezone.now())
    assert send_code(verification_id=asked.pk) is Refusal.LOST
    assert channel.sent == []


def test_a_number_under_anothers_hash_is_not_believed(channel: RecordingChannel, asked: Verification) -> None:
    """Who writes the table could else have a code sent to a phone of theirs, and be taken for somebody."""
    Verification.objects.update(bidx=PhoneNumber.parse("16000001111").bidx)
    assert send_code(verification_id=asked.pk) is Refusal.LOST
    assert channel.sent == []


def test_it_needs_the_data_keys(
    channel: RecordingChannel, asked: Verification, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("members.vault._opening_keys", dict)
    with pytest.raises(NoDataKey):
        send_code(verification_id=asked.pk)
    assert channel.sent == []


def test_without_an_approved_text_nothing_leaves(channel: RecordingChannel, asked: Verification) -> None:
    Template.objects.update(is_active=False)
    assert send_code(verification_id=asked.pk) is Refusal.LOST


def test_it_refuses_to_call_the_provider_inside_a_transaction(channel: RecordingChannel, asked: Verification) -> None:
    with pytest.raises(RuntimeError), transaction.atomic():
        send_code(verification_id=asked.pk)
    assert channel.sent == []


def test_the_job_is_there(asked: Verification) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "select args->>'verification' from procrastinate_jobs where task_name = 'send_code' order by id desc"
        )
        assert cursor.fetchone()[0] == str(asked.pk)


@pytest.mark.parametrize("outcome", list(Outcome))
def test_a_member_is_told_that_a_code_left_and_how(channel: RecordingChannel, outcome: Outcome) -> None:
    open_for_members()
    member = make_member(phone="15400001234")
    make_member()
    channel.answer = Answer(outcome)
    ask_for_code(to=NUMBER, purpose=Verification.Purpose.SIGN_IN, address="192.0.2.1")
    row = Verification.objects.get()
    send_code(verification_id=row.pk)
    row.refresh_from_db()
    told = SentCode.objects.get()
    assert (told.member_id, told.handed_over_at, told.state) == (member.pk, row.handed_over_at, outcome)


def test_of_a_number_that_is_nobodys_nothing_is_kept(channel: RecordingChannel, asked: Verification) -> None:
    assert send_code(verification_id=asked.pk) is Outcome.ACCEPTED
    assert not SentCode.objects.exists()


def test_what_did_not_leave_is_not_told(channel: RecordingChannel, asked: Verification) -> None:
    make_member(phone="15400001234")
    switch_sending(on=False, by="test")
    assert send_code(verification_id=asked.pk) is Refusal.SENDING_OFF
    assert not SentCode.objects.exists()


def test_of_a_worker_that_died_in_between_the_outcome_is_unknown(
    channel: RecordingChannel, asked: Verification, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_member(phone="15400001234")

    def die(message: object) -> Answer:
        raise KeyboardInterrupt

    monkeypatch.setattr(channel, "send", die)
    with pytest.raises(KeyboardInterrupt):
        send_code(verification_id=asked.pk)
    assert SentCode.objects.get().state == Message.State.UNKNOWN
