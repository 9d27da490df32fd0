from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.db import IntegrityError
from django.utils import timezone

from geo.models import ImportRun
from members.actions.import_consents import import_consents
from members.actions.import_members import import_members
from members.actions.merge_members import merge_members
from members.actions.record_consent import record_consent
from members.models import Consent, ConsentState, ConsentWording, ContactPoint, Member
from members.phone import PhoneNumber

HEADER = "phone,member_key,channel,purpose,given,said_at,wording,source,record,store,form,ip"
PHONE, OTHER = "15412345678", "16012345678"
YES = f"{PHONE},,sms,,yes,2026-03-08 10:12,,,,,,"

pytestmark = pytest.mark.django_db
Load = Callable[..., ImportRun]


@pytest.fixture
def load(tmp_path: Path) -> Load:
    people = tmp_path / "people.csv"
    people.write_text(f"key,phone\nA1,{PHONE}\nA2,{OTHER}\n")
    import_members(path=people, system="mall")

    def _load(*lines: str) -> ImportRun:
        path = tmp_path / "consents.csv"
        path.write_text("\n".join((HEADER, *lines)) + "\n", encoding="utf-8")
        run = import_consents(path=path, system="mall")
        assert run.rows == run.created + run.merged + run.unchanged + run.refused == len(lines)
        return run

    return _load


def member(phone: str = PHONE) -> int:
    return ContactPoint.objects.get(bidx=PhoneNumber.parse(phone).bidx).member_id


def given(phone: str = PHONE, channel: int = 1, purpose: int = 1) -> bool | None:
    states = ConsentState.objects.filter(member_id=member(phone), channel=channel, purpose=purpose)
    return states.values_list("given", flat=True).first()


def test_rows_are_entries_of_the_ledger(load: Load) -> None:
    wording = ConsentWording.objects.create(version="sms-1", channel=1, language="zh-hans", text="同意")
    run = load(
        f"{PHONE},,短信,营销,同意,2026/3/8 9:05,sms-1,门店,R7,N1,poster,192.0.2.7",
        ",A2,wechat,marketing,yes,2026-03-08T10:12:00Z,,form,,,,",
    )
    assert (run.kind, run.created) == ("consents", 2)
    first, second = Consent.objects.order_by("member_id")
    assert (first.member_id, first.channel, first.purpose, first.given, first.source) == (member(), 1, 1, True, "store")
    assert (first.wording, first.said_at) == (wording, datetime(2026, 3, 8, 1, 5, tzinfo=UTC))
    assert first.evidence == {"record": "R7", "store": "N1", "form": "poster", "ip": "192.0.2.7"}
    assert (second.member_id, second.channel, second.evidence) == (member(OTHER), 4, {})
    assert second.said_at == datetime(2026, 3, 8, 10, 12, tzinfo=UTC)
    assert given()
    assert given(OTHER, 4)
    wording.refresh_from_db()
    assert wording.used_at


def test_the_same_file_again_changes_nothing(load: Load) -> None:
    rows = [YES, YES, f"{PHONE},,every,,no,2026-03-09,,,,,,"]
    run = load(*rows)
    assert (run.created, run.unchanged) == (2, 1)
    run = load(*rows)
    assert (run.created, run.unchanged) == (0, 3)
    assert Consent.objects.count() == 2


def test_an_older_yes_undoes_no_withdrawal(load: Load) -> None:
    record_consent(member_id=member(), channel=0, purpose=1, given=False, source="reply")
    assert load(YES).created == 1
    assert given() is False


def test_a_day_is_its_beginning_for_a_yes_and_its_end_for_a_no(load: Load) -> None:
    load(f"{PHONE},,sms,,yes,2026-03-08,,,,,,", f"{OTHER},,sms,,no,20260308,,,,,,")
    yes, no = Consent.objects.order_by("member_id").values_list("said_at", flat=True)
    assert yes == datetime(2026, 3, 7, 16, tzinfo=UTC)
    assert no == datetime(2026, 3, 8, 16, tzinfo=UTC) - timedelta(microseconds=1)
    load(f"{OTHER},,email,,no,{timezone.localdate()},,,,,,")
    assert Consent.objects.get(channel=2).said_at <= timezone.now()


@pytest.mark.parametrize("word", ["profiling", "推算", "画像"])
def test_an_objection_to_profiling_hides_the_member(load: Load, word: str) -> None:
    load(f"{PHONE},,,{word},不同意,2026-03-08,,,,,,")
    assert Member.objects.get(refuses_profiling=True).pk == member()


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ("16099999999,,sms,,yes,2026-03-08,,,,,,", "unknown_member"),
        (",A9,sms,,yes,2026-03-08,,,,,,", "unknown_member"),
        (",,sms,,yes,2026-03-08,,,,,,", "no_phone"),
        ("12,,sms,,yes,2026-03-08,,,,,,", "bad_phone"),
        (f"{PHONE},,fax,,yes,2026-03-08,,,,,,", "bad_channel"),
        (f"{PHONE},,every,,yes,2026-03-08,,,,,,", "bad_channel"),
        (f"{PHONE},,,,yes,2026-03-08,,,,,,", "bad_channel"),
        (f"{PHONE},,sms,profiling,no,2026-03-08,,,,,,", "bad_channel"),
        (f"{PHONE},,sms,fun,yes,2026-03-08,,,,,,", "bad_purpose"),
        (f"{PHONE},,sms,,perhaps,2026-03-08,,,,,,", "bad_given"),
        (f"{PHONE},,sms,,,2026-03-08,,,,,,", "bad_given"),
        (f"{PHONE},,sms,,yes,2026-03-08,,unsubscribe_link,,,,", "bad_source"),
        (f"{PHONE},,sms,,yes,,,,,,,", "bad_date"),
        (f"{PHONE},,sms,,yes,2026-03-08 25:00,,,,,,", "bad_date"),
        (f"{PHONE},,sms,,yes,2026-02-30 10:00,,,,,,", "bad_date"),
        (f"{PHONE},,sms,,yes,2999-03-08 10:00,,,,,,", "future_date"),
        (f"{PHONE},,sms,,yes,2026-03-08,sms-9,,,,,", "unknown_wording"),
        (f"{PHONE},,sms,,yes,2026-03-08,mail-1,,,,,", "unknown_wording"),
        (f"{PHONE},,sms,,yes,2026-03-08,,,,,,home", "bad_evidence"),
        (f"{PHONE},,sms,,yes,2026-03-08,,,{'x' * 61},,,", "bad_evidence"),
        (f"{PHONE},sms,yes", "broken_line"),
    ],
    ids=lambda value: value if "," not in value else "",
)
def test_a_bad_row_is_refused_and_the_others_are_taken(load: Load, row: str, reason: str) -> None:
    ConsentWording.objects.create(version="mail-1", channel=2, language="en", text="yes")
    run = load(row, YES)
    assert (run.created, run.reasons) == (1, {reason: 1})
    report = Path(run.report).read_text()
    assert f"2,{reason}" in report
    assert PHONE not in report


def test_a_yes_of_somebody_who_was_erased_is_refused(load: Load) -> None:
    Member.objects.update(erased_at=timezone.now())
    run = load(YES, f"{PHONE},,every,,no,2026-03-09,,,,,,")
    assert (run.created, run.reasons) == (1, {"erased": 1})


def test_evidence_keeps_no_phone_number(load: Load) -> None:
    load(YES.replace(",,,,,,", f",,,{PHONE},,,"))
    assert PHONE not in str(Consent.objects.get().evidence)


def test_who_was_merged_is_who_they_are_now(load: Load) -> None:
    loser, winner = member(OTHER), member()
    merge_members(loser=loser, winner=winner, by=None, reason="same")
    load(f"{OTHER},,sms,,yes,2026-03-08,,,,,,", ",A2,email,,yes,2026-03-08,,,,,,")
    assert set(Consent.objects.values_list("member_id", flat=True)) == {winner}


def test_batches_stand_alone(load: Load, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("members.actions.import_consents.BATCH_ROWS", 2)
    rows = [YES.replace("10:12", f"10:{minute:02}") for minute in range(5)]
    assert load(*rows).created == 5


def test_the_command_says_that_the_file_may_be_loaded_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(**_arguments: object) -> None:
        raise IntegrityError(f"duplicate key: {PHONE}")

    monkeypatch.setattr("members.management.commands.import_consents.import_consents", refuse)
    path = tmp_path / "a.csv"
    path.write_text(HEADER + "\n")
    with pytest.raises(CommandError, match="load the same file again") as caught:
        call_command("import_consents", str(path), "--system", "mall")
    assert PHONE not in str(caught.value)
