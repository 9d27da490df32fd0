"""One message from its claim to its end. What processes that die do is shown in tests/chaos."""

import base64
import secrets
from collections import Counter
from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.db import IntegrityError, connection, transaction
from django.db.backends.utils import CursorWrapper
from django.utils import timezone
from pytest_django.fixtures import Settings

from members.actions.erase_member import erase_member
from members.actions.publish_sealing_key import publish_sealing_key
from members.actions.rotate_index_key import rotate_index_key
from members.index_key import IndexKeyMissing
from members.models import ContactPoint, Member, Tombstone
from members.vault import contact_place, encrypt, hashes_to_ask, keyed_hash, seal
from outreach.actions.claim_messages import Claim, claim_messages
from outreach.actions.grant_web_role import grant_web_role
from outreach.actions.send_message import send_message
from outreach.actions.send_messages import send_messages
from outreach.actions.switch_sending import switch_sending
from outreach.channels.protocol import Answer, Outcome
from outreach.models import Broadcast, Channel, ContactGuard, Message, Refusal, TemplateVersion
from salesapp.staff.models import Employee
from tests.builders import make_broadcast, make_category, make_consent, make_member, make_version
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


@pytest.mark.parametrize(
    "said",
    [
        "isv.NEW +8615400001234",
        "isv.NEW_008615400001234",
        "a15400001234",
        "no user 15400001234",
        "550 <sun@example.com>",
    ],
)
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


@pytest.fixture
def web_role() -> Iterator[str]:
    """The web's database role, as whoever broke into the web has it."""
    name = f"web_{secrets.token_hex(8)}"
    grant_web_role(role=name)
    yield name
    with connection.cursor() as cursor:
        cursor.execute(f"drop owned by {name}")
        cursor.execute(f"drop role {name}")


def invent(cursor: CursorWrapper, bidx: bytes, address: bytes, channel: int) -> int:
    """A member with that address, who agrees to everything; in SQL, as no page of ours would have it."""
    cursor.execute("select key_id, public from members_sealingkey")
    key_id, public = cursor.fetchone()
    cursor.execute(
        "insert into members_member (surname, title, household, member_since, refuses_profiling)"
        " values ('', '', 0, now(), false) returning id"
    )
    (member_id,) = cursor.fetchone()
    sealed = seal(address, contact_place(member_id), key_id=key_id, public=bytes(public))
    cursor.execute(
        "insert into members_contactpoint (channel, bidx, member_id, ciphertext) values (%s, %s, %s, %s)",
        [channel, bidx, member_id, sealed],
    )
    cursor.execute(
        "select members_record_consent(%s, %s::smallint, 1::smallint, true, 'store', null, null, null, '{}')",
        [member_id, channel],
    )
    return int(member_id)


@pytest.mark.parametrize(
    ("of", "address", "right"),
    [
        (Channel.SMS, "+8615400001234", ("phone", "+8615400001234")),
        (Channel.EMAIL, "sun@example.com", ("email", "sun@example.com")),
    ],
)
def test_the_webs_role_cannot_have_one_address_written_to_as_several_members(
    channel: RecordingChannel, web_role: str, of: Channel, address: str, right: tuple[str, str]
) -> None:
    publish_sealing_key()
    version = make_version(channel=of)
    bidx = [keyed_hash(*right), keyed_hash("push", address), *(secrets.token_bytes(16) for _ in range(3))]
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"set local role {web_role}")
        members = [invent(cursor, each, address.encode(), of) for each in bidx]
        with pytest.raises(IntegrityError), transaction.atomic():
            invent(cursor, bidx[0], address.encode(), of)
        claims = claim_messages(members=members, channel=of, version_id=version.pk)
    pairs = [(each.member_id, each.no) for each in claims if each.no is not None]
    assert len(pairs) == 5
    outcomes = Counter(send_message(member_id=member_id, no=no) for member_id, no in pairs)
    assert outcomes == {Outcome.ACCEPTED: 1, Outcome.REFUSED: 4}
    assert [sent.address for sent in channel.sent] == [address]
    assert set(Message.objects.exclude(member_id=members[0]).values_list("reason", flat=True)) == {
        "address_of_another_hash"
    }


def test_an_erasure_gives_an_address_no_other_month(
    channel: RecordingChannel, web_role: str, version: TemplateVersion, sun: Member
) -> None:
    """Filed anew past the registration, which would hold the new member, by whoever dated the erasure back."""
    publish_sealing_key()
    assert send_message(member_id=sun.pk, no=granted(sun, version)) is Outcome.ACCEPTED
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"set local role {web_role}")
        cursor.execute("update members_member set erased_at = '2020-01-01'")
    erase_member(member_id=sun.pk)
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"set local role {web_role}")
        again = invent(cursor, keyed_hash("phone", "+8615400001234"), b"+8615400001234", Channel.SMS)
    twin = Member.objects.get(pk=again)
    assert send_message(member_id=again, no=granted(twin, version)) is Outcome.REFUSED
    assert Message.objects.get(member_id=again).reason == Refusal.MONTH_USED
    Tombstone.objects.update(erased_at=timezone.now() - timedelta(hours=745))
    assert send_message(member_id=again, no=granted(twin, version)) is Outcome.ACCEPTED
    assert len(channel.sent) == 2


def test_what_is_no_address_is_not_sent_to(channel: RecordingChannel, version: TemplateVersion, sun: Member) -> None:
    no = granted(sun, version)
    ContactPoint.objects.update(ciphertext=encrypt(b"no number", contact_place(sun.pk)))
    assert send_message(member_id=sun.pk, no=no) is Outcome.REFUSED
    assert channel.sent == []
    assert Message.objects.get().reason == "address_is_none"


def test_an_address_is_known_as_its_own_before_and_after_the_index_key_changes(
    channel: RecordingChannel, version: TemplateVersion, settings: Settings
) -> None:
    people = [make_member(phone=f"1540000123{n}") for n in range(3)]
    pairs = []
    for member in people:
        make_consent(member)
        pairs.append((member.pk, granted(member, version)))
    old, new = settings.INDEX_KEY, base64.b64encode(b"n" * 32).decode()
    settings.INDEX_KEY = f"{new},{old}"
    assert send_message(member_id=pairs[0][0], no=pairs[0][1]) is Outcome.ACCEPTED
    rotate_index_key()
    assert send_message(member_id=pairs[1][0], no=pairs[1][1]) is Outcome.ACCEPTED
    settings.INDEX_KEY = old
    # A worker without the new key leaves the message to others
    with pytest.raises(IndexKeyMissing):
        send_message(member_id=pairs[2][0], no=pairs[2][1])
    assert Message.objects.get(member_id=pairs[2][0]).state == Message.State.CLAIMED
    assert len(channel.sent) == 2


def test_while_the_index_key_changes_the_hash_to_come_is_no_second_address(
    channel: RecordingChannel, version: TemplateVersion, sun: Member, settings: Settings
) -> None:
    settings.INDEX_KEY = f"{base64.b64encode(b'm' * 32).decode()},{settings.INDEX_KEY}"
    twin = make_member(phone="15400009999")
    make_consent(twin)
    first, then = hashes_to_ask("phone", "+8615400001234")
    assert bytes(ContactPoint.objects.get(member_id=sun.pk).bidx) == first
    ContactPoint.objects.filter(member_id=twin.pk).update(
        bidx=then, ciphertext=encrypt(b"+8615400001234", contact_place(twin.pk))
    )
    numbers = {member.pk: granted(member, version) for member in (sun, twin)}
    assert send_message(member_id=twin.pk, no=numbers[twin.pk]) is Outcome.REFUSED
    assert send_message(member_id=sun.pk, no=numbers[sun.pk]) is Outcome.ACCEPTED


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


@pytest.mark.parametrize(("state", "ended"), [("cancelled", {"STOPPED": 1, "ACCEPTED": 1}), ("paused", {"STOPPED": 1})])
def test_a_broadcast_that_has_ended_holds_no_other_message_up(
    channel: RecordingChannel, version: TemplateVersion, sun: Member, mei: Employee, monkeypatch: pytest.MonkeyPatch,
    state: str, ended: dict[str, int],
) -> None:  # fmt: skip
    """One that is paused does: all of its job waits, and the sweep looks for others."""
    monkeypatch.setattr("outreach.actions.send_messages.channel_for", lambda _: channel)
    other = make_member(phone="15400001235")
    make_consent(other)
    broadcast = make_broadcast(mei, make_category(), version=version, state="running")
    (claim,) = claim_messages(
        members=[sun.pk], channel=Channel.SMS, version_id=version.pk, broadcast_id=broadcast.pk, sender_id=mei.pk
    )
    pairs = [(sun.pk, claim.no or 0), (other.pk, granted(other, version))]
    Broadcast.objects.update(state=state)
    assert send_messages(channel=Channel.SMS, pairs=pairs) == ended


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
