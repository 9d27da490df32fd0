import inspect
import re
from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.test import Client

from members import admin_imports
from salesapp.staff.actions.sign_in import sign_in
from salesapp.staff.admin import WORDS_OF_THE_LOG
from salesapp.staff.models import Employee, SignInFamily, Store
from tests.conftest import PASSWORD, Town

NEW = "another-horse-8"


@pytest.fixture
def client(root: Employee) -> Client:
    client = Client(headers={"Accept-Language": "en"})
    client.force_login(root)
    return client


def errors_of(answer: Any) -> set[str]:
    assert answer.status_code == 200
    return set(answer.context["adminform"].form.errors)


def hire(client: Client, **fields: object) -> Any:
    data = {"employee_no": "E1", "name": "Eva", "role": "manager", "new_password": NEW} | fields
    return client.post("/admin/staff/employee/add/", data)


def test_an_employee_is_hired_with_a_password_and_signs_in(town: Town, client: Client) -> None:
    assert hire(client, region=town.north.pk, store=town.north_store.pk).status_code == 302
    eva = sign_in(employee_no="E1", password=NEW, address="192.0.2.1").employee
    assert (eva.name, eva.region, eva.store) == ("Eva", town.north, town.north_store)


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"region": ""}, "region"),
        ({"new_password": ""}, "new_password"),
        ({"new_password": "short"}, "new_password"),
        ({"new_password": "E1-employee", "employee_no": "E1-employee"}, "new_password"),
        ({"employee_no": "alice"}, "employee_no"),
        ({"role": "king"}, "role"),
    ],
)
def test_a_wrong_entry_names_its_field(
    town: Town, alice: Employee, client: Client, fields: dict[str, object], field: str
) -> None:
    assert field in errors_of(hire(client, **({"region": town.north.pk} | fields)))
    assert Employee.objects.count() == 2


def test_an_administrator_needs_no_region(client: Client) -> None:
    assert hire(client, role="administrator").status_code == 302


def test_a_new_password_ends_what_the_old_one_opened(alice: Employee, client: Client) -> None:
    old = Client()
    old.force_login(alice)
    sign_in(employee_no="alice", password=PASSWORD, address="192.0.2.1")
    fields = {"name": "alice", "role": "salesperson", "region": alice.region_id, "store": alice.store_id}
    answer = client.post(f"/admin/staff/employee/{alice.pk}/change/", fields | {"new_password": NEW})
    assert answer.status_code == 302
    assert SignInFamily.objects.get().revoked_because == "password changed"
    assert old.get("/api/me/").status_code == 401
    assert sign_in(employee_no="alice", password=NEW, address="192.0.2.1").employee == alice


def test_without_a_new_password_the_old_one_stays(town: Town, alice: Employee, client: Client) -> None:
    fields = {"name": "Alice", "role": "manager", "region": town.south.pk, "new_password": ""}
    assert client.post(f"/admin/staff/employee/{alice.pk}/change/", fields).status_code == 302
    now = sign_in(employee_no="alice", password=PASSWORD, address="192.0.2.1").employee
    assert (now.name, now.role, now.region, now.store) == ("Alice", "manager", town.south, None)
    assert now.session_version == 1


def test_the_employee_number_stays_what_it_was(alice: Employee, client: Client) -> None:
    fields = {"employee_no": "other", "name": "alice", "role": "salesperson", "region": alice.region_id}
    client.post(f"/admin/staff/employee/{alice.pk}/change/", fields)
    alice.refresh_from_db()
    assert alice.employee_no == "alice"


def act(client: Client, action: str, *employees: Employee) -> None:
    data = {"action": action, "_selected_action": [employee.pk for employee in employees]}
    assert client.post("/admin/staff/employee/", data).status_code == 302


def test_disabling_shuts_out_at_once_and_letting_in_again_needs_a_new_sign_in(
    alice: Employee, bob: Employee, root: Employee, client: Client
) -> None:
    tokens = sign_in(employee_no="alice", password=PASSWORD, address="192.0.2.1")
    headers = {"Authorization": f"Bearer {tokens.access}"}
    assert Client().get("/api/me/", headers=headers).status_code == 200
    act(client, "disable", alice, bob)
    assert Client().get("/api/me/", headers=headers).status_code == 401
    assert set(LogEntry.objects.values_list("object_id", flat=True)) == {str(alice.pk), str(bob.pk)}
    act(client, "reinstate", alice)
    assert Client().get("/api/me/", headers=headers).status_code == 401
    assert sign_in(employee_no="alice", password=PASSWORD, address="192.0.2.1").employee.is_active
    bob.refresh_from_db()
    assert not bob.is_active


def test_nobody_disables_themselves(alice: Employee, root: Employee, client: Client) -> None:
    act(client, "disable", alice, root)
    assert Employee.objects.filter(disabled_at=None).count() == 2


def test_there_is_no_deleting(alice: Employee, client: Client) -> None:
    act(client, "delete_selected", alice)
    assert client.post(f"/admin/staff/employee/{alice.pk}/delete/", {"post": "yes"}).status_code == 403
    assert Employee.objects.filter(pk=alice.pk).exists()


def test_no_page_shows_a_password_hash(alice: Employee, client: Client) -> None:
    page = client.get(f"/admin/staff/employee/{alice.pk}/change/").content.decode()
    assert "alice" in page
    assert alice.password.split("$")[-1] not in page
    assert alice.password.split("$")[-1][:6] not in page


def test_who_is_no_administrator_is_told_so_and_not_sent_round(alice: Employee) -> None:
    client = Client()
    client.force_login(alice)
    assert client.get("/admin/login/?next=/admin/").status_code == 403


def test_ones_own_new_password_ends_the_other_sign_ins_and_keeps_this_one(root: Employee, client: Client) -> None:
    sign_in(employee_no="root", password=PASSWORD, address="192.0.2.1")
    data = {"old_password": PASSWORD, "new_password1": NEW, "new_password2": NEW}
    assert client.post("/admin/password_change/", data).status_code == 302
    assert SignInFamily.objects.get().revoked_because == "password changed"
    assert client.get("/admin/").status_code == 200
    assert sign_in(employee_no="root", password=NEW, address="192.0.2.1").employee == root


def test_a_store_shows_the_address_of_its_qr_code(town: Town, client: Client) -> None:
    address = f"https://m.example.com/join/{town.north_store.join_code}/"
    page = client.get(f"/admin/staff/store/{town.north_store.pk}/change/").content.decode()
    assert f'<div class="readonly">{address}</div>' in page
    # The code of a store to come is not made before it is saved
    assert "/join/" not in client.get("/admin/staff/store/add/").content.decode()


def test_a_store_gets_its_point_from_two_numbers(town: Town, client: Client) -> None:
    fields = {"code": "N9", "name": "九店", "region": town.north.pk, "is_open": "on"}
    point = {"point_lon": "120.1", "point_lat": "36.3"}
    assert client.post("/admin/staff/store/add/", fields | point).status_code == 302
    store = Store.objects.get(code="N9")
    assert store.point is not None
    assert (store.point.x, store.point.y, store.point.srid) == (120.1, 36.3, 4326)


def test_the_log_tells_in_words_what_was_done(client: Client, root: Employee) -> None:
    kept = {word for word in re.findall(r'"([\w ]+)":', inspect.getsource(admin_imports.FileImportAdmin._move))}
    kept |= {"approved", "sending on", "sending off", "brought", "disabled", "reinstated", "second step reset"}
    assert {"load", "check", "discard"} <= kept
    for word in kept:
        LogEntry.objects.create(user=root, action_flag=2, object_repr="x", change_message=word)
    listed = client.get("/admin/admin/logentry/").text
    assert "asked to load the file" in listed
    assert set(WORDS_OF_THE_LOG) == kept
    assert all(str(words) for words in WORDS_OF_THE_LOG.values())
