"""A file on its way in: looked at, named, checked, loaded, by the page and the worker."""

import gzip
import json
import re
import stat
import subprocess
import sys
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import OperationalError, connection
from django.test import Client
from django.utils import timezone
from openpyxl import Workbook
from procrastinate.contrib.django.models import ProcrastinateJob

from geo.actions.import_communities import import_communities
from geo.actions.import_regions import COLUMNS, FIELDS
from geo.intake import Doing, Step
from geo.models import Community, ImportRun, Region
from members import jobs as jobs_module
from members import uploads, vault
from members.actions import work_on_import as work_module
from members.actions.import_products import import_products
from members.actions.tend_imports import tend_imports
from members.actions.work_on_import import work_on_import
from members.import_kinds import KINDS
from members.models import Consent, ContactPoint, FileImport, Member, Product, Purchase, ServiceEvent
from members.uploads import private_folder
from salesapp.staff.models import Employee, Store
from tests.builders import make_category, make_member, make_product
from tests.conftest import Town
from tests.servers.slapd import PASSWORD, READER, Slapd, person

PHONE, OTHER, THIRD = "15400001234", "15400001235", "15400001236"
State = FileImport.State


@pytest.fixture(autouse=True)
def _private(settings: Any, tmp_path: Path) -> None:
    settings.IMPORT_DIR = tmp_path / "imports"


@pytest.fixture
def client(root: Employee) -> Client:
    client = Client(headers={"Accept-Language": "en"})
    client.force_login(root)
    return client


def district(code: str, name: str) -> dict[str, Any]:
    square = [[[120, 36], [120.1, 36], [120.1, 36.1], [120, 36.1], [120, 36]]]
    properties = {"adcode": code, "name": name, "level": "district", "parent": {"adcode": "990100"}}
    return {"type": "Feature", "properties": properties, "geometry": {"type": "Polygon", "coordinates": square}}


REGIONS = json.dumps(
    {"type": "FeatureCollection", "features": [district("990103", "东岸区"), district("990104", ""), district("", "x")]}
)
CSV = {
    "communities": "name,city,households\n银杏园,海澄市,500\n水杉苑,海澄市,600\n某园,别处市,1\n",
    "products": "型号,品类,品类名称,寿命,name\nBCD-1,fridge,冰箱,12,=1+1\nBCD-2,fridge,,,好\n,fridge,,,\n",
    "members": f"会员号,手机,姓名\nC1,{PHONE},孙先生\nC2,{OTHER},李女士\nC3,123,王先生\nC1,{THIRD},赵先生\n",
    "purchases": (
        f"key,手机,型号,bought_on\nS1,{PHONE},HC-1,2020-05-06\nS2,{PHONE},=cmd(),2020-05-06\n"
        f"S3,{OTHER},HC-1,2020-05-06\n"
    ),
    "service_events": f"key,phone,kind,happened_on\nE1,{PHONE},维修,2024-03-08\nE2,{PHONE},dancing,2024-03-08\n",
    "consents": f"phone,channel,given,said_at\n{PHONE},sms,yes,2026-03-08\n{PHONE},sms,perhaps,2026-03-08\n",
    "employees": (
        "工号,姓名,岗位,region,store\nE1,孙一,salesperson,,N1\nalice,alice,manager,,N1\nroot,root,administrator,,\n"
        "E2,李二,chef,,\n"
    ),
}
FILES: dict[str, tuple[str, bytes]] = {
    "regions": ("districts.geojson.gz", gzip.compress(REGIONS.encode())),
    **{kind: (f"{kind}.csv", text.encode()) for kind, text in CSV.items()},
}
ASKED: dict[str, dict[str, str]] = {
    "regions": {"crs": "gcj02"},
    "communities": {"site": "ours", "crs": "wgs84"},
    **{kind: {"system": "crm"} for kind in ("members", "purchases", "service_events", "consents")},
}
# rows, created, merged, unchanged, refused
COUNTS = {
    "regions": (3, 1, 0, 0, 2),
    "communities": (3, 2, 0, 0, 1),
    "products": (3, 2, 0, 0, 1),
    "members": (4, 1, 1, 0, 2),
    "purchases": (3, 1, 0, 0, 2),
    "service_events": (2, 1, 0, 0, 1),
    "consents": (2, 1, 0, 0, 1),
    "employees": (4, 1, 1, 1, 1),
}
HELD: dict[str, Any] = {
    "regions": Region, "communities": Community, "products": Product, "members": Member, "purchases": Purchase,
    "service_events": ServiceEvent, "consents": Consent, "employees": Employee,
}  # fmt: skip


@pytest.fixture
def known(town: Town, alice: Employee, root: Employee) -> None:
    """What the files name."""
    make_product("HC-1", make_category())
    make_member(phone=PHONE)


def bring(client: Client, kind: str, file: tuple[str, bytes] | None = None, **asked: str) -> FileImport:
    name, content = file or FILES[kind]
    sent = {"file": SimpleUploadedFile(name, content), **ASKED.get(kind, {}), **asked}
    answer = client.post(f"/admin/members/fileimport/add/?kind={kind}", sent)
    assert answer.status_code == 302, answer.context["form"].errors
    return FileImport.objects.latest("id")


def work(found: FileImport) -> FileImport:
    assert work_on_import(import_id=found.pk)
    found.refresh_from_db()
    return found


def page(client: Client, found: FileImport) -> str:
    answer = client.get(f"/admin/members/fileimport/{found.pk}/change/")
    assert answer.status_code == 200
    return answer.content.decode()


def do(client: Client, found: FileImport, what: str, **said: str) -> FileImport:
    """Press a button, with what the form has."""
    form = client.get(f"/admin/members/fileimport/{found.pk}/change/").context["form"]
    fields = {name: form[name].value() for name in form.fields} if form else {}
    answer = client.post(f"/admin/members/fileimport/{found.pk}/change/", fields | {"do": what} | said)
    assert answer.status_code == 302, answer.content.decode()
    found.refresh_from_db()
    return found


def checked(client: Client, kind: str) -> FileImport:
    found = work(bring(client, kind))
    assert (found.state, found.reason) == (State.NAMING, "")
    found = do(client, found, "check")
    assert found.state == State.CHECKING
    return work(found)


def facts(found: FileImport) -> dict[str, Any]:
    """What the check found."""
    assert found.checked
    return dict(found.checked)


def counts(found: FileImport) -> tuple[int, ...]:
    return tuple(facts(found)[name] for name in ("rows", "created", "merged", "unchanged", "refused"))


@pytest.mark.usefixtures("known")
@pytest.mark.parametrize("kind", KINDS)
def test_what_the_check_says_is_what_loading_does(kind: str, client: Client) -> None:
    before = HELD[kind].objects.count()
    found = checked(client, kind)
    assert found.state == State.CHECKED, found.sentence
    assert counts(found) == COUNTS[kind]
    rows, *parts = COUNTS[kind]
    assert rows == sum(parts)
    assert (HELD[kind].objects.count(), ImportRun.objects.count()) == (before, 0)
    assert found.rows_total == rows
    shown = page(client, found)
    assert "Nothing was changed so far." in shown
    assert re.sub(r"<[^>]+>|\s+", " ", shown).split("=")[0]

    path = private_folder() / found.path
    assert path.is_file()
    found = work(do(client, found, "load"))
    assert found.state == State.DONE, found.sentence
    assert counts(found) == COUNTS[kind]
    assert found.run is not None
    assert (found.run.rows, found.run.created, found.run.file_name) == (rows, parts[0], FILES[kind][0])
    assert HELD[kind].objects.count() == before + parts[0]
    assert not path.exists()
    assert list(private_folder().iterdir()) == []
    assert found.path == ""
    assert "the file was deleted" in page(client, found)

    again = checked(client, kind)
    assert facts(again)["created"] == 0
    if kind != "communities":  # which refuse no more than before, and know each of their rows again
        assert facts(again)["merged"] == 0
    assert again.fields == found.fields


@pytest.mark.usefixtures("known")
@pytest.mark.parametrize("kind", KINDS)
def test_the_report_names_lines_and_reasons_and_holds_no_formula_and_nobody(kind: str, client: Client) -> None:
    found = checked(client, kind)
    answer = client.get(f"/admin/members/fileimport/{found.pk}/report/")
    text = b"".join(answer.streaming_content).decode()  # type: ignore[attr-defined]
    header, *lines = text.splitlines()
    assert header == "line,reason,detail"
    refused = [line for line in lines if line.split(",")[1] in facts(found)["reasons"]]
    assert len(refused) == COUNTS[kind][4]
    assert not any(cell.startswith(("=", "+", "-", "@")) for line in lines for cell in line.replace('"', "").split(","))
    for value in (PHONE, OTHER, THIRD, "孙", "李女士", "李二"):
        assert value not in text
        assert value not in page(client, found)


def test_the_page_and_the_imports_name_the_same_columns() -> None:
    assert set(KINDS["regions"].fields) == set(FIELDS)
    assert {column for columns in KINDS["regions"].usual.values() for column in columns} | set(FIELDS) == set(COLUMNS)
    assert set(KINDS) == set(ImportRun.Kind.values)


@pytest.mark.parametrize(
    ("name", "kept"),
    [
        ("154 0000 1234.csv", "[number].csv"),
        ("154_0000_1234 (2).xlsx", "[number] (2).xlsx"),
        ("(154)0000-1234.csv", "([number].csv"),
        ("１５４-００００-１２３４.csv", "[number].csv"),
        ("a.b@example.com.csv", "(address).csv"),
        ("members 2026-11-22.csv.gz", "members 2026-11-22.csv.gz"),
    ],
)
def test_a_file_is_not_named_after_whom_it_is_about(name: str, kept: str) -> None:
    assert uploads.safe_name(name) == kept


@pytest.mark.usefixtures("known")
def test_a_file_lies_where_nobody_else_reads_it(client: Client) -> None:
    found = bring(client, "members", ("../../会员 15400001234.csv", FILES["members"][1]))
    path = private_folder() / found.path
    assert path.is_relative_to(private_folder())
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == stat.S_IMODE(private_folder().stat().st_mode) == 0o700
    assert found.file_name == path.name == "会员 [number].csv"
    assert [entry.name for entry in private_folder().iterdir()] == [path.parent.name]


@pytest.mark.parametrize("who", ["alice", None])
def test_of_nobody_else_a_file_is_kept_even_for_a_moment(
    who: str | None, alice: Employee, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(uploads, "_PrivateFile", lambda *_: pytest.fail("a file was written"))
    client = Client()
    if who:
        client.force_login(alice)
    for address in ("/admin/members/fileimport/add/?kind=members", "/sign-in/", "/admin/"):
        client.post(address, {"file": SimpleUploadedFile("a.csv", b"x" * 5000), "system": "crm"})
    assert not FileImport.objects.exists()


@pytest.mark.usefixtures("known")
def test_a_file_larger_than_any_other_body_is_taken(client: Client) -> None:
    name, content = FILES["members"]
    found = bring(client, "members", (name, content + b"\n" * (3 << 20)))
    assert (private_folder() / found.path).stat().st_size == len(content) + (3 << 20)


def test_a_file_that_is_too_large_is_not_kept(client: Client, settings: Any) -> None:
    settings.IMPORT_MEGABYTES = 1
    sent = {"file": SimpleUploadedFile("a.csv", b"x" * (2 << 20)), "system": "crm"}
    answer = client.post("/admin/members/fileimport/add/?kind=members", sent)
    assert "The file is larger than 1 MB." in answer.content.decode()
    assert not FileImport.objects.exists()
    assert not Path(settings.IMPORT_DIR).exists()


@pytest.mark.parametrize(
    ("kind", "name", "content", "reason"),
    [
        ("members", "a.csv", b"", None),
        ("members", "a.exe", b"x", None),
        ("members", "a.csv", b"key,phone\n", "no_rows"),
        ("members", "a.csv", f"C1,{PHONE},x\nC2,{OTHER},y\n".encode(), "no_header"),
        ("members", "a.xlsx", b"not a workbook", "broken_file"),
        ("members", "a.parquet", b"PAR1", "broken_file"),
        ("regions", "a.geojson", b"{", "broken_file"),
    ],
)
def test_a_file_that_cannot_be_read_is_refused_with_its_reason(
    kind: str,
    name: str,
    content: bytes,
    reason: str | None,
    client: Client,
    django_capture_on_commit_callbacks: Any,
) -> None:
    sent = {"file": SimpleUploadedFile(name, content), **ASKED[kind]}
    answer = client.post(f"/admin/members/fileimport/add/?kind={kind}", sent)
    if reason is None:
        assert answer.context["form"].errors["file"]
        assert not FileImport.objects.exists()
        return
    found = work(FileImport.objects.get())
    assert (found.state, found.reason) == (State.REFUSED, reason)
    shown = page(client, found)
    assert PHONE not in shown
    assert 'value="discard"' in shown
    with django_capture_on_commit_callbacks(execute=True):
        do(client, found, "discard")
    assert list(private_folder().iterdir()) == []


@pytest.mark.usefixtures("known")
def test_columns_are_named_by_hand_and_remembered(client: Client, tmp_path: Path) -> None:
    book = Workbook()
    sheet = book.worksheets[0]
    for cells in (["No.", "Contact", "notes"], ["C1", PHONE, "x"]):
        sheet.append(cells)
    book.save(tmp_path / "a.xlsx")
    file = ("a.xlsx", (tmp_path / "a.xlsx").read_bytes())
    found = work(bring(client, "members", file))
    assert (found.columns, found.fields, found.rows_total) == (["No.", "Contact", "notes"], {}, 1)
    address = f"/admin/members/fileimport/{found.pk}/change/"
    for sent, said in (
        ({"key": "No."}, "Say which column holds: phone."),
        ({"key": "No.", "phone": "No."}, "A column can stand for one thing only."),
        ({"key": "No.", "phone": "gone"}, "errornote"),
    ):
        assert said in client.post(address, sent | {"do": "check"}).content.decode()
    found = work(do(client, found, "check", key="No.", phone="Contact"))
    assert found.fields == {"No.": "key", "Contact": "phone"}
    assert counts(found) == (1, 0, 1, 0, 0)
    work(do(client, found, "load"))
    assert work(bring(client, "members", file)).fields == found.fields
    assert work(bring(client, "members", file, system="mall")).fields == {}


@pytest.mark.usefixtures("known")
def test_the_web_needs_no_data_key_and_a_worker_without_one_says_so(
    client: Client, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def no_key() -> None:
        raise vault.NoDataKey

    with monkeypatch.context() as web:
        web.setattr(vault, "_writing_key", no_key)
        found = work(bring(client, "members"))
        found = do(client, found, "check")
        page(client, found)
        found = work(found)
        assert (found.state, found.reason) == (State.REFUSED, "no_data_key")
        assert "DATA_KEYS" in page(client, found)
    found = work(do(client, do(client, found, "name"), "check"))
    assert counts(found) == COUNTS["members"]


@pytest.mark.usefixtures("known")
def test_an_error_of_the_database_is_told_without_its_text(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(**_: object) -> None:
        raise OperationalError(f"Key (phone)=({PHONE}) already exists")

    monkeypatch.setattr(work_module, "import_members", fails)
    found = checked(client, "members")
    assert (found.state, found.reason, found.sentence) == (State.REFUSED, "database", "OperationalError")
    assert PHONE not in page(client, found)


@pytest.mark.usefixtures("known")
def test_a_file_takes_no_longer_than_it_may(client: Client, settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.IMPORT_MINUTES = 0
    found = checked(client, "purchases")
    assert (found.state, found.reason) == (State.REFUSED, "too_slow")
    assert "Reading the file took longer than it may." in page(client, found)

    def endless(**_: object) -> None:
        with connection.cursor() as cursor:
            cursor.execute("set statement_timeout = '20ms'")
            cursor.execute("select pg_sleep(60)")

    settings.IMPORT_MINUTES = 60
    monkeypatch.setattr(work_module, "import_purchases", endless)
    found = work(do(client, do(client, found, "name"), "check"))
    assert (found.state, found.reason) == (State.REFUSED, "too_slow")
    with connection.cursor() as cursor:
        cursor.execute("show statement_timeout")
        assert cursor.fetchone() == ("0",)


@pytest.mark.usefixtures("known")
def test_an_unforeseen_error_leaves_nothing_loaded_and_says_so(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    found = do(client, checked(client, "products"), "load")
    monkeypatch.setattr(work_module, "_in_json", lambda _found: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        work_on_import(import_id=found.pk)
    found.refresh_from_db()
    assert found.state == State.BROKEN_OFF
    assert not Product.objects.filter(model="BCD-1").exists()
    assert not ImportRun.objects.exists()
    assert "Nothing of the file was loaded." in page(client, found)


@pytest.mark.usefixtures("known")
def test_whoever_comes_second_is_told_how_it_stands(client: Client) -> None:
    found = checked(client, "products")
    do(client, found, "load")
    answer = client.post(f"/admin/members/fileimport/{found.pk}/change/", {"do": "discard"}, follow=True)
    assert "It has moved on meanwhile." in answer.content.decode()
    found.refresh_from_db()
    assert found.state == State.LOADING
    assert client.post(f"/admin/members/fileimport/{found.pk}/change/", {"do": "dance"}).status_code == 405


@pytest.mark.usefixtures("known")
def test_the_changes_are_in_the_history(client: Client) -> None:
    found = checked(client, "products")
    history = client.get(f"/admin/members/fileimport/{found.pk}/history/").content.decode()
    assert "brought" in history
    assert "check" in history


@pytest.mark.usefixtures("known")
def test_old_files_are_deleted_when_nobody_comes_back(client: Client) -> None:
    found, fresh = work(bring(client, "members")), work(bring(client, "members"))
    FileImport.objects.filter(pk=found.pk).update(changed_at=timezone.now() - timedelta(days=8))
    assert tend_imports() == 0
    found.refresh_from_db()
    assert (found.state, found.path) == (State.DISCARDED, "")
    assert [folder.name for folder in private_folder().iterdir()] == [fresh.path.split("/")[0]]


# --- employees ----------------------------------------------------------------------------------------------


def test_the_check_of_employees_names_who_joins_moves_and_leaves(
    client: Client, alice: Employee, bob: Employee, erin: Employee
) -> None:
    rows = "工号,姓名,岗位,region,store\nE1,孙一,salesperson,,N1\nalice,alice,导购,,S1\nerin,erin,manager,,N1\n"
    found = work(bring(client, "employees", ("staff.csv", rows.encode()), roles="导购=salesperson"))
    found = work(do(client, found, "check"))
    told = facts(found)["told"]
    assert {what: told[what]["count"] for what in told} == {
        "joins": 1, "moves": 2, "renamed": 0, "leaves": 1, "waits": 1,
    }  # fmt: skip
    shown = re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page(client, found)))
    assert "Join: 1 E1 Role: salesperson" in shown or "Join: 1 E1 role: salesperson" in shown
    assert "store: N1 → S1" in shown
    assert "bob not in the list" in shown
    assert "does not tell" not in shown
    assert "孙一" not in shown
    assert not Employee.objects.filter(employee_no="E1").exists()
    assert Employee.objects.get(employee_no="bob").is_active


def test_a_row_that_does_not_tell_who_left_is_said_before_it_is_loaded(
    client: Client, town: Town, alice: Employee
) -> None:
    rows = "employee_no,name,role,state\nalice,alice,salesperson,terminated\n"
    found = work(do(client, work(bring(client, "employees", ("staff.csv", rows.encode()))), "check"))
    assert "1 row does not tell whether its employee has left" in page(client, found)


def test_a_list_that_would_disable_many_is_confirmed_by_their_number(
    client: Client, town: Town, alice: Employee
) -> None:
    Employee.objects.bulk_create(
        Employee(employee_no=f"E{n}", name="员", role="salesperson", region=town.north) for n in range(40)
    )
    rows = "employee_no,name,role\nalice,alice,salesperson\n"
    found = work(do(client, work(bring(client, "employees", ("staff.csv", rows.encode()))), "check"))
    assert facts(found)["many_leavers"]
    assert "40 employees would be disabled." in page(client, found)
    for said in ({}, {"leavers": "4"}, {"leavers": "41"}):
        assert do(client, found, "load", **said).state == State.CHECKED
    Employee.objects.create(employee_no="E40", name="员", role="salesperson", region=town.north)
    found = work(do(client, found, "load", leavers="40"))
    # One more than was confirmed
    assert (found.state, found.reason) == (State.REFUSED, "many_leavers")
    assert Employee.objects.filter(disabled_at=None).count() == 43
    found = work(do(client, do(client, found, "name"), "check"))
    found = work(do(client, found, "load", leavers="41"))
    assert found.state == State.DONE
    assert set(Employee.objects.filter(disabled_at=None).values_list("employee_no", flat=True)) == {"alice", "root"}


@pytest.fixture
def slapd(tmp_path: Path) -> Iterator[Slapd]:
    slapd = Slapd(tmp_path / "slapd")
    yield slapd
    slapd.stop()


def test_the_directory_is_checked_and_applied_from_the_page(
    client: Client, town: Town, slapd: Slapd, settings: Any, alice: Employee, bob: Employee
) -> None:
    slapd.start([person("alice", displayName="alice", departmentNumber="S1"), person("E2")])
    settings.HR_FEED, settings.HR_LDAP_CA = slapd.address(), str(slapd.certificate)
    settings.HR_LDAP_BIND_DN, settings.HR_LDAP_PASSWORD = READER, PASSWORD
    settings.HR_COLUMNS = {
        "employeeNumber": "employee_no", "displayName": "name", "title": "role", "departmentNumber": "store",
    }  # fmt: skip
    answer = client.post("/admin/members/fileimport/add/?kind=employees", {"from_feed": "on", "roles": ""})
    assert answer.status_code == 302
    found = FileImport.objects.get()
    assert (found.state, found.file_name, found.path) == (State.CHECKING, "HR_FEED", "")
    found = work(found)
    told = facts(found)["told"]
    assert [told[what]["count"] for what in ("joins", "moves", "leaves")] == [1, 1, 1]
    assert Employee.objects.get(employee_no="bob").is_active
    assert slapd.address() not in page(client, found)

    slapd.stop()
    found = work(do(client, found, "check"))
    assert found.state == State.REFUSED
    assert "the directory does not answer" in page(client, found)
    slapd.start([person("alice", displayName="alice", departmentNumber="S1"), person("E2")])
    settings.HR_FEED = slapd.address()
    found = work(do(client, found, "check"))
    found = work(do(client, found, "load"))
    assert found.state == State.DONE
    assert not Employee.objects.get(employee_no="bob").is_active
    assert Employee.objects.get(employee_no="alice").store == Store.objects.get(code="S1")


def test_no_directory_can_be_named_on_the_page(client: Client, settings: Any) -> None:
    """HR_LDAP_PASSWORD would be told to whatever server an administrator types."""
    settings.HR_FEED = "ldaps://hr.example.com/ou=people,dc=example,dc=com"
    shown = client.get("/admin/members/fileimport/add/?kind=employees").content.decode()
    assert set(re.findall(r'name="(\w+)"', shown.partition("<fieldset")[2])) == {
        "from_feed", "file", "partial", "as_of", "roles", "_save",
    } - {"_save"}  # fmt: skip
    assert "hr.example.com" not in shown


# --- workers ------------------------------------------------------------------------------------------------


@pytest.fixture
def other_session() -> Iterator[psycopg.Connection[Any]]:
    parameters = connection.get_connection_params() | {"cursor_factory": None}
    with psycopg.connect(**parameters, autocommit=True) as session:
        yield session


@pytest.mark.django_db(transaction=True)
def test_one_import_of_a_kind_at_a_time(client: Client, other_session: psycopg.Connection[Any]) -> None:
    found, other = bring(client, "products"), bring(client, "consents")
    other_session.execute("select pg_advisory_lock(hashtextextended('file imports of products', 0))")
    assert not work_on_import(import_id=found.pk)
    found.refresh_from_db()
    assert (found.state, found.begun_at) == (State.LOOKING, None)
    assert "Waits for a worker, or for another import of its kind to end." in page(client, found)
    assert work(other).state == State.NAMING
    other_session.execute("select pg_advisory_unlock_all()")
    assert work(found).state == State.NAMING


@pytest.mark.django_db(transaction=True)
def test_the_worker_takes_it_from_the_queue(client: Client) -> None:
    found = bring(client, "products")
    jobs = ProcrastinateJob.objects.filter(task_name="work_on_import")
    assert {"file_import": found.pk} in jobs.values_list("args", flat=True)
    ended = run_apart(WORKER)
    assert ended.returncode == 0, ended.stderr
    found.refresh_from_db()
    assert found.state == State.NAMING


@pytest.mark.django_db(transaction=True)
def test_a_job_that_finds_another_at_it_comes_back(client: Client, other_session: psycopg.Connection[Any]) -> None:
    found = bring(client, "products")
    jobs = ProcrastinateJob.objects.filter(task_name="work_on_import", args={"file_import": found.pk})
    with connection.cursor() as cursor:
        cursor.execute("delete from procrastinate_jobs")
    other_session.execute("select pg_advisory_lock(hashtextextended('file imports of products', 0))")
    jobs_module.work(file_import=found.pk)
    assert jobs.get().scheduled_at is not None
    other_session.execute("select pg_advisory_unlock_all()")
    jobs_module.work(file_import=found.pk)
    found.refresh_from_db()
    assert found.state == State.NAMING


@pytest.mark.django_db(transaction=True)
def test_progress_is_seen_before_anything_is_loaded(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    found = do(client, checked(client, "products"), "load")
    seen: list[str] = []

    def load(**given: Any) -> ImportRun:
        given["progress"](Step(Doing.READING, 1))
        seen.append(page(client, found))
        run = import_products(**given)
        given["progress"](Step(Doing.STORING, 3))
        seen.append(page(client, found))
        return run

    # The page's requests use this thread's connection, so they are asked from outside of the import's transaction
    monkeypatch.setattr(work_module, "import_products", load)
    work(found)
    assert "Reading the rows · 1 of 3 rows" in seen[0]
    assert "Storing · 3 of 3 rows" in seen[1]


APART = """
import os, pathlib, signal
import django
from django.conf import settings
settings.IMPORT_DIR, settings.REPORT_DIR = {imports!r}, pathlib.Path({reports!r})
settings.DATABASES["default"]["NAME"] = {database!r}
django.setup()
"""
WORKER = """
from django.core.management import call_command
call_command("run_worker", one_pass=True)
"""
KILLED = """
from members.actions import work_on_import as module
module._in_json = lambda found: os.kill(os.getpid(), signal.SIGKILL)
module.work_on_import(import_id={number})
"""


def run_apart(script: str) -> "subprocess.CompletedProcess[str]":
    """The script as a process of its own, on the test's database and folders."""
    begin = APART.format(
        imports=str(settings.IMPORT_DIR), reports=str(settings.REPORT_DIR), database=connection.settings_dict["NAME"]
    )
    return subprocess.run([sys.executable, "-c", begin + script], capture_output=True, text=True, check=False)


@pytest.mark.django_db(transaction=True)
def test_a_killed_worker_leaves_a_state_that_says_so_and_nothing_half_loaded(client: Client) -> None:
    found = do(client, checked(client, "products"), "load")
    ended = run_apart(KILLED.format(number=found.pk))
    assert ended.returncode == -9, ended.stderr
    found.refresh_from_db()
    assert found.state == State.LOADING
    assert not Product.objects.exists()
    assert not ImportRun.objects.exists()
    shown = page(client, found)
    assert "Nothing of the file was loaded." in shown
    found.refresh_from_db()
    assert found.state == State.BROKEN_OFF
    # The file is still there: once more
    found = work(do(client, do(client, found, "name"), "check"))
    found = work(do(client, found, "load"))
    assert (found.state, Product.objects.count()) == (State.DONE, 2)


@pytest.mark.django_db(transaction=True)
def test_a_worker_that_is_at_it_is_not_taken_for_dead(client: Client, other_session: psycopg.Connection[Any]) -> None:
    found = bring(client, "products")
    FileImport.objects.filter(pk=found.pk).update(begun_at=timezone.now())
    other_session.execute("select pg_advisory_lock(hashtextextended(%s, 0))", [found.lock])
    assert tend_imports() == 0
    other_session.execute("select pg_advisory_unlock_all()")
    assert tend_imports() == 1
    found.refresh_from_db()
    assert found.state == State.BROKEN_OFF


def test_imports_by_command_stay_and_share_the_actions(town: Town, tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text(CSV["communities"])
    assert import_communities(path=path, source="ours", crs="wgs84").run.created == 2
    assert not FileImport.objects.exists()
    assert not ContactPoint.objects.exists()
