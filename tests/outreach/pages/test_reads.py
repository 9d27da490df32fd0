"""The privacy officer's search of the access log, and a member's entries as a file."""

import csv
import io
import json
import re
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.utils import timezone
from django.utils.translation import override
from pytest_django import Settings

from members.actions.merge_members import merge_members
from members.actions.search_access_log import Question, understand
from members.models import Member
from members.phone import PhoneNumber
from members.public_id import public_id
from salesapp.staff.actions.allow_look_up import allow_look_up
from salesapp.staff.actions.seal_access_log import seal_access_log
from salesapp.staff.errors import TooManyRequests
from salesapp.staff.models import AccessEntry, Employee, HarvestAlarm
from salesapp.staff.queries import access_search
from salesapp.staff.queries.access_search import Asked, entries_asked_for
from salesapp.staff.queries.reads_of_member import reads_of_member
from tests.builders import make_member

SUN, ZHAO = "15400001234", "15400002345"
Ask = Callable[..., Any]


@pytest.fixture
def sun(db: None) -> Member:
    return make_member(phone=SUN)


def read(employee: Employee, phone: str, member: Member | None = None, **fields: object) -> AccessEntry:
    usual: dict[str, object] = {
        "store": employee.store, "reason": "counter", "address_hash": PhoneNumber.parse(phone).bidx,
        "member_id": member.pk if member else None,
    }  # fmt: skip
    return AccessEntry.objects.create(employee=employee, **(usual | fields))


@pytest.fixture
def ask(dana: Employee) -> Ask:
    client = Client(headers={"Accept-Language": "en"})
    client.force_login(dana)

    def _ask(path: str = "", **asked: str) -> Any:
        return client.post(f"/privacy/reads/{path}", {"why": "audit"} | asked)

    return _ask


def text(answer: Any) -> str:
    return re.sub(r"\s+", " ", re.sub("<[^>]+>", " ", answer.content.decode()))


def rows(answer: Any) -> list[str]:
    assert answer.status_code == 200, text(answer)
    history = answer.content.decode().split('class="card history"')[1].split("</ol>")[0]
    return [re.sub(r"\s+", " ", re.sub("<[^>]+>", " ", row)).strip() for row in history.split("<li>")[1:]]


def test_every_question_finds_its_entries(
    sun: Member, alice: Employee, bob: Employee, charlie: Employee, mei: Employee, ask: Ask
) -> None:
    read(alice, SUN, sun)
    read(bob, ZHAO)
    read(charlie, SUN, sun, reason="service")
    read(mei, ZHAO, at=timezone.now() - timedelta(days=5))
    read(mei, ZHAO, reason="order", at=timezone.now() - timedelta(days=60))
    for asked, who in (
        ({}, ["mei", "charlie", "bob", "alice"]),
        ({"employee": "bob"}, ["bob"]),
        ({"store": "N1"}, ["bob", "alice"]),
        ({"store": "N1", "employee": "charlie"}, ["Nothing."]),
        ({"who": "154 0000-1234"}, ["charlie", "alice"]),
        ({"who": public_id(sun.pk)}, ["dana", "charlie", "alice"]),
        ({"who": ZHAO}, ["mei", "bob"]),
        ({"reason": "service"}, ["charlie"]),
        ({"reason": "order"}, ["mei"]),
        ({"since": str(timezone.localdate())}, ["charlie", "bob", "alice"]),
        ({"until": str(timezone.localdate() - timedelta(days=3))}, ["mei"]),
    ):
        found = [row.split()[0] for row in rows(ask(**asked))]
        # The searches before are entries too
        assert [name for name in found if name != "dana" or "dana" in who][-len(who) :] == who, asked


def test_every_search_is_on_record_with_what_was_asked(sun: Member, alice: Employee, dana: Employee, ask: Ask) -> None:
    ask(employee="alice", since="2026-11-01")
    ask(who=SUN, why="request")
    ask(who=ZHAO)
    first, second, third = AccessEntry.objects.order_by("id")
    assert (first.employee, first.reason, first.search) == (dana, "audit", "search: employee alice since 2026-11-01")
    assert (second.reason, second.member_id, second.search) == ("request", sun.pk, "search: everything")
    assert bytes(second.address_hash) == PhoneNumber.parse(SUN).bidx
    assert (third.member_id, bytes(third.address_hash)) == (None, PhoneNumber.parse(ZHAO).bidx)
    assert SUN not in "".join(AccessEntry.objects.values_list("search", flat=True))


def test_the_log_keeps_its_words_and_the_page_has_the_readers(alice: Employee, ask: Ask) -> None:
    said = {
        "withdraw: sms": "withdrawal: SMS",
        "withdraw: every": "withdrawal: every channel",
        "profiling: objects": "objection to profiling",
        "search: everything": "search",
        "search: employee alice reason counter until 2026-11-01":
            "search: Employee number alice · Reason of the look-up In store · To day 2026-11-01",
        "withdraw: fax": "withdraw: fax",
        "search: employee a b": "search: employee a b",
        "something else": "something else",
    }  # fmt: skip
    for words in said:
        read(alice, SUN, reason="request", search=words)
    shown = [row.split(alice.store.name if alice.store else "-")[1].strip() for row in rows(ask(employee="alice"))]
    assert shown == list(said.values())[::-1]
    assert list(AccessEntry.objects.filter(employee=alice).order_by("id").values_list("search", flat=True)) == [*said]


def test_the_number_is_masked_and_not_sent_back(sun: Member, alice: Employee, ask: Ask) -> None:
    read(alice, SUN, sun)
    answer = ask(who=SUN)
    assert "154****1234" in text(answer)
    assert SUN not in answer.content.decode()
    assert "孙" not in answer.content.decode()
    assert "no-store" in answer["Cache-Control"]


def test_pages_follow_one_another_without_the_number(sun: Member, alice: Employee, ask: Ask) -> None:
    for _ in range(120):
        read(alice, SUN, sun)
    answer = ask(who=SUN)
    assert "120 look-ups" in text(answer) or "121 look-ups" in text(answer)
    seen = rows(answer)
    while found := re.search(r'name="after" value="(\d+)"', answer.content.decode()):
        answer = ask(after=found[1])
        assert "154****1234" in text(answer)
        seen += rows(answer)
    assert len([row for row in seen if row.startswith("alice")]) == 120


def test_further_pages_keep_the_reason_and_the_form_does_not(sun: Member, alice: Employee, ask: Ask) -> None:
    for _ in range(60):
        read(alice, SUN, sun)
    page = ask(who=SUN, why="complaint").content.decode()
    assert '<input type="hidden" name="why" value="complaint">' in page.split('class="card history"')[1]
    assert "checked" not in page.split('class="card history"')[0]


def test_a_count_stops_somewhere_and_says_so(alice: Employee, ask: Ask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(access_search, "MOST_COUNTED", 1000)
    phone = PhoneNumber.parse(SUN)
    AccessEntry.objects.bulk_create(
        AccessEntry(employee=alice, reason="counter", address_hash=phone.bidx, member_id=n) for n in range(1100)
    )
    assert "more than 1000 look-ups" in text(ask(employee="alice"))


def test_an_entry_says_whether_it_is_sealed(alice: Employee, ask: Ask) -> None:
    read(alice, SUN)
    assert "not sealed yet" in rows(ask(employee="alice"))[0]
    seal_access_log()
    read(alice, SUN)
    newer, older = rows(ask(employee="alice"))
    assert "not sealed yet" in newer
    assert "not sealed yet" not in older


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({"employee": "nobody"}, "no such employee"),
        ({"store": "X9"}, "no such store"),
        ({"who": "hello"}, "neither a mobile number"),
        ({"who": public_id(99)}, "no such member"),
        ({"why": "curiosity"}, "Choose a reason"),
        ({"after": "5"}, "Ask again"),
    ],
)
def test_what_cannot_be_asked_is_said_and_nothing_read(db: None, ask: Ask, asked: dict[str, str], said: str) -> None:
    answer = ask(**asked)
    assert answer.status_code == 422
    assert said in text(answer)
    assert not AccessEntry.objects.exists()


@pytest.mark.parametrize(
    "asked",
    [
        {"since": "x", "until": "9999-99-99"},
        {"since": "0001-01-01"},
        {"employee": "a\x00"},
        {"after": "9" * 40},
        {"after": "9" * 5000},
        {"after": "x"},
    ],
)
def test_nonsense_is_no_error_of_ours(db: None, ask: Ask, asked: dict[str, str]) -> None:
    assert ask(**asked).status_code in (200, 422)


def test_searches_are_limited(db: None, ask: Ask, settings: Settings) -> None:
    settings.LOOKUP_LIMITS = ["2/d"]
    assert [ask().status_code for _ in range(3)] == [200, 200, 429]


def test_who_gathers_numbers_here_is_held_as_at_a_counter(
    sun: Member, dana: Employee, ask: Ask, settings: Settings
) -> None:
    settings.LOOKUP_LIMITS = ["1000/d"]
    refused = 0
    for n in range(40):
        refused = ask(who=f"1540010{n:04}").status_code
        if refused != 200:
            break
    assert refused == 422
    alarm = HarvestAlarm.objects.get()
    assert (alarm.employee, alarm.rule) == (dana, HarvestAlarm.Rule.NEAR)
    assert AccessEntry.objects.filter(thousand=PhoneNumber.parse("15400100000").thousand).count() == n < 40
    # Nothing of anybody from now on: neither here nor in the files
    before = AccessEntry.objects.count()
    exports = [
        {"path": "export/", "member": public_id(sun.pk), "copy": copy, "format": "json"} for copy in ("member", "full")
    ]
    asked = [{"who": SUN}, {"who": ZHAO}, {"who": public_id(sun.pk)}, {}, {"employee": "dana"}, {"after": "9"}]
    for more in [*asked, *exports]:
        answer = ask(**more)
        assert answer.status_code == 422, more
        assert "Your last look-ups were unusual" in text(answer)
        assert public_id(sun.pk) not in answer.content.decode()
        assert "15400100" not in answer.content.decode()
    assert AccessEntry.objects.count() == before


def test_searches_of_persons_and_exports_are_limited_as_look_ups(
    sun: Member, dana: Employee, ask: Ask, settings: Settings
) -> None:
    settings.LOOKUP_LIMITS = ["3/d"]
    assert ask(who=SUN).status_code == 200
    assert ask(who=public_id(sun.pk)).status_code == 200
    assert ask("export/", member=public_id(sun.pk), copy="full").status_code == 200
    for answer in (ask(who=SUN), ask("export/", member=public_id(sun.pk), copy="full")):
        assert answer.status_code == 429
        assert "Too many look-ups" in text(answer)
    with pytest.raises(TooManyRequests):
        allow_look_up(by=dana)
    assert ask().status_code == 200


def test_a_span_is_the_same_with_blocks_and_without(alice: Employee) -> None:
    """Blocks say which numbers can lie in a span; what they leave out must not be in it."""
    today = timezone.localtime().replace(hour=0, minute=0, second=0, microsecond=0)
    # Numbers and times in different orders, as late commits leave them
    for n in range(40):
        read(alice, SUN, at=today + timedelta(hours=(n * 7) % 40, minutes=n))
        if n % 6 == 5:
            seal_access_log()
    with connection.cursor() as cursor:
        cursor.execute("alter table staff_accessblock disable trigger staff_accessblock_no_change")
        # As if each had been sealed when its last entry was written
        cursor.execute(
            "update staff_accessblock b set sealed_at = (select max(at) + interval '1 second' from staff_accessentry e"
            " where e.id <= b.last_id)"
        )
    times = list(AccessEntry.objects.values_list("at", flat=True))
    spans = 0
    for since in (None, *(today + timedelta(hours=h) for h in range(0, 44, 3))):
        for until in (None, *(today + timedelta(hours=h) for h in range(0, 44, 3))):
            found = entries_asked_for(Asked(since=since, until=until)).count()
            assert found == sum((not since or at >= since) and (not until or at < until) for at in times)
            spans += 1
    assert spans == 256


def test_who_was_merged_is_the_same_person(sun: Member, alice: Employee, root: Employee) -> None:
    other = make_member(phone=ZHAO)
    read(alice, ZHAO, other)
    merge_members(loser=other.pk, winner=sun.pk, by=None, reason="same")
    for named in (sun, other):
        asked = understand(Question(who=public_id(named.pk), until=date(2030, 1, 1)))
        assert asked.members == [sun.pk, other.pk]


def test_the_members_own_page_says_store_and_reason_and_no_person(
    sun: Member, alice: Employee, charlie: Employee, dana: Employee
) -> None:
    read(alice, SUN)  # before sun was a member
    read(charlie, SUN, sun, reason="service")
    read(dana, SUN, sun, reason="request")
    read(alice, ZHAO)
    somebody = make_member(phone="15400003456")
    read(alice, SUN, somebody)  # the number was somebody else's
    with override("en"):
        found = reads_of_member([sun.pk], [PhoneNumber.parse(SUN).bidx])
    assert [(each.store, each.role, each.reason) for each in found] == [
        ("", "privacy officer", "The member asks"), ("南岸一店", "salesperson", "Service"),
        ("北岸一店", "salesperson", "In store"),
    ]  # fmt: skip
    assert [each.store for each in reads_of_member([sun.pk])] == ["", "南岸一店"]
    assert len(reads_of_member([sun.pk], limit=1)) == 1


def test_the_members_copy_names_nobody_and_the_full_one_does(
    sun: Member, alice: Employee, dana: Employee, ask: Ask
) -> None:
    Employee.objects.filter(pk=alice.pk).update(name="艾丽丝")
    read(alice, SUN, sun)
    seal_access_log()
    copy = ask("export/", member=public_id(sun.pk), copy="member", format="json", why="request")
    assert "attachment" in copy["Content-Disposition"]
    said = json.loads(copy.content)
    assert said["older_entries_left_out"] is False
    newest, oldest = said["entries"]
    assert oldest.keys() == {"at", "role", "store", "reason"}
    assert (oldest["role"], oldest["store"], oldest["reason"]) == ("salesperson", "北岸一店", "In store")
    assert (newest["role"], newest["reason"]) == ("privacy officer", "The member asks")
    assert "alice" not in copy.content.decode()
    assert "艾丽丝" not in copy.content.decode()
    full = list(
        csv.DictReader(io.StringIO(ask("export/", member=public_id(sun.pk), copy="full").content.decode("utf-8-sig")))
    )
    assert (full[-1]["employee_no"], full[-1]["name"], full[-1]["sealed"]) == ("alice", "艾丽丝", "yes")
    assert full[0]["search"] == "export: full"
    assert full[1]["search"] == "export: copy for the member"


def test_the_file_is_the_same_by_every_id_that_stands_for_the_member(sun: Member, alice: Employee, ask: Ask) -> None:
    """Of three who became one: their look-ups, and those in vain by either's number."""
    zhao, third = make_member(phone=ZHAO), make_member()
    for phone, member in ((SUN, None), (ZHAO, None), (SUN, sun), (ZHAO, zhao)):
        read(alice, phone, member)
    read(alice, "15400009999")
    merge_members(loser=third.pk, winner=zhao.pk, by=None, reason="same")
    merge_members(loser=zhao.pk, winner=sun.pk, by=None, reason="same")
    read(alice, ZHAO, sun)
    for n, named in enumerate((sun, zhao, third)):
        said = json.loads(ask("export/", member=public_id(named.pk), copy="full", format="json").content)["entries"]
        assert [each["employee_no"] for each in said] == ["dana"] * (n + 1) + ["alice"] * 5
    assert set(AccessEntry.objects.filter(employee__employee_no="dana").values_list("member_id", flat=True)) == {sun.pk}


@pytest.mark.parametrize("name", ["=cmd|' /C calc'!A0", "+1", "-1", "@SUM(A1)", "\t=1", " =1", "＝1", "\r=1"])
def test_no_cell_of_a_file_is_a_formula(sun: Member, alice: Employee, ask: Ask, name: str) -> None:
    assert alice.store is not None
    alice.store.name = name
    alice.store.save()
    read(alice, SUN, sun)
    (row,) = [
        row
        for row in csv.DictReader(
            io.StringIO(ask("export/", member=public_id(sun.pk), copy="member").content.decode("utf-8-sig"), newline="")
        )
        if row["store"]
    ]
    assert row["store"] == f"'{name}"


def test_an_export_of_nobody_is_refused(db: None, ask: Ask) -> None:
    assert ask("export/", member="x").status_code == 422
    assert ask("export/", member=public_id(99)).status_code == 422
    assert ask("export/", member=public_id(99), why="x").status_code == 422
    assert not AccessEntry.objects.exists()


@pytest.mark.parametrize("size", [0, 1, 50, 51, 100, 101])
def test_a_search_tells_its_number_and_pages_through_all_entries(
    sun: Member, alice: Employee, ask: Ask, size: int
) -> None:
    fill(alice, sun, size)
    answer, seen = ask(reason="counter"), 0
    assert f" {size} look-up{'' if size == 1 else 's'} " in text(answer)
    while True:
        found = rows(answer) if size else []
        assert len(found) == min(50, size - seen)
        seen += len(found)
        older = re.search(r'name="after" value="(\d+)"', answer.content.decode())
        if older is None:
            break
        answer = ask(reason="counter", after=older[1])
    assert seen == size


def test_a_search_of_ten_thousand_and_one_is_counted(sun: Member, alice: Employee, ask: Ask) -> None:
    fill(alice, sun, 10_001)
    assert " 10001 look-ups " in text(ask(reason="counter"))


def fill(employee: Employee, member: Member, number: int) -> None:
    AccessEntry.objects.bulk_create(
        AccessEntry(
            employee=employee, store=employee.store, reason="counter", address_hash=b"x" * 32, member_id=member.pk
        )
        for _ in range(number)
    )
