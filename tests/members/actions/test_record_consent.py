from datetime import UTC, datetime, timedelta

import pytest
from django.db import Error, connection, transaction
from django.utils import timezone

from members.actions.record_consent import record_consent
from members.errors import BadConsent, UnknownMember
from members.models import Consent, ConsentState, ConsentWording, Member
from tests.builders import make_member

MARKETING, PROFILING = Consent.Purpose.MARKETING, Consent.Purpose.PROFILING
SMS, EMAIL, EVERY = Consent.Channel.SMS, Consent.Channel.EMAIL, Consent.Channel.EVERY
MONDAY = datetime(2026, 3, 2, 12, tzinfo=UTC)
TUESDAY, WEDNESDAY = MONDAY + timedelta(days=1), MONDAY + timedelta(days=2)


@pytest.fixture
def sun(db: None) -> Member:
    return make_member()


def say(member: Member, given: bool, said_at: datetime | None = None, channel: int = SMS, **more: object) -> int:
    fields: dict[str, object] = {"purpose": MARKETING, "source": "form", **more}
    return record_consent(
        member_id=member.pk, channel=channel, given=given, said_at=said_at, **fields  # type: ignore[arg-type]
    )  # fmt: skip


def counts(member: Member, channel: int = SMS, purpose: int = MARKETING) -> bool:
    return ConsentState.objects.filter(member_id=member.pk, channel=channel, purpose=purpose, given=True).exists()


def test_nothing_said_is_no(sun: Member) -> None:
    assert not counts(sun)


def test_a_yes_counts_on_its_own_channel_until_a_no(sun: Member) -> None:
    say(sun, True)
    assert counts(sun)
    assert not counts(sun, EMAIL)
    say(sun, False)
    assert not counts(sun)


def test_a_fresh_yes_counts_again(sun: Member) -> None:
    for given in (True, False, True):
        say(sun, given)
    assert counts(sun)


@pytest.mark.parametrize(
    ("sayings", "expected"),
    [
        ([(False, TUESDAY), (True, MONDAY)], False),
        ([(False, TUESDAY), (True, TUESDAY)], False),
        ([(True, TUESDAY), (False, TUESDAY)], False),
        ([(True, WEDNESDAY), (False, TUESDAY)], True),
        ([(False, TUESDAY), (False, MONDAY), (True, WEDNESDAY)], True),
    ],
    ids=["an older yes", "a yes of the same moment", "a no of the same moment", "an older no", "noes out of order"],
)
def test_what_was_said_last_counts_whenever_it_arrives(
    sun: Member, sayings: list[tuple[bool, datetime]], expected: bool
) -> None:
    for given, said_at in sayings:
        say(sun, given, said_at)
    assert counts(sun) is expected


def test_a_no_to_every_channel_is_one_to_those_not_heard_of_yet(sun: Member) -> None:
    say(sun, True, TUESDAY)
    say(sun, False, WEDNESDAY, EVERY)
    say(sun, True, MONDAY, EMAIL)
    assert not counts(sun)
    assert not counts(sun, EMAIL)
    say(sun, True, channel=EMAIL)
    assert counts(sun, EMAIL)
    assert not counts(sun)


def test_an_objection_to_profiling_hides_the_member_until_a_fresh_yes(sun: Member) -> None:
    def refuses() -> bool:
        sun.refresh_from_db()
        return sun.refuses_profiling

    say(sun, False, TUESDAY, EVERY, purpose=PROFILING)
    assert refuses()
    say(sun, True, MONDAY, EVERY, purpose=PROFILING)
    assert refuses()
    say(sun, True, None, EVERY, purpose=PROFILING)
    assert not refuses()


def test_an_objection_to_profiling_takes_no_consent_away(sun: Member) -> None:
    say(sun, True)
    say(sun, False, channel=EVERY, purpose=PROFILING)
    assert counts(sun)


def test_the_row_says_all_that_was_handed_over(sun: Member) -> None:
    wording = ConsentWording.objects.create(version="sms-1", language="zh-hans", text="同意接收短信")
    before = timezone.now()
    number = say(sun, True, MONDAY, wording_id=wording.pk, evidence={"form": "store-qr", "ip": "192.0.2.7"})
    row = Consent.objects.get(member_id=sun.pk, id=number)
    assert (row.channel, row.purpose, row.given, row.source, row.said_at) == (SMS, MARKETING, True, "form", MONDAY)
    assert row.wording == wording
    assert row.evidence == {"form": "store-qr", "ip": "192.0.2.7"}
    assert before - timedelta(seconds=5) < row.recorded_at < timezone.now() + timedelta(seconds=5)
    assert row.by_employee is None


@pytest.mark.parametrize(
    ("said", "reason"),
    [
        ({"given": True, "source": "unsubscribe_link"}, "consent_links_and_replies_only_withdraw"),
        ({"given": True, "source": "reply"}, "consent_links_and_replies_only_withdraw"),
        ({"given": True, "channel": EVERY}, "consent_channel_of_its_purpose"),
        ({"given": False, "purpose": PROFILING}, "consent_state_channel_of_its_purpose"),
        ({"given": True, "channel": 5}, "consent_state_channel_of_its_purpose"),
        ({"given": True, "source": "hearsay"}, "consent_source_known"),
        ({"given": True, "evidence": {"phone": "1"}}, "consent_evidence_closed"),
        ({"given": True, "evidence": {"form": "x" * 1001}}, "consent_evidence_closed"),
        ({"given": True, "said_at": datetime(2100, 1, 1, tzinfo=UTC)}, "consent_said_before_recorded"),
        ({"given": True, "wording_id": 0}, "consent_wording_of_its_kind"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_has_no_place_in_the_ledger_is_refused_whole(sun: Member, said: dict[str, object], reason: str) -> None:
    with pytest.raises(BadConsent) as refused:
        say(sun, **said)  # type: ignore[arg-type]
    assert refused.value.reason == reason
    assert not Consent.objects.exists()
    assert not ConsentState.objects.exists()


def test_a_wording_for_e_mail_proves_nothing_about_sms(sun: Member) -> None:
    wording = ConsentWording.objects.create(version="mail-1", channel=EMAIL, language="en", text="Yes, write to me.")
    with pytest.raises(BadConsent):
        say(sun, True, wording_id=wording.pk)
    say(sun, True, channel=EMAIL, wording_id=wording.pk)


def test_nobody_says_nothing(db: None) -> None:
    with pytest.raises(UnknownMember):
        record_consent(member_id=1, channel=SMS, purpose=MARKETING, given=False, source="reply")


def test_who_was_erased_can_say_no_alone(sun: Member) -> None:
    Member.objects.update(erased_at=timezone.now())
    with pytest.raises(UnknownMember):
        say(sun, True)
    say(sun, False)


def test_what_a_merged_member_says_is_said_by_who_they_are_now(sun: Member) -> None:
    middle, winner = make_member(), make_member()
    Member.objects.filter(pk=sun.pk).update(merged_into=middle.pk)
    Member.objects.filter(pk=middle.pk).update(merged_into=winner.pk)
    say(winner, True)
    say(sun, False, source="unsubscribe_link")
    assert not counts(winner)
    assert set(Consent.objects.values_list("member_id", flat=True)) == {winner.pk}


@pytest.mark.parametrize(
    "change",
    [
        "update members_consent set given = not given",
        "delete from members_consent",
    ],
)
def test_the_ledger_only_grows(sun: Member, change: str) -> None:
    say(sun, True)
    with pytest.raises(Error, match="only grows"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(change)
    assert Consent.objects.get().given


def test_the_ledger_is_not_emptied_either(sun: Member) -> None:
    say(sun, True)
    with connection.cursor() as cursor:
        cursor.execute("alter table members_consent enable trigger members_consent_no_truncate")
        with pytest.raises(Error, match="only grows"), transaction.atomic():
            cursor.execute("truncate members_consent")
    assert Consent.objects.exists()


def test_a_wording_stays_as_it_is_once_somebody_said_yes_to_it(sun: Member) -> None:
    wording = ConsentWording.objects.create(version="sms-1", language="zh-hans", text="同意")
    wording.text = "同意接收短信"
    wording.save()
    say(sun, True, wording_id=wording.pk)
    wording.refresh_from_db()
    assert wording.used_at == Consent.objects.get().recorded_at
    with pytest.raises(Error, match="in use"), transaction.atomic():
        ConsentWording.objects.update(text="不")
    with pytest.raises(Error, match="in use"), transaction.atomic():
        wording.delete()
    assert ConsentWording.objects.get().text == "同意接收短信"
