from datetime import UTC, datetime, timedelta

import pytest
from django.utils import timezone

from members.models import Consent, ConsentState, ContactPoint, Member
from members.vault import keyed_hash
from outreach.actions.record_reply import record_reply
from outreach.channels.incoming import Reply as Incoming
from outreach.message_token import staff_name
from outreach.models import Channel, Message, Reply
from tests.builders import make_consent, make_member
from tests.outreach.messages import put_message


@pytest.fixture
def sun(db: None) -> Member:
    member = make_member(phone="15400001234")
    for channel in Channel:
        make_consent(member, channel)
    return member


def said(
    text: str,
    address: str = "+8615400001234",
    channel: Channel = Channel.SMS,
    at: datetime | None = None,
    reference: str = "",
) -> bool:
    return record_reply(reply=Incoming(channel, address, text, at, reference))


def consents(member: Member) -> set[int]:
    return set(ConsentState.objects.filter(member_id=member.pk, given=True).values_list("channel", flat=True))


@pytest.mark.parametrize("text", ["退订", "ＴＤ", " r. ", "回复R退订"])
@pytest.mark.parametrize("address", ["+8615400001234", "15400001234", "8615400001234", "154 0000 1234"])
def test_an_opt_out_withdraws_the_consent_to_that_channel(sun: Member, text: str, address: str) -> None:
    assert said(text, address)
    assert consents(sun) == {Channel.EMAIL, Channel.PUSH, Channel.WECHAT}
    assert Reply.objects.get().is_opt_out


@pytest.mark.parametrize("text", ["全部退订", "STOP ALL"])
def test_all_withdraws_every_channel(sun: Member, text: str) -> None:
    said(text)
    assert consents(sun) == set()


def test_the_entry_names_the_message_and_the_way(sun: Member) -> None:
    put_message(sun.pk, no=3, state=Message.State.ACCEPTED)
    said("R")
    entry = Consent.objects.filter(member_id=sun.pk, given=False).get()
    assert entry.source == Consent.Source.REPLY
    assert entry.evidence == {"message": staff_name(sun.pk, 3)}
    assert Reply.objects.get().no == 3


@pytest.mark.parametrize("text", ["T恤有货吗", "多少钱", "", "😀", "=1+1", "x" * 10_000])
def test_another_reply_is_counted_and_its_text_not_kept(sun: Member, text: str) -> None:
    assert said(text)
    assert len(consents(sun)) == 4
    row = Reply.objects.values().get()
    assert row["is_opt_out"] is False
    assert set(row) == {"member_id", "channel", "told_as", "at", "is_opt_out", "no"}


def test_the_last_message_is_one_of_that_channel_and_of_these_thirty_days(sun: Member) -> None:
    put_message(sun.pk, no=1, state=Message.State.ACCEPTED, handed_over="31 days")
    put_message(sun.pk, no=2, state=Message.State.ACCEPTED, channel=Channel.EMAIL)
    said("hello")
    assert Reply.objects.get().no is None


@pytest.mark.parametrize("address", ["15400009999", "not a number", "", "1", "sun@example.com", "1069" * 30])
def test_an_address_of_nobody_changes_nothing(sun: Member, address: str) -> None:
    assert not said("退订", address)
    assert len(consents(sun)) == 4
    assert not Reply.objects.exists()


@pytest.mark.parametrize(
    ("channel", "stored", "address"),
    [
        (Channel.EMAIL, ("email", "sun@example.com"), "Sun@Example.com "),
        (Channel.WECHAT, ("wechat", "oOpenID"), "oOpenID"),
        (Channel.PUSH, ("push", "device"), "device"),
    ],
)
def test_the_member_is_found_on_every_channel(
    sun: Member, channel: Channel, stored: tuple[str, str], address: str
) -> None:
    ContactPoint.objects.create(channel=channel, bidx=keyed_hash(*stored), member_id=sun.pk, ciphertext=b"x")
    assert said("TD", address, channel)
    assert consents(sun) == set(Channel) - {channel}


def test_the_same_reply_told_again_changes_nothing(sun: Member) -> None:
    at = timezone.now() - timedelta(minutes=3)
    assert said("R", at=at)
    entries = Consent.objects.count()
    assert not said("R", at=at)
    assert Consent.objects.count() == entries
    assert Reply.objects.count() == 1


def test_an_old_no_told_again_does_not_undo_a_fresh_yes(sun: Member) -> None:
    at = timezone.now() - timedelta(days=2)
    said("R", at=at)
    assert Channel.SMS in consents(sun)  # the yes of this test is younger
    said("R")
    assert Channel.SMS not in consents(sun)
    make_consent(sun)
    said("R", at=at)
    assert Channel.SMS in consents(sun)


@pytest.mark.parametrize("reference", ["", "1234567890", "half a sign \ud800 and \0"])
def test_a_reply_with_a_moment_to_come_told_again_does_not_undo_a_fresh_yes(sun: Member, reference: str) -> None:
    at = timezone.now() + timedelta(hours=8)
    assert said("R", at=at, reference=reference)
    make_consent(sun)
    for _ in range(2):
        assert not said("R", at=at, reference=reference)
    assert Channel.SMS in consents(sun)
    assert Reply.objects.count() == 1


def test_a_reply_with_an_id_and_no_moment_told_again_does_not_undo_a_fresh_yes(sun: Member) -> None:
    assert said("R", reference="1234567890")
    make_consent(sun)
    assert not said("R", reference="1234567890")
    assert Channel.SMS in consents(sun)


def test_another_no_after_a_fresh_yes_counts(sun: Member) -> None:
    references = ("1", "2", "", "")
    for reference in references:
        make_consent(sun)
        assert said("R", reference=reference)
        assert Channel.SMS not in consents(sun)
    assert Reply.objects.count() == len(references)


def test_two_replies_of_one_moment_both_count(sun: Member) -> None:
    at = timezone.now() - timedelta(minutes=3)
    assert said("多少钱", at=at)
    assert said("R", at=at)
    assert said("R", at=at, reference="2")
    assert Reply.objects.count() == 3


@pytest.mark.parametrize("at", [datetime(2099, 1, 1, tzinfo=UTC), datetime(9999, 12, 31, tzinfo=UTC)])
def test_a_moment_to_come_is_now(sun: Member, at: datetime) -> None:
    assert said("R", at=at)
    assert Reply.objects.get().at < datetime.now(UTC) + timedelta(minutes=1)
    assert Channel.SMS not in consents(sun)
