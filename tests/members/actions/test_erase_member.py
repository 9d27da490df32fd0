"""What becomes of every table that says something of a person when they are erased, and when they are merged.

The tables are found in the models, so a new one that nobody has thought about fails here.
"""

import itertools
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.apps import apps
from django.db import IntegrityError, connection, models, transaction
from django.utils import timezone

from members.actions.begin_member_session import begin_member_session
from members.actions.carry_out_erasure import carry_out_erasure
from members.actions.erase_member import erase_member
from members.actions.import_consents import import_consents
from members.actions.import_members import import_members
from members.actions.import_purchases import import_purchases
from members.actions.import_service_events import import_service_events
from members.actions.merge_members import merge_members
from members.actions.publish_sealing_key import publish_sealing_key
from members.actions.record_consent import record_consent
from members.actions.request_erasure import request_erasure
from members.actions.undo_merge import undo_merge
from members.errors import CannotMerge
from members.models import (
    CommunityRequest,
    Consent,
    ConsentState,
    ContactPoint,
    Erasure,
    IdentityLink,
    Member,
    MemberMerge,
    MemberSession,
    Need,
    Purchase,
    ServiceEvent,
    SourceRecord,
    Tombstone,
    Verification,
)  # fmt: skip
from members.own_record import file_own_record
from members.phone import PhoneNumber
from members.vault import keyed_hash
from outreach.actions.claim_messages import claim_messages
from outreach.models import (
    AudienceMember,
    Channel,
    Click,
    ContactGuard,
    ContactMerge,
    Delivery,
    Message,
    MessageEntry,
    MessageText,
    Outcome,
    Recipient,
    Reply,
    SentCode,
)  # fmt: skip
from salesapp.staff.models import AccessEntry, Employee
from tests.builders import (
    make_broadcast,
    make_category,
    make_consent,
    make_member,
    make_product,
    make_purchase,
    make_version,
)
from tests.conftest import Town

PHONE, OTHER, THIRD = "15400001234", "16000001111", "15400005678"
BIDX = PhoneNumber.parse(PHONE).bidx

# What a field that names a person is called; a foreign key to Member counts in any case
OF_A_PERSON = {
    "member_id",
    "loser_id",
    "winner_id",
    "loser",
    "winner",
    "merged_into",
    "bidx",
    "address_hash",
    "household",
}

GONE, EMPTY, STAYS, REBUILT = "gone", "stays, with nothing of the person", "stays", "built anew without the erased"
MOVES, JOINED = "goes to the winner", "both become one"


@dataclass(frozen=True)
class Fate:
    """``because`` says why something stays."""

    erase: str
    merge: str
    because: str = ""


FATES: dict[type[models.Model], Fate] = {
    Member: Fate(EMPTY, JOINED, "so that the ledgers point at somebody"),
    ContactPoint: Fate(GONE, MOVES),
    IdentityLink: Fate(GONE, MOVES),
    Purchase: Fate(GONE, MOVES),
    ServiceEvent: Fate(GONE, MOVES),
    Need: Fate(GONE, GONE),
    Consent: Fate(EMPTY, STAYS, "the ledger: that there was a yes, or a no"),
    ConsentState: Fate(STAYS, JOINED, "what the ledger comes to"),
    MemberMerge: Fate(EMPTY, STAYS, "that two were one, without what moved"),
    MemberSession: Fate(GONE, GONE),
    CommunityRequest: Fate(GONE, MOVES),
    Verification: Fate(GONE, STAYS, "of a number, whoever has it; gone within two hours"),
    Erasure: Fate(STAYS, STAYS, "the proof that it was done"),
    Tombstone: Fate(STAYS, STAYS, "what keeps imports from filing the person anew"),
    Message: Fate(EMPTY, STAYS, "the ledger of the contact promise"),
    ContactGuard: Fate(STAYS, JOINED, "the ledger of the contact promise"),
    ContactMerge: Fate(STAYS, STAYS, "the ledger of the contact promise"),
    MessageText: Fate(GONE, STAYS, "under the ledger's number of the message"),
    Delivery: Fate(GONE, STAYS, "under the ledger's number of the message"),
    Click: Fate(GONE, STAYS, "under the ledger's number of the message"),
    SentCode: Fate(GONE, STAYS, "as the message that it was"),
    Reply: Fate(GONE, STAYS, "under the ledger's number of the message"),
    Recipient: Fate(GONE, STAYS, "under the ledger's number of the message"),
    AudienceMember: Fate(REBUILT, REBUILT, "within the hour, with its counts"),
    AccessEntry: Fate(STAYS, STAYS, "evidence of who read what of whom"),
}  # fmt: skip
# Another reading of a table above, with nothing stored of its own
READINGS: dict[type[models.Model], type[models.Model]] = {MessageEntry: Message, Outcome: Message}


def person_tables() -> Iterator[type[models.Model]]:
    for model in apps.get_models():
        fields = model._meta.local_fields
        if model is Member or any(
            field.attname in OF_A_PERSON or field.name in OF_A_PERSON or field.related_model is Member
            for field in fields
        ):
            yield model


def test_every_table_that_says_something_of_a_person_is_provided_for() -> None:
    found = set(person_tables())
    assert found == set(FATES) | set(READINGS)
    assert set(READINGS.values()) <= set(FATES)
    assert not any(reading._meta.managed for reading in READINGS)
    assert len(found) > 20
    for model, fate in FATES.items():
        if STAYS in (fate.erase, fate.merge) or EMPTY in (fate.erase, fate.merge):
            assert fate.because, model


def test_a_new_table_would_be_seen() -> None:
    class Fanciful(models.Model):
        member_id = models.BigIntegerField()

        class Meta:
            app_label = "members"

    try:
        assert Fanciful in set(person_tables())
    finally:
        del apps.all_models["members"]["fanciful"]
        apps.clear_cache()


def full(town: Town, mei: Employee, phone: str) -> Member:
    """A member with a row in every table."""
    publish_sealing_key()
    fridge = make_category()
    member = make_member(town.willow, phone)
    bidx = PhoneNumber.parse(phone).bidx
    merged = make_member(town.willow)
    merge_members(loser=merged.pk, winner=member.pk, by=mei, reason="孙先生 says so")
    file_own_record(member.pk, {"surname": "孙", "title": "m"})
    make_purchase(member, make_product("HC-318", fridge))
    ServiceEvent.objects.create(
        member_id=member.pk,
        system="x",
        record_key=phone[-4:],
        kind="repair",
        category=fridge,
        happened_on=date(2024, 1, 2),
    )
    Need.objects.create(member_id=member.pk, category=fridge, level=3, score=60, reasons=[])
    evidence = {"ip": "192.0.2.7", "store": "N1", "record": "A1"}
    record_consent(member_id=member.pk, channel=1, purpose=1, given=True, source="form", evidence=evidence)
    CommunityRequest.objects.create(member_id=member.pk, community=town.poplar)
    verified = Verification.objects.create(
        key=keyed_hash("browser", phone), purpose="sign_in", bidx=bidx, masked="154****", member_id=member.pk,
        ciphertext=b"x", language="en", expires_at=timezone.now(),
    )  # fmt: skip
    begin_member_session(member_id=member.pk, verified=verified)
    version = make_version()
    (claim,) = claim_messages(members=[member.pk], channel=Channel.SMS, version_id=version.pk)
    assert claim.no
    key = {"member_id": member.pk, "no": claim.no}
    MessageText.objects.create(**key, subject="", text="孙先生您好", parameters={})
    Delivery.objects.create(**key, state=1, reported_at=timezone.now())
    Click.objects.create(**key)
    SentCode.objects.create(member_id=member.pk, handed_over_at=timezone.now())
    Reply.objects.create(member_id=member.pk, channel=1, at=timezone.now(), is_opt_out=False, no=claim.no)
    with connection.cursor() as cursor:
        cursor.execute(
            "insert into outreach_message (member_id, no, channel, state, service, version_id, claimed_at, send_by,"
            " handover_at, provider, provider_ref) values (%s, 9, 1, 2, true, %s, now(), now() + interval '1 day',"
            " now(), 'x', %s)", [member.pk, version.pk, f"ref-{phone}"],
        )  # fmt: skip
    Recipient.objects.create(
        member_id=member.pk, broadcast=make_broadcast(mei, fridge), community_id=town.willow.pk, batch=1, state=0
    )
    AudienceMember.objects.create(
        member_id=member.pk, category=fridge, region_path="x", community_id=town.willow.pk, level=3, objecting=False,
        addresses=2, consents=2,
    )  # fmt: skip
    AccessEntry.objects.create(employee=mei, reason="counter", address_hash=bidx, member_id=member.pk)
    Tombstone.objects.create(bidx=keyed_hash("phone", f"another of {phone}"), erased_at=timezone.now())
    return member


def rows_of(model: type[models.Model], member: Member, bidx: bytes) -> models.QuerySet[Any]:
    names = {field.attname for field in model._meta.local_fields}
    manager = model._default_manager
    if model is Member:
        return manager.filter(pk=member.pk)
    if "member_id" in names and model is not Verification:
        return manager.filter(member_id=member.pk)
    if "winner_id" in names:
        return manager.filter(winner_id=member.pk)
    if "winner" in names:
        return manager.filter(winner=member.pk)
    return manager.filter(bidx=bidx)


@pytest.fixture
def sun(town: Town, mei: Employee) -> Member:
    member = full(town, mei, PHONE)
    Erasure.objects.create(member_id=member.pk, reason="own")
    return member


def text_of(row: models.Model) -> str:
    return " ".join(str(getattr(row, field.attname)) for field in row._meta.local_fields)


def test_erased_means_what_the_table_says(town: Town, mei: Employee, sun: Member) -> None:
    bystander = full(town, mei, OTHER)
    before = {model: rows_of(model, bystander, PhoneNumber.parse(OTHER).bidx).count() for model in FATES}
    for model in FATES:
        if model is not Tombstone:
            assert rows_of(model, sun, BIDX).exists(), f"nothing to erase in {model.__name__}"
    erase_member(member_id=sun.pk)
    for model, fate in FATES.items():
        left = rows_of(model, sun, BIDX)
        assert left.exists() == (fate.erase != GONE), model
        if fate.erase == EMPTY:
            for row in left:
                for trace in ("孙", "192.0.2.7", "A1", "ref-154", "垂柳", "says so", "surname"):
                    assert trace not in text_of(row), (model, trace)
        assert rows_of(model, bystander, PhoneNumber.parse(OTHER).bidx).count() == before[model], model
    sun.refresh_from_db()
    assert (sun.surname, sun.title, sun.community_id, sun.household) == ("", "", None, -sun.pk)
    assert sun.erased_at
    assert Consent.objects.filter(member_id=sun.pk, source="form").get().evidence == {"store": "N1"}
    # the record of the member's own went with its link
    assert SourceRecord.objects.count() == 1
    erase_member(member_id=sun.pk)


def test_merged_means_what_the_table_says(town: Town, mei: Employee) -> None:
    loser, winner = full(town, mei, PHONE), make_member(town.poplar, OTHER)
    has = {model: rows_of(model, loser, BIDX).count() for model in FATES}
    merge_members(loser=loser.pk, winner=winner.pk, by=None, reason="same")
    for model, fate in FATES.items():
        left = rows_of(model, loser, BIDX)
        if fate.merge == GONE:
            assert has[model], model
            assert not left.exists(), model
        if fate.merge == MOVES:
            assert has[model], model
            left = left.filter(unlinked_at=None) if model is IdentityLink else left
            assert not left.exists(), model
            assert rows_of(model, winner, BIDX).exists(), model
        if fate.merge == STAYS:
            assert left.count() >= has[model], model


def test_the_whole_person_is_erased_with_those_they_were_merged_with(town: Town, mei: Employee) -> None:
    loser, winner = full(town, mei, PHONE), full(town, mei, OTHER)
    CommunityRequest.objects.filter(member_id=loser.pk).delete()
    merge_members(loser=loser.pk, winner=winner.pk, by=None, reason="same")
    erase_member(member_id=winner.pk)
    assert not Member.objects.filter(erased_at=None).exists()
    assert not MessageText.objects.exists()
    hashes = {PhoneNumber.parse(phone).bidx for phone in (PHONE, OTHER)}
    assert hashes <= {bytes(bidx) for bidx in Tombstone.objects.values_list("bidx", flat=True)}
    with pytest.raises(CannotMerge):
        undo_merge(loser=loser.pk, by=None, reason="no")


def test_what_waits_is_taken_back_and_nothing_is_claimed_any_more(sun: Member) -> None:
    held = ContactGuard.objects.get(member_id=sun.pk).blocked_until
    erase_member(member_id=sun.pk)
    assert set(Message.objects.filter(member_id=sun.pk).values_list("state", flat=True)) == {5, 2}
    assert ContactGuard.objects.get(member_id=sun.pk).blocked_until == held
    (claim,) = claim_messages(members=[sun.pk], channel=Channel.SMS, version_id=make_version().pk)
    assert claim.no is None


def test_the_month_after_an_erasure_counts_by_the_databases_clock(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    """Else a worker whose clock is behind shortens it by as much."""
    member = make_member(phone=PHONE)
    make_consent(member)
    (claim,) = claim_messages(members=[member.pk], channel=Channel.SMS, version_id=make_version().pk)
    with connection.cursor() as cursor:
        cursor.execute("select handed_over_at from outreach_hand_over(%s, %s, 1)", [member.pk, claim.no])
        (handed_over_at,) = cursor.fetchone()
        cursor.execute("select outreach_settle(%s, %s, 2::smallint, 'x', 'r', null)", [member.pk, claim.no])
    two_days_back = timezone.now() - timedelta(days=2)
    monkeypatch.setattr(timezone, "now", lambda: two_days_back)
    erase_member(member_id=member.pk)
    monkeypatch.undo()
    afresh = make_member(phone=PHONE)
    with connection.cursor() as cursor:
        cursor.execute("select outreach_hold_after_erasure(%s)", [afresh.pk])
    free_at = ContactGuard.objects.get(member_id=afresh.pk).blocked_until
    assert free_at - handed_over_at >= timedelta(hours=744)


def test_the_ledger_gives_up_nothing_else_and_of_nobody_else(sun: Member) -> None:
    make_consent(sun)
    for change in ("evidence = evidence - 'ip'", "given = false", "evidence = '{}'"):
        with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(f"update members_consent set {change}")
    Member.objects.filter(pk=sun.pk).update(erased_at=timezone.now())
    for change in (
        "given = not given",
        "evidence = '{}'::jsonb || '{\"store\": \"S1\"}'",
        "said_at = recorded_at - interval '1 s'",
    ):
        with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(f"update members_consent set {change}")


def test_what_is_said_after_the_erasure_has_no_network_address(sun: Member) -> None:
    """An own page's withdrawal may have waited behind the erasure asked for in another window."""
    erase_member(member_id=sun.pk)
    evidence = {"ip": "192.0.2.9", "form": "mine", "record": "A7"}
    record_consent(member_id=sun.pk, channel=1, purpose=1, given=False, source="own_page", evidence=evidence)
    assert Consent.objects.filter(member_id=sun.pk).latest("pk").evidence == {"form": "mine"}
    assert not Consent.objects.filter(member_id=sun.pk, evidence__has_any_keys=["ip", "record"]).exists()


def test_from_the_request_on_nobody_finds_them(sun: Member, mei: Employee) -> None:
    Erasure.objects.all().delete()
    request_erasure(member_id=sun.pk, by=mei, reason=Erasure.Reason.REQUEST)
    sun.refresh_from_db()
    assert sun.erased_at
    assert not MemberSession.objects.filter(member_id=sun.pk).exists()
    (claim,) = claim_messages(members=[sun.pk], channel=Channel.SMS, version_id=make_version().pk)
    assert claim.refusal == "unknown_member"
    asked = Erasure.objects.get()
    assert (asked.by, asked.reason, asked.done_at) == (mei, "request", None)
    request_erasure(member_id=sun.pk, by=None, reason=Erasure.Reason.OWN)
    assert Erasure.objects.count() == 1
    assert carry_out_erasure(erasure_id=asked.pk)
    assert not ContactPoint.objects.filter(member_id=sun.pk).exists()
    assert not carry_out_erasure(erasure_id=asked.pk)


@pytest.mark.parametrize("reason", ["request", "complaint", "order"])
def test_an_officers_erasure_is_in_the_log_of_reads_and_a_members_own_is_not(
    town: Town, dana: Employee, reason: str
) -> None:
    member, other = make_member(town.willow), make_member(town.willow)
    request_erasure(member_id=other.pk, by=None, reason=Erasure.Reason.OWN)
    assert not AccessEntry.objects.exists()
    for _ in range(2):  # the second time nothing is done
        request_erasure(member_id=member.pk, by=dana, reason=Erasure.Reason(reason))
    entry = AccessEntry.objects.get()
    assert (entry.employee, entry.member_id, entry.reason) == (dana, member.pk, reason)
    assert entry.search == f"erase: {reason}"
    assert entry.get_reason_display() != reason  # the log has a word for it


def test_an_erasure_that_cannot_be_recorded_is_none(
    sun: Member, dana: Employee, monkeypatch: pytest.MonkeyPatch
) -> None:
    Erasure.objects.all().delete()

    def breaks(**_: object) -> None:
        raise IntegrityError

    monkeypatch.setattr("members.actions.request_erasure.record_read", breaks)
    with pytest.raises(IntegrityError):
        request_erasure(member_id=sun.pk, by=dana, reason=Erasure.Reason.ORDER)
    sun.refresh_from_db()
    assert sun.erased_at is None
    assert not Erasure.objects.exists()


def load(tmp_path: Path, action: Callable[..., Any], header: str, line: str) -> Any:
    path = tmp_path / "file.csv"
    path.write_text(f"{header}\n{line}\n", encoding="utf-8")
    return action(path=path, system="mall")


IMPORTS = [
    (import_members, "key,phone,name", "A1,{},孙悟空"),
    (import_members, "key,phone,name", "A2,+86 {},孙悟空"),
    (import_purchases, "key,phone,model,bought_on", "S1,{},HC-318,2020-05-06"),
    (import_service_events, "key,phone,kind,category,happened_on", "E1,{},repair,fridge,2020-05-06"),
    (import_consents, "phone,channel,given,said_at", "{},sms,yes,2026-03-08"),
    (import_consents, "phone,channel,given,said_at", "{},sms,no,2026-03-08"),
]


@pytest.mark.parametrize(("action", "header", "line"), IMPORTS)
def test_no_import_revives_them(
    tmp_path: Path, sun: Member, action: Callable[..., Any], header: str, line: str
) -> None:
    erase_member(member_id=sun.pk)
    counts = [model._default_manager.count() for model in FATES]
    loaded = load(tmp_path, action, header, line.format(PHONE))
    run = getattr(loaded, "run", loaded)
    assert run.reasons == {"erased": 1}
    assert [model._default_manager.count() for model in FATES] == counts
    assert PHONE not in Path(run.report).read_text()


@pytest.mark.parametrize(("action", "header", "line"), IMPORTS)
def test_the_same_rows_of_a_member_are_taken(
    tmp_path: Path, sun: Member, action: Callable[..., Any], header: str, line: str
) -> None:
    """Else the test above would pass for another reason."""
    loaded = load(tmp_path, action, header, line.format(PHONE))
    run = getattr(loaded, "run", loaded)
    assert (run.refused, run.created + run.merged) == (0, 1)


def test_an_erased_email_address_does_not_come_back_with_somebody_else(tmp_path: Path, town: Town) -> None:
    line = f"A1,{PHONE},sun@example.com"
    load(tmp_path, import_members, "key,phone,email", line)
    erase_member(member_id=Member.objects.get().pk)
    load(tmp_path, import_members, "key,phone,email,member_since", f"A2,{OTHER},sun@example.com,{later()}")
    assert [point.channel for point in ContactPoint.objects.all()] == [1]


ANEW = "key,phone,name,email,member_since"


def later() -> date:
    """The day after an erasure of today, which only a file that comes then may name."""
    Tombstone.objects.update(erased_at=timezone.now() - timedelta(days=1))
    return timezone.localdate()


@pytest.fixture
def of_file(tmp_path: Path, town: Town) -> Member:
    load(tmp_path, import_members, ANEW, f"A1,{PHONE},孙悟空,sun@example.com,")
    return Member.objects.get()


def done(member_id: int) -> None:
    erase_member(member_id=member_id)


def asked_for(member_id: int) -> None:
    request_erasure(member_id=member_id, by=None, reason=Erasure.Reason.OWN)


@pytest.mark.parametrize("erase", [done, asked_for])
@pytest.mark.parametrize("row", ["A1,{},孙悟空,sun@example.com,", "A1,{},孙悟空,,", "A9,{},孙悟空,SUN@example.com,"])
def test_another_number_makes_no_new_person_of_them(
    tmp_path: Path, of_file: Member, row: str, erase: Callable[[int], None]
) -> None:
    erase(of_file.pk)
    for registered in (False, True):  # with that number, afresh
        if registered:
            make_member(phone=OTHER)
        counts = [model._default_manager.count() for model in FATES]
        run = load(tmp_path, import_members, ANEW, row.format(OTHER)).run
        assert (run.reasons, run.rows, run.created + run.merged + run.unchanged) == ({"erased": 1}, 1, 0)
        assert [model._default_manager.count() for model in FATES] == counts


@pytest.mark.parametrize("row", ["A1,{},孙悟空,sun@example.com,{}", "A9,{},孙悟空,sun@example.com,{}"])
def test_who_became_a_member_again_later_is_filed(tmp_path: Path, of_file: Member, row: str) -> None:
    erase_member(member_id=of_file.pk)
    assert load(tmp_path, import_members, ANEW, row.format(OTHER, timezone.localdate())).run.reasons == {"erased": 1}
    line = row.format(OTHER, later())
    assert load(tmp_path, import_members, ANEW, line).run.created == 1
    # What is on file is no longer the record that was erased
    assert load(tmp_path, import_members, ANEW, line.rpartition(",")[0] + ",").run.merged == 1


@pytest.mark.parametrize("erase", [done, asked_for])
def test_who_shared_an_address_with_them_or_has_the_key_elsewhere_is_left_in_peace(
    tmp_path: Path, of_file: Member, erase: Callable[[int], None]
) -> None:
    load(tmp_path, import_members, ANEW, f"A2,{OTHER},李白,sun@example.com,")
    erase(of_file.pk)
    assert load(tmp_path, import_members, ANEW, f"A2,{OTHER},李太白,sun@example.com,2020-05-06").run.merged == 1
    file = tmp_path / "other.csv"
    file.write_text(f"key,phone,name\nA1,{THIRD},李白\n")
    assert import_members(path=file, system="another").run.created == 1


NOON = datetime(2026, 3, 8, 12, tzinfo=ZoneInfo("Asia/Shanghai"))
# What the files bring of somebody who registered afresh: the latest that stays away, the first that is taken
AFRESH = [
    (import_members, "key,phone,name,email", "A1,{},孙悟空,sun@example.com", None),
    (import_members, "key,phone,name,member_since", "A1,{},孙悟空,2026-03-08", "A1,{},孙悟空,2026-03-09"),
    (import_purchases, "key,phone,model,bought_on", "S1,{},HC-318,2026-03-08", "S1,{},HC-318,2026-03-09"),
    (
        import_service_events, "key,phone,kind,category,happened_on",
        "E1,{},repair,fridge,2026-03-08", "E1,{},repair,fridge,2026-03-09",
    ),
    (
        import_consents, "phone,channel,given,said_at",
        "{},sms,yes,2026-03-08T12:00:00", "{},sms,yes,2026-03-08T12:00:01",
    ),
    (
        import_consents, "phone,channel,given,said_at",
        "{},every,no,2026-03-08T12:00:00", "{},every,no,2026-03-08T12:00:01",
    ),
]  # fmt: skip


@pytest.fixture
def afresh(sun: Member, town: Town) -> Member:
    """Erased at noon; then the same number registered."""
    erase_member(member_id=sun.pk)
    Tombstone.objects.update(erased_at=NOON)
    return make_member(phone=PHONE, surname="", title="")


@pytest.mark.parametrize(("action", "header", "before", "after"), AFRESH)
def test_what_was_before_the_erasure_stays_away_from_who_registers_afresh(
    tmp_path: Path, afresh: Member, action: Callable[..., Any], header: str, before: str, after: str | None
) -> None:
    counts = [model._default_manager.count() for model in FATES]
    loaded = load(tmp_path, action, header, before.format(PHONE))
    run = getattr(loaded, "run", loaded)
    assert (run.reasons, run.rows, run.created + run.merged + run.unchanged) == ({"erased": 1}, 1, 0)
    assert [model._default_manager.count() for model in FATES] == counts
    assert PHONE not in Path(run.report).read_text()
    if after:
        loaded = load(tmp_path, action, header, after.format(PHONE))
        run = getattr(loaded, "run", loaded)
        assert (run.refused, run.created + run.merged) == (0, 1)
        assert [model._default_manager.count() for model in FATES] != counts


def test_a_record_of_after_the_erasure_leads_to_nothing_of_before(tmp_path: Path, afresh: Member) -> None:
    """A row that names no number is judged by those of the member whom its record leads to."""
    load(tmp_path, import_members, "key,phone,name,member_since", f"A1,{PHONE},孙悟空,2026-03-09")
    assert IdentityLink.objects.get(unlinked_at=None, record__system="mall").member_id == afresh.pk
    for (action, header, before, after), refused in itertools.product(AFRESH[2:], (1, 0)):
        row = (before if refused else str(after)).format("A1")
        run = load(tmp_path, action, header.replace("phone", "member_key"), row)
        assert (run.refused, run.created) == (refused, 1 - refused), row


def test_who_is_erased_twice_is_judged_by_the_last_time(tmp_path: Path, afresh: Member) -> None:
    Member.objects.filter(pk=afresh.pk).update(erased_at=NOON + timedelta(days=9))
    erase_member(member_id=afresh.pk)
    make_member(phone=PHONE)
    for action, header, _before, after in AFRESH[1:]:
        loaded = load(tmp_path, action, header, str(after).format(PHONE))
        assert getattr(loaded, "run", loaded).reasons == {"erased": 1}


def test_what_a_member_said_of_themselves_outweighs_an_import(tmp_path: Path, town: Town) -> None:
    publish_sealing_key()
    member = make_member(phone=PHONE)
    file_own_record(member.pk, {"surname": "孙", "title": "m"})
    load(tmp_path, import_members, "key,phone,name,gender", f"A1,{PHONE},猪八戒,女")
    member.refresh_from_db()
    assert (member.surname, member.title) == ("孙", "m")
