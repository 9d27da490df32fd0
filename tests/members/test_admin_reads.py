"""An administrator reads the ledgers about members on record, as everybody does who reads of them."""

import pytest
from django.contrib import admin
from django.contrib.messages import get_messages
from django.db.models import Model
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from members.admin_reads import RecordedAdmin
from members.models import Consent
from members.public_id import public_id
from outreach.models import MessageEntry
from salesapp.staff.models import AccessEntry, Employee
from tests.admin_rows import fill

LEDGERS: dict[type[Model], str] = {Consent: "consents", MessageEntry: "messages", AccessEntry: "access entries"}
LISTS = {model: f"/admin/{model._meta.app_label}/{model._meta.model_name}/" for model in LEDGERS}


@pytest.fixture
def client(root: Employee) -> Client:
    client = Client(headers={"Accept-Language": "en"})
    client.force_login(root)
    return client


def entries() -> list[tuple[str, str, int | None, str]]:
    found = AccessEntry.objects.filter(search__startswith="admin: ").order_by("id")
    return [(each.employee.employee_no, each.reason, each.member_id, each.search) for each in found]


@pytest.mark.parametrize("model", LEDGERS)
def test_each_look_is_an_entry_with_whom_was_searched_for(model: type[Model], client: Client, alice: Employee) -> None:
    fill(model, 60)
    words, said = f"admin: {LEDGERS[model]}", []
    for asked, member, more in (
        ({}, None, ""), ({"q": public_id(3)}, 3, ""), ({"q": "alice"}, None, " employee alice"),
        ({"q": "15400001234"}, None, ""), ({"q": "x\x00"}, None, ""), ({"p": "last"}, None, ""),
    ):  # fmt: skip
        assert client.get(LISTS[model], asked).status_code == 200
        said.append(("root", "audit", member, words + more))
        assert entries() == said


def test_an_entry_of_the_log_is_looked_at_on_record_too(client: Client) -> None:
    fill(AccessEntry, 3)
    row = AccessEntry.objects.filter(member_id=2).get()
    for page in ("change", "history"):
        assert client.get(f"{LISTS[AccessEntry]}{row.pk}/{page}/").status_code == 200
    assert entries() == [("root", "audit", 2, "admin: access entries")] * 2


def test_what_is_not_there_is_no_look(client: Client) -> None:
    assert client.get(f"{LISTS[Consent]}1/change/").status_code == 302
    assert client.get(f"{LISTS[AccessEntry]}999/change/").status_code == 302
    assert entries() == []


@pytest.mark.parametrize("model", LEDGERS)
@pytest.mark.parametrize("why", ["held", "limit", "no counter"])
def test_who_may_not_look_anybody_up_sees_no_ledger(
    model: type[Model], why: str, client: Client, root: Employee, settings: Settings
) -> None:
    fill(model, 3)
    address = LISTS[model]
    pages = [address, f"{address}?q={public_id(2)}"]
    if model is AccessEntry:
        pages += [f"{address}{row.pk}/{page}/" for row in AccessEntry.objects.all() for page in ("change", "history")]
    if why == "held":
        Employee.objects.filter(pk=root.pk).update(look_ups_held_at=timezone.now())
    elif why == "limit":
        settings.LOOKUP_LIMITS = ["1/d"]
        client.get(address)
    else:
        settings.CACHES = settings.CACHES | {"limits": settings.CACHES["limits"] | {"LOCATION": "unix:///nowhere.sock"}}
    before = entries()
    for page in pages:
        answer = client.get(page)
        assert (answer.status_code, answer["Location"]) == (302, "/admin/"), page
        assert public_id(2) not in answer.content.decode()
    said = {str(message) for message in get_messages(answer.wsgi_request)}
    assert len(said) >= 1
    assert all(word in "".join(said) for word in {"held": ["unusual"], "limit": ["Too many"]}.get(why, ["available"]))
    assert entries() == before


def test_every_list_that_names_members_is_on_record() -> None:
    """Whatever shows an opaque id in the admin."""
    naming = {
        model for model, model_admin in admin.site._registry.items() if "member" in model_admin.list_display
    }  # fmt: skip
    assert naming == set(LEDGERS)
    assert all(isinstance(admin.site._registry[model], RecordedAdmin) for model in naming)


def test_nobody_else_gets_in_and_nothing_is_recorded_of_the_attempt(alice: Employee, dana: Employee) -> None:
    for employee in (alice, dana):
        client = Client()
        client.force_login(employee)
        for address in LISTS.values():
            assert client.get(address).status_code in (302, 403)
    assert not AccessEntry.objects.exists()
