"""Every list of the admin, whatever its length: exact counts, every row within reach, and no query that grows."""

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
from django.apps import apps
from django.contrib import admin
from django.contrib.admin.widgets import AutocompleteMixin, ForeignKeyRawIdWidget, RelatedFieldWidgetWrapper
from django.db import connection
from django.db.models import Model
from django.forms import ModelChoiceField
from django.test import Client, RequestFactory
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from geo import admin_lists
from geo.admin_lists import Finder, KeptAdmin
from geo.models import Region
from geo.retention import RULES
from members.models import Consent
from members.public_id import public_id
from salesapp.staff.models import Employee
from tests.admin_rows import ALONE, AT_LEAST, fill, label, listed

SIZES = (0, 1, 50, 51, 100, 101)
MANY = 10_001
FULL = 10_000_000  # as many rows the planner is told that a table has
# What the planner may think a statement costs. Fetching a page by an index costs some hundreds, counting MOST_COUNTED
# rows some thousands; to read all rows of such a table costs more than 200,000.
DEAREST = 12_000.0


@pytest.fixture
def client(root: Employee) -> Client:
    client = Client(headers={"Accept-Language": "en"})
    client.force_login(root)
    return client


@pytest.fixture(autouse=True)
def _looks_that_leave_no_entry(settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """The list of look-ups would grow while it is counted (tests/members/test_admin_reads.py has the entries)."""
    settings.LOOKUP_LIMITS = []
    monkeypatch.setattr("members.admin_reads.record_read", lambda **_: None)


def address_of(model: type[Model], page: str = "changelist") -> str:
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_{page}")


def links(page: str) -> dict[str, str]:
    """{name: address} of the links below a list."""
    below = page.partition('class="paginator"')[2].partition("</p>")[0]
    return {name: href.replace("&amp;", "&") for href, name in re.findall(r'<a href="(\?[^"]*)"[^>]*>(\w+)</a>', below)}


def keys(page: str) -> list[str]:
    """Something of each row that no other row has: the whole row."""
    body = page.partition("<tbody>")[2].partition("</tbody>")[0]
    return [re.sub(r'\?_changelist_filters=[^"]*', "", row) for row in re.findall(r"<tr>.*?</tr>", body, re.DOTALL)]


def walk(client: Client, model: type[Model], way: str, start: str = "") -> Iterator[str]:
    address = address_of(model)
    following: str | None = start
    while following is not None:
        answer = client.get(address + following)
        assert answer.status_code == 200, (address, following)
        page = answer.content.decode()
        yield page
        following = links(page).get(way)


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("model", listed(), ids=label)
def test_the_count_is_exact_and_every_row_is_shown(model: type[Model], size: int, client: Client) -> None:
    if size < AT_LEAST.get(label(model), 0):
        pytest.skip("whoever looks is in the list")
    fill(model, size)
    assert model._default_manager.count() == size
    name = model._meta.verbose_name if size == 1 else model._meta.verbose_name_plural
    forward = list(walk(client, model, "Next"))
    assert len(forward) == max(1, -(-size // 50))
    for number, page in enumerate(forward):
        count = f"{size}" if size <= 50 else f"{50 * number + 1}–{min(size, 50 * number + 50)} of {size}"
        assert f"<span>{count} {name}</span>" in page
    seen = [row for page in forward for row in keys(page)]
    assert len(seen) == len(set(seen)) == size
    if size <= 50:
        assert not links(forward[0])
        return
    assert set(links(forward[0])) == {"Next", "Last"}
    assert set(links(forward[-1])) == {"First", "Previous"}
    last = links(forward[0])["Last"]
    backward = [row for page in reversed(list(walk(client, model, "Previous", last))) for row in keys(page)]
    assert set(backward) == set(seen)
    assert keys(client.get(address_of(model) + last).content.decode()) == seen[-50:]


def test_rows_that_the_software_makes_are_listed(client: Client) -> None:
    assert {"outreach.ContactPolicy", "geo.RetentionRule"} == ALONE
    page = client.get("/admin/outreach/contactpolicy/").content.decode()
    assert len(keys(page)) == 1
    assert "<span>1 contact policy</span>" in page
    page = client.get("/admin/geo/retentionrule/").content.decode()
    assert len(keys(page)) == len(RULES) > 10
    assert f"<span>{len(RULES)} retention rules</span>" in page


def finder(model: type[Model], user: Employee, query: str = "") -> Finder:
    request = RequestFactory().get(f"/{query}")
    request.user = user
    model_admin = admin.site._registry[model]
    assert isinstance(model_admin, KeptAdmin)
    found = model_admin.get_changelist_instance(request)
    assert isinstance(found, Finder)
    return found


@pytest.mark.parametrize("model", listed(), ids=label)
def test_ten_thousand_and_one_rows_are_counted_and_can_be_reached(
    model: type[Model], root: Employee, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(model, MANY)
    page = client.get(address_of(model)).content.decode()
    assert f"<span>1–50 of 10,001 {model._meta.verbose_name_plural}</span>" in page
    monkeypatch.setattr(KeptAdmin, "list_per_page", 500)
    for way, start in (("after", ""), ("before", "?p=last")):
        seen: set[Any] = set()
        query: str | None = start
        while query is not None:
            found = finder(model, root, query)
            shown = [(row.pk, getattr(row, "no", 0)) for row in found.result_list]
            assert seen.isdisjoint(shown) or way == "before"
            seen.update(shown)
            assert found.result_count == MANY
            query = found.edges.get(way)
        assert len(seen) == MANY


def test_what_is_too_many_to_count_says_so_and_is_turned_all_the_same(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(admin_lists, "MOST_COUNTED", 120)
    fill(Region, 260)
    pages = list(walk(client, Region, "Next"))
    assert len(pages) == 6
    assert all("<span>more than 120 regions</span>" in page for page in pages[1:])
    assert "<span>1–50 of more than 120 regions</span>" in pages[0]
    assert len({row for page in pages for row in keys(page)}) == 260


@pytest.mark.parametrize(
    "query",
    ["p=2", "p=after-", "p=after-!!", "p=after-WyJhIl", "p=after-WzEsMl0", "p=after-W251bGxd", "p=nowhere-WzFd"],
)
def test_a_mark_that_no_list_made_leads_to_the_first_page(query: str, client: Client) -> None:
    fill(Region, 60)
    for model in ("geo/region", "members/consent"):
        answer = client.get(f"/admin/{model}/?{query}", follow=True)
        assert answer.status_code == 200
        assert answer.redirect_chain == [(f"/admin/{model}/?e=1", 302)]


def test_the_mark_of_a_consent_names_the_member_by_opaque_id(client: Client, root: Employee) -> None:
    fill(Consent, 120)
    found = finder(Consent, root)
    last = found.result_list[-1]
    mark = admin_lists._read(found.edges["after"].removeprefix("?p="))[1]
    assert mark == [public_id(last.member_id), last.pk]


def test_an_action_takes_no_more_than_the_page_shows(client: Client) -> None:
    fill(Employee, 120)
    page = client.get("/admin/staff/employee/").content.decode()
    assert "across all pages" not in page
    someone = Employee.objects.get(employee_no="E1")
    sent = {"action": "disable", "_selected_action": [someone.pk], "index": "0", "select_across": "1"}
    answer = client.post("/admin/staff/employee/", sent, follow=True)
    assert "Only rows that are shown can be chosen." in answer.content.decode()
    assert Employee.objects.filter(disabled_at__isnull=False).count() == 1  # E100 was before
    client.post("/admin/staff/employee/", sent | {"select_across": "0"})
    assert Employee.objects.filter(disabled_at__isnull=False).count() == 2


# --- what the database makes of it --------------------------------------------------------------------------


def enlarge(*tables: str) -> None:
    """Tell the planner that these tables have FULL rows, of the kinds that they have."""
    with connection.cursor() as cursor:
        for table in tables:
            cursor.execute(f"analyze {table}")
            # Of a partitioned table the planner asks the parts
            cursor.execute(
                "with part as (select p.relid from pg_partition_tree(%s) p where p.isleaf"
                " union select %s::regclass where not exists (select from pg_partition_tree(%s)))"
                " update pg_class set reltuples = %s::float8 / (select count(*) from part) * relpages * 8192"
                " / pg_relation_size(oid) from part where oid = part.relid and relpages > 0",
                [table, table, table, FULL],
            )


def plan(statement: str) -> dict[str, Any]:
    with connection.cursor() as cursor:
        cursor.execute(f"explain (format json) {statement.replace('%', '%%')}", ())
        (found,) = cursor.fetchone()
    plans = json.loads(found) if isinstance(found, str) else found
    return dict(plans[0]["Plan"])


def dear(queries: CaptureQueriesContext) -> list[tuple[float, str]]:
    """The statements that read more than a page's worth, with their costs."""
    found = []
    for query in queries:
        statement = query["sql"]
        if statement.startswith("SELECT") and (cost := plan(statement)["Total Cost"]) > DEAREST:
            found.append((cost, statement))
    return found


SEARCHES = {
    "geo.Region": ("R12", "区12"),
    "geo.Community": ("园12", "990109"),
    "geo.CommunitySource": ("k17",),
    "staff.Employee": ("E12", "员12"),
    "staff.Store": ("S12", "店12"),
    "staff.AccessEntry": ("clerk-1", "a member's id", "nobody"),
    "admin.LogEntry": ("clerk-1", "nobody"),
    "members.Category": ("c12",),
    "members.Product": ("M12",),
    "members.NeedRule": ("r12",),
    "members.ConsentWording": ("w12",),
    "members.Consent": ("a member's id", "nobody"),
    "outreach.MessageEntry": ("a member's id", "clerk-1", "nobody"),
    "outreach.Template": ("t12",),
    "outreach.TemplateVersion": ("template",),
}
# A table of a few thousand rows at the most is not looked at as if it had ten million
BOUNDED = {
    "geo.PlaceSource", "members.Category", "members.ConsentWording", "members.FileImport", "members.NeedRule",
    "outreach.Template", "outreach.TemplateVersion",
}  # fmt: skip


def large() -> list[type[Model]]:
    return [model for model in listed() if label(model) not in BOUNDED]


@pytest.mark.parametrize("model", large(), ids=label)
def test_no_page_of_a_list_reads_ten_million_rows(model: type[Model], client: Client) -> None:
    fill(model, 6_000)
    row = model._default_manager.order_by("pk").last()
    assert row is not None
    enlarge(model._meta.db_table)
    address = address_of(model)
    with CaptureQueriesContext(connection) as queries:
        first = client.get(address)
        page = first.content.decode()
        for name in ("Next", "Last"):
            assert client.get(address + links(page)[name]).status_code == 200
        last = client.get(address + links(page)["Last"]).content.decode()
        assert client.get(address + links(last)["Previous"]).status_code == 200
        for term in SEARCHES.get(label(model), ()):
            term = public_id(7) if term == "a member's id" else term
            answer = client.get(address, {"q": term})
            assert answer.status_code == 200
            if term != "nobody":
                assert keys(answer.content.decode()), term
        for spec in first.context["cl"].filter_specs:
            for choice in spec.choices(first.context["cl"]):
                assert client.get(address + choice["query_string"]).status_code == 200
        for name in ("change", "history"):
            where = reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_{name}", args=[row.pk])
            assert client.get(where, follow=True).status_code == 200
    assert any(model._meta.db_table in query["sql"] for query in queries)
    assert dear(queries) == []
    counts = [query["sql"] for query in queries if re.match(r"SELECT COUNT\(", query["sql"])]
    assert counts
    assert all(f"LIMIT {admin_lists.MOST_COUNTED + 1}" in count for count in counts if model._meta.db_table in count)


def test_the_plan_of_a_full_count_would_be_found(client: Client) -> None:
    """The check itself: what it must not let pass, it does not."""
    fill(Consent, 6_000)
    enlarge("members_consent")
    with CaptureQueriesContext(connection) as queries:
        Consent.objects.count()
        list(Consent.objects.order_by("said_at")[:50])
        list(Consent.objects.filter(evidence={"ip": "192.0.2.7"})[:50])
    assert len(dear(queries)) == 3


@pytest.mark.parametrize(
    ("holder", "field"),
    [
        ("staff.employee", "region"), ("staff.employee", "store"), ("geo.community", "region"),
        ("geo.region", "parent"), ("members.product", "category"),
    ],
)  # fmt: skip
def test_suggestions_come_from_an_index(holder: str, field: str, client: Client) -> None:
    app, model = holder.split(".")
    remote = apps.get_model(app, model)._meta.get_field(field).related_model
    assert isinstance(remote, type)
    assert issubclass(remote, Model)
    fill(remote, 6_000)
    if label(remote) not in BOUNDED:
        enlarge(remote._meta.db_table)
    asked = {"app_label": app, "model_name": model, "field_name": field}
    with CaptureQueriesContext(connection) as queries:
        for term in ("", *SEARCHES[label(remote)]):
            answer = client.get("/admin/autocomplete/", asked | {"term": term})
            assert answer.json()["results"], term
    assert dear(queries) == []


@pytest.mark.parametrize("model", admin.site._registry, ids=label)
def test_no_form_offers_all_rows_of_a_table_to_choose_from(model: type[Model], root: Employee) -> None:
    """A row of another table is chosen by typing its beginning."""
    request = RequestFactory().get("/")
    request.user = root
    model_admin = admin.site._registry[model]
    is_form = model_admin.has_add_permission(request) or model_admin.has_change_permission(request)
    fields = model_admin.get_form(request, change=False)().fields if is_form else {}
    for name, field in fields.items():
        if isinstance(field, ModelChoiceField):
            widget = field.widget
            inner = widget.widget if isinstance(widget, RelatedFieldWidgetWrapper) else widget
            assert isinstance(inner, AutocompleteMixin | ForeignKeyRawIdWidget), name


@pytest.mark.parametrize("model", admin.site._registry, ids=label)
def test_the_order_of_a_list_is_total_and_one_way(model: type[Model], root: Employee) -> None:
    names = [str(name) for name in finder(model, root).queryset.query.order_by]
    assert len({name.startswith("-") for name in names}) == 1
    fields = {name.lstrip("-") for name in names}
    opts = model._meta
    alone = {"pk", opts.pk.name} | {field.attname for field in opts.fields if field.unique}
    together = [set(c.fields) | {f"{f}_id" for f in c.fields} for c in opts.total_unique_constraints]
    assert fields & alone or any(len(fields & group) >= 2 for group in together), names
