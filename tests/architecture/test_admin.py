"""The admin holds books, never people: what is registered, who gets in, and that no page is broken."""

import re
from collections.abc import Iterator, Sequence
from html import unescape

import pytest
from django.contrib import admin
from django.contrib.admin.models import LogEntry
from django.contrib.staticfiles import finders
from django.db import connection
from django.db.models import Model
from django.http import HttpResponse
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import URLPattern, URLResolver, get_resolver, path, reverse
from django.utils import timezone

from geo.models import Community, CommunitySource, ImportRun, PlaceSource
from members.models import Category, Consent, ConsentWording, FileImport, Member, NeedRule
from members.public_id import public_id
from outreach.models import MessageEntry
from salesapp.staff.models import AccessEntry, Employee
from tests.admin_rows import fill
from tests.builders import make_category, make_product
from tests.conftest import Town
from tests.outreach.templates import make_version

REGISTERED = {
    "geo.Region", "geo.Community", "geo.CommunitySource", "geo.PlaceSource", "geo.ImportRun", "geo.RetentionRule",
    "staff.Employee", "staff.Store", "staff.AccessEntry", "admin.LogEntry",
    "members.Category", "members.Product", "members.NeedRule", "members.Consent", "members.ConsentWording",
    "members.FileImport",
    "outreach.ContactPolicy", "outreach.MessageEntry", "outreach.Template", "outreach.TemplateVersion",
}  # fmt: skip
# Columns that tell of a member, wherever they stand; a path to one of these models is a way to them as well
PERSONAL = {"address_hash", "bidx", "ciphertext", "payload", "surname", "title", "household", "member_id", "phone"}
ABOUT_MEMBERS = {"Member", "ContactPoint", "Purchase", "SourceRecord", "IdentityLink", "Need", "ServiceEvent"}


def label(model: type[Model]) -> str:
    return f"{model._meta.app_label}.{model.__name__}"


def test_exactly_the_books_are_registered() -> None:
    assert {label(model) for model in admin.site._registry} == REGISTERED
    assert not {model.__name__ for model in admin.site._registry} & ABOUT_MEMBERS


def _named(model_admin: "admin.ModelAdmin[Model]") -> set[str]:
    """Every field that lists, searches, filters, orders or forms of this admin name."""
    plain = [
        *model_admin.list_display, *model_admin.search_fields, *model_admin.list_filter, *model_admin.readonly_fields,
        *(model_admin.ordering or ()), *(model_admin.fields or ()), *model_admin.autocomplete_fields,
    ]  # fmt: skip
    for inline in model_admin.inlines:
        plain += [*(inline.fields or ()), *inline.readonly_fields]
    return {str(name[0] if isinstance(name, tuple) else name) for name in plain}


@pytest.mark.parametrize("model", admin.site._registry, ids=label)
def test_no_personal_field_is_listed_searched_filtered_or_shown(model: type[Model]) -> None:
    names = _named(admin.site._registry[model])
    assert names
    assert not PERSONAL & {part for name in names for part in name.lstrip("-").split("__")}
    assert all(related.__name__ not in ABOUT_MEMBERS for related in _related(model, names))


def _related(model: type[Model], names: set[str]) -> list[type[Model]]:
    fields = {field.name: field for field in model._meta.get_fields()}
    followed = [fields[name.split("__")[0]] for name in names if name.split("__")[0] in fields]
    return [field.related_model for field in followed if field.is_relation and isinstance(field.related_model, type)]


@pytest.mark.parametrize("model", admin.site._registry, ids=label)
def test_searching_uses_an_index(model: type[Model], db: None) -> None:
    """A prefix or an exact comparison on a column whose index serves it; never a scan for what is contained."""
    for search in admin.site._registry[model].search_fields:
        *path, column, lookup = str(search).split("__")
        holder = model
        for step in path:
            related = holder._meta.get_field(step).related_model
            assert isinstance(related, type)
            holder = related
        with connection.cursor() as cursor:
            cursor.execute("select indexdef from pg_indexes where tablename = %s", [holder._meta.db_table])
            definitions = [row[0] for row in cursor.fetchall()]
        wanted = {"startswith": rf"\({column} (varchar|text)_pattern_ops", "exact": rf"[(, ]{column}\b"}[lookup]
        assert any(re.search(wanted, definition) for definition in definitions), search


@pytest.mark.parametrize("model", admin.site._registry, ids=label)
def test_nothing_is_deleted_and_big_tables_are_not_counted(model: type[Model], root: Employee) -> None:
    model_admin = admin.site._registry[model]
    request = type("Request", (), {"user": root})()
    assert not model_admin.has_delete_permission(request)
    assert not model_admin.show_full_result_count


@pytest.fixture
def _books(town: Town, alice: Employee) -> None:
    """A row of everything."""
    fridge = make_category()
    make_product("HC-318", fridge)
    NeedRule.objects.create(
        code="old", kind="appliance_age", low=0.8, points=30, reason="旧", reason_en="old", category=fridge
    )
    source = PlaceSource.objects.create(name="site")
    row = CommunitySource.objects.create(source=source, source_key="1", community=town.willow, name="垂柳新村")
    town.willow.chosen = {"name": row.pk}
    town.willow.boundary = town.north.boundary
    town.willow.save()
    ImportRun.objects.create(
        kind="communities", file_name="a.csv", started_at=alice.created_at, rows=2, created=1, merged=0, unchanged=0,
        refused=1, reasons={"no_name": 1}, report="/nowhere/report.csv",
    )  # fmt: skip
    wording = ConsentWording.objects.create(version="sms-1", language="zh-hans", text="同意接收短信")
    ConsentWording.objects.create(version="sms-2", language="zh-hans", text="我同意接收短信")
    Consent.objects.create(
        member_id=7, channel=1, purpose=1, given=True, wording=wording, source="form", evidence={},
        said_at=alice.created_at, recorded_at=alice.created_at,
    )  # fmt: skip
    AccessEntry.objects.create(employee=alice, store=alice.store, reason="counter", address_hash=b"h" * 16, member_id=7)
    FileImport.objects.create(kind="members", source="crm", file_name="a.csv", state="checked", by=alice)
    fill(MessageEntry, 1)
    template = make_version().template
    make_version(template, approved_by=None, approved_at=None)


def links_of(page: str) -> set[str]:
    found = {unescape(address) for address in re.findall(r'(?:href|src|action)="([^"#]+)"', page)}
    return {address for address in found if address.startswith(("/", "?", ".")) or "://" in address}


@pytest.mark.usefixtures("_books")
@pytest.mark.parametrize(
    "address",
    [
        "staff/accessentry/?member_id=7",
        "staff/accessentry/?member_id__gt=6",
        "staff/accessentry/?address_hash=aGhoaA",
        "staff/accessentry/?store__point__isnull=1",
        "staff/employee/?password__startswith=md5",
        "staff/employee/?session_version=1",
        "staff/employee/?role__regex=(",
        "staff/store/?point__isnull=0",
        "members/consent/?member_id=7",
        "members/consent/?evidence__contains=1",
        "geo/communitysource/?raw__contains=1",
        "geo/importrun/?report__startswith=a",
        "geo/importrun/?kind=%00",
    ],
)
def test_an_address_filters_by_nothing_that_the_list_does_not_offer(address: str, root: Employee) -> None:
    client = Client()
    client.force_login(root)
    assert client.get(f"/admin/{address}").status_code == 400


@pytest.mark.usefixtures("_books")
def test_every_page_an_administrator_can_reach_works(root: Employee) -> None:
    client = Client()
    client.force_login(root)
    waiting, seen = ["/admin/"], set()
    while waiting:
        address = waiting.pop()
        if address in seen:
            continue
        seen.add(address)
        if address.startswith("/static/"):
            assert finders.find(address.removeprefix("/static/")), address
            continue
        answer = client.get(address, follow=True)
        assert answer.status_code == 200, address
        if not answer["Content-Type"].startswith("text/html"):
            continue
        page = answer.content.decode()
        assert not re.search(r"<script(?![^>]*(src=|application/json))", page), address
        assert not re.search(r"\son(click|change|load|submit)=", page), address
        for link in links_of(page):
            assert "://" not in link, (address, link)
            link = link.split("?_changelist_filters")[0]
            if link.startswith("?"):
                # One filter or order at a time: their combinations have no end
                link = address + link if "?" not in address else address
            if link.startswith(("/admin/", "/static/")) and "/logout/" not in link:
                waiting.append(link)
    pages = {address.split("?")[0] for address in seen if address.startswith("/admin/")}
    for model in admin.site._registry:
        assert reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist") in pages
    changed = {page for page in pages if page.endswith("/change/")}
    assert len(changed) >= len(REGISTERED)


PUBLIC = {"admin:login", "admin:logout"}  # what anybody may ask: the way in and out


def admin_tree() -> URLResolver:
    (tree,) = (
        each for each in get_resolver().url_patterns if isinstance(each, URLResolver) and each.app_name == "admin"
    )
    return tree


def admin_addresses(patterns: Sequence[URLPattern | URLResolver], before: str = "/admin/") -> Iterator[str]:
    """Every address under /admin/, of the first thing where it names one, but what anybody may ask."""
    for pattern in patterns:
        whole = before + re.sub("<[^>]*>", "1", str(pattern.pattern))
        if isinstance(pattern, URLResolver):
            yield from admin_addresses(pattern.url_patterns, whole)
        elif f"admin:{pattern.name}" not in PUBLIC:
            yield whole


def let_in(client: Client) -> list[str]:
    """Where anything else is answered than the way to sign in."""
    found, asked = [], 0
    for address in admin_addresses(admin_tree().url_patterns):
        for method in ("GET", "POST"):
            answer = client.generic(method, address)
            asked += 1
            if answer.status_code != 302 or not answer.headers["Location"].startswith("/admin/login/"):
                found.append(f"{method} {address} {answer.status_code}")
    assert asked > 2 * 5 * len(REGISTERED)
    return found


@pytest.mark.usefixtures("_books")
@pytest.mark.parametrize("name", ["anonymous", "alice", "mei", "dana"])
def test_nobody_else_gets_in(name: str, alice: Employee, mei: Employee, dana: Employee) -> None:
    client = Client()
    if name != "anonymous":
        client.force_login({"alice": alice, "mei": mei, "dana": dana}[name])
    assert let_in(client) == []


def test_a_page_of_the_admin_without_its_guard_would_be_noticed(
    alice: Employee, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = Client()
    client.force_login(alice)
    tree = admin_tree()
    opened = path("everybody/", lambda request: HttpResponse("all"), name="everybody")
    monkeypatch.setitem(tree.__dict__, "url_patterns", [opened, *tree.url_patterns])
    assert let_in(client) == [f"{method} /admin/everybody/ 200" for method in ("GET", "POST")]


def test_a_leaver_who_was_an_administrator_is_out_at_once(root: Employee) -> None:
    client = Client()
    client.force_login(root)
    assert client.get("/admin/").status_code == 200
    Employee.objects.filter(pk=root.pk).update(session_version=2)
    assert client.get("/admin/").status_code == 302


@pytest.mark.usefixtures("_books")
def test_the_log_of_look_ups_shows_the_member_by_opaque_id_alone(root: Employee) -> None:
    client = Client()
    client.force_login(root)
    page = client.get("/admin/staff/accessentry/").content.decode()
    assert "alice" in page
    assert re.search(r'field-member">[\w-]{22}<', page)
    assert not Member.objects.exists()
    assert Category.objects.count() == 1
    assert Community.objects.count() == 2
    assert not LogEntry.objects.exists()


@pytest.mark.usefixtures("_books")
def test_consents_are_found_by_a_members_opaque_id_alone(root: Employee) -> None:
    client = Client()
    client.force_login(root)

    def found(q: str) -> int:
        return client.get("/admin/members/consent/", {"q": q}).content.decode().count('class="field-member"')

    assert found("") == found(public_id(7)) == 1
    assert found(public_id(8)) == found("7") == found("sms") == 0
    with CaptureQueriesContext(connection) as queries:
        client.get("/admin/members/consent/1/change/")
    assert not any("members_consent" in query["sql"] for query in queries)


@pytest.mark.usefixtures("_books")
def test_a_wording_is_changed_until_it_is_used(root: Employee) -> None:
    client = Client()
    client.force_login(root)
    ConsentWording.objects.filter(version="sms-1").update(used_at=timezone.now())
    for wording in ConsentWording.objects.all():
        client.post(
            f"/admin/members/consentwording/{wording.pk}/change/",
            {
                "version": wording.version, "channel": 1, "purpose": 1, "language": "zh-hans", "text": "另一句",
                "valid_from_0": "2026-01-01", "valid_from_1": "00:00",
            },
        )  # fmt: skip
    assert dict(ConsentWording.objects.values_list("version", "text")) == {"sms-1": "同意接收短信", "sms-2": "另一句"}


@pytest.mark.parametrize(
    ("address", "status"),
    [
        ("/admin/geo/region/1/change/?_to_field=", 400),
        ("/admin/geo/retentionrule/%00/change/", 400), ("/admin/geo/retentionrule/%00/history/", 400),
        ("/admin/autocomplete/?app_label=members&model_name=product&field_name=category&term=%00", 400),
        ("/admin/staff/accessentry/?p=after-WzFlOTk5XQ", 302), ("/admin/staff/employee/?p=after-WyJcdTAwMDAiXQ", 302),
    ],
)  # fmt: skip
def test_an_address_that_names_nothing_is_refused(address: str, status: int, root: Employee) -> None:
    client = Client(raise_request_exception=False)
    client.force_login(root)
    assert client.get(address).status_code == status


@pytest.mark.parametrize(
    ("page", "field"), [("members/product", "category"), ("members/needrule", "other"), ("staff/employee", "region")]
)
@pytest.mark.parametrize("value", ["abc", "\0", "9" * 30])
def test_a_choice_that_is_none_is_said_to_be_none(page: str, field: str, value: str, root: Employee) -> None:
    client = Client(raise_request_exception=False)
    client.force_login(root)
    answer = client.post(f"/admin/{page}/add/", {field: value})
    assert answer.status_code == 200
    assert field in answer.context["adminform"].form.errors
