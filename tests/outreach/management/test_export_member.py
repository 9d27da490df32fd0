import json
import stat
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from members import vault
from members.actions.import_members import import_members
from members.actions.record_consent import record_consent
from members.models import Member
from members.public_id import public_id
from salesapp.staff.models import AccessEntry, Employee
from tests.conftest import Town

PHONE = "15400001234"


@pytest.fixture
def sun(tmp_path: Path, town: Town) -> Member:
    table = tmp_path / "members.csv"
    table.write_text(
        f"key,phone,name,email,community\nC7,{PHONE},孙悟空,sun@example.com,{town.willow.name}\n", encoding="utf-8"
    )
    import_members(path=table, system="crm")
    member = Member.objects.get()
    record_consent(
        member_id=member.pk, channel=1, purpose=1, given=False, source="own_page",
        evidence={"ip": "192.0.2.9", "form": "mine"},
    )  # fmt: skip
    return member


def export(path: Path, member: Member | str, by: str = "dana", reason: str = "request") -> str:
    out = StringIO()
    named = member if isinstance(member, str) else public_id(member.pk)
    call_command("export_member", "--by", by, "--reason", reason, "--", named, str(path), stdout=out)
    return out.getvalue()


def test_everything_is_in_the_file_and_the_reading_on_record(tmp_path: Path, sun: Member, dana: Employee) -> None:
    path = tmp_path / "sun.json"
    said = export(path, sun)
    assert PHONE not in said
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    assert [(each["channel"]["code"], each["value"]) for each in found["held"]["addresses"]] == [
        ("sms", f"+86{PHONE}"), ("email", "sun@example.com"),
    ]  # fmt: skip
    (record,) = found["held"]["records"]
    assert record["source"] == "crm"
    assert record["content"]["name"] == "孙悟空"
    assert found["held"]["said"][0]["evidence"] == {"ip": "192.0.2.9", "form": "mine"}
    entry = AccessEntry.objects.get()
    assert (entry.employee, entry.member_id, entry.reason, entry.search) == (
        dana, sun.pk, "request", "copy: everything",
    )  # fmt: skip
    # And the member is told of it, with the time that it was made
    assert found["look_ups"][0]["reason"]["code"] == "request"


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"by": "alice"}, "may not act"),
        ({"by": "gone"}, "may not act"),
        ({"by": "nobody"}, "no such employee"),
        ({"member": "x"}, "no such member"),
        ({"member": "erased"}, "is erased"),
        ({"file": "there"}, "cannot be made"),
        ({"keys": ""}, "DATA_KEYS"),
    ],
)
def test_what_cannot_be_exported_leaves_no_file_and_no_entry(
    tmp_path: Path,
    sun: Member,
    dana: Employee,
    alice: Employee,
    monkeypatch: pytest.MonkeyPatch,
    change: dict[str, str],
    sentence: str,
) -> None:
    path = tmp_path / "sun.json"
    by = change.get("by", "dana")
    if by == "gone":
        Employee.objects.filter(pk=dana.pk).update(disabled_at=timezone.now())
        by = "dana"
    if change.get("member") == "erased":
        Member.objects.update(erased_at=timezone.now())
    if "file" in change:
        path.write_text("mine", encoding="utf-8")
    if "keys" in change:
        monkeypatch.setattr(vault, "_data_keys", dict)
    with pytest.raises(CommandError, match=sentence):
        export(path, "x" if change.get("member") == "x" else sun, by=by)
    assert not AccessEntry.objects.exists()
    assert (path.read_text(encoding="utf-8") == "mine") if "file" in change else not path.exists()
