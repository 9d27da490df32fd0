"""A backup is restored: who was erased since it was made is erased again, and who registered since is left alone."""

from datetime import timedelta
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from members.actions.carry_out_erasure import carry_out_erasure
from members.actions.erase_member import erase_member
from members.actions.import_members import import_members
from members.actions.request_erasure import request_erasure
from members.models import ContactPoint, Erasure, Member, Tombstone
from tests.builders import make_member

pytestmark = pytest.mark.django_db
PHONE, OTHER = "15400001234", "16000001111"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "erased.txt"


def run(command: str, file: Path) -> str:
    out = StringIO()
    call_command(command, str(file), stdout=out)
    return out.getvalue()


def restore() -> Member:
    """The database as it was before the erasure."""
    Tombstone.objects.all().delete()
    Erasure.objects.all().delete()
    return make_member(phone=PHONE)


def test_after_a_restore_they_are_erased_again(file: Path) -> None:
    erase_member(member_id=make_member(phone=PHONE).pk)
    (stone,) = Tombstone.objects.all()
    assert run("export_erasures", file) == "1 erased addresses and records\n"
    assert PHONE not in file.read_text()
    back, other = restore(), make_member(phone=OTHER)
    assert (
        run("replay_erasures", file)
        == "1 erased addresses and records, 1 of them missing here; 1 members erased again\n"
    )
    back.refresh_from_db()
    other.refresh_from_db()
    assert back.erased_at
    assert other.erased_at is None
    assert ContactPoint.objects.get().member_id == other.pk
    # as of the erasure, not of the restore
    assert Tombstone.objects.get().erased_at == stone.erased_at
    assert Erasure.objects.get().reason == "replay"


def test_everything_of_theirs_is_dated_as_of_the_erasure(file: Path, tmp_path: Path) -> None:
    people = tmp_path / "people.csv"
    people.write_text(f"key,phone,email\nA1,{PHONE},sun@example.com\n")
    import_members(path=people, system="mall")
    erase_member(member_id=Member.objects.get().pk)
    Tombstone.objects.update(erased_at=timezone.now() - timedelta(days=9))
    before = set(Tombstone.objects.values_list("bidx", "erased_at"))
    assert run("export_erasures", file) == "3 erased addresses and records\n"
    Tombstone.objects.all().delete()
    import_members(path=people, system="mall")
    assert "3 of them missing here; 1 members erased again" in run("replay_erasures", file)
    assert set(Tombstone.objects.values_list("bidx", "erased_at")) == before


def test_an_erasure_that_waits_for_a_worker_is_in_the_file(file: Path) -> None:
    waits = make_member(phone=PHONE)
    request_erasure(member_id=waits.pk, by=None, reason=Erasure.Reason.OWN)
    asked = Erasure.objects.get()
    assert run("export_erasures", file) == "1 erased addresses and records\n"
    ContactPoint.objects.all().delete()
    back = restore()
    assert "1 members erased again" in run("replay_erasures", file)
    back.refresh_from_db()
    assert back.erased_at
    assert Tombstone.objects.get().erased_at == asked.requested_at


def test_who_registers_afresh_once_it_is_carried_out_stays(file: Path) -> None:
    request_erasure(member_id=make_member(phone=PHONE).pk, by=None, reason=Erasure.Reason.OWN)
    run("export_erasures", file)
    carry_out_erasure(erasure_id=Erasure.objects.get().pk)
    again = make_member(phone=PHONE)
    assert "0 of them missing here; 0 members" in run("replay_erasures", file)
    again.refresh_from_db()
    assert again.erased_at is None


def test_where_the_copy_has_the_request_it_is_carried_out(file: Path) -> None:
    """The backup is of between the request and the worker."""
    waits = make_member(phone=PHONE)
    request_erasure(member_id=waits.pk, by=None, reason=Erasure.Reason.OWN)
    run("export_erasures", file)
    run("replay_erasures", file)
    assert not ContactPoint.objects.exists()
    assert carry_out_erasure(erasure_id=Erasure.objects.get(done_at=None).pk)


def test_a_second_time_nothing_changes(file: Path) -> None:
    erase_member(member_id=make_member(phone=PHONE).pk)
    run("export_erasures", file)
    restore()
    run("replay_erasures", file)
    assert (
        run("replay_erasures", file)
        == "1 erased addresses and records, 0 of them missing here; 0 members erased again\n"
    )


def test_who_registered_afresh_after_the_erasure_stays(file: Path) -> None:
    """The backup is younger than the erasure: its tombstone is in it, and the new registration as well."""
    erase_member(member_id=make_member(phone=PHONE).pk)
    run("export_erasures", file)
    again = make_member(phone=PHONE)
    run("replay_erasures", file)
    again.refresh_from_db()
    assert again.erased_at is None


def test_who_was_erased_a_second_time_is_erased_again(file: Path) -> None:
    erase_member(member_id=make_member(phone=PHONE).pk)
    first = Tombstone.objects.get()
    erase_member(member_id=make_member(phone=PHONE).pk)
    run("export_erasures", file)
    back = restore()
    first.save(force_insert=True)
    run("replay_erasures", file)
    back.refresh_from_db()
    assert back.erased_at


def test_an_address_that_is_not_on_file_leaves_its_tombstone(file: Path) -> None:
    erase_member(member_id=make_member(phone=PHONE).pk)
    run("export_erasures", file)
    Tombstone.objects.all().delete()
    run("replay_erasures", file)
    assert Tombstone.objects.count() == 1


@pytest.mark.parametrize("line", ["x", "00 2026-01-01T00:00:00+00:00", f"{'00' * 16} 2026-01-01T00:00:00", "é x"])
def test_a_file_that_is_none_of_ours_erases_nobody(file: Path, line: str) -> None:
    member = make_member(phone=PHONE)
    bidx = bytes(ContactPoint.objects.get().bidx).hex()
    file.write_text(f"{bidx} {timezone.now().isoformat()}\n{line}\n", encoding="utf-8")
    with pytest.raises(CommandError):
        run("replay_erasures", file)
    member.refresh_from_db()
    assert member.erased_at is None
