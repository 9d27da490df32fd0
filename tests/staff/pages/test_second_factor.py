import time
from collections.abc import Callable
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.test import Client
from pytest_django import Settings

from salesapp.staff.actions.disable_employee import disable_employee
from salesapp.staff.actions.import_employees import import_employees
from salesapp.staff.actions.offer_second_factor import offer_second_factor
from salesapp.staff.hr_feed import Feed
from salesapp.staff.models import Employee, SecondFactor, SignInFamily
from salesapp.staff.pages.second_factor import BACKEND
from salesapp.staff.second_factor import _totp, in_letters, unseal
from tests.conftest import PASSWORD

CODE_PAGE = "/sign-in/code/"


@pytest.fixture(autouse=True)
def _managers_need_one(settings: Settings) -> None:
    settings.TWO_FACTOR_ROLES = ["manager", "administrator"]


@pytest.fixture
def client(mei: Employee) -> Client:
    """A phone on which mei's password was typed."""
    return with_password("mei")


def with_password(who: str, to: str = "/map/") -> Client:
    client = Client()
    answer: Any = client.post("/sign-in/", {"employee_no": who, "password": PASSWORD, "next": to})
    assert (answer.status_code, answer["Location"]) == (302, CODE_PAGE)
    return client


def code_of(employee: Employee, *, off: int = 0) -> str:
    secret = unseal(bytes(SecondFactor.objects.get(employee=employee).sealed), employee.pk)
    return _totp(secret).generate(int(time.time()) + 30 * off).decode()


def enter(client: Client, code: str) -> Any:
    return client.post(CODE_PAGE, {"code": code})


def signed_in_with_both(employee: Employee) -> Client:
    client = Client()
    client.force_login(employee, backend=BACKEND)
    return client


def test_the_password_alone_opens_nothing(client: Client) -> None:
    assert client.get("/me/").status_code == 302
    assert client.get("/api/me/").status_code == 401


def test_the_first_time_an_app_is_set_up_and_its_code_opens(client: Client, mei: Employee) -> None:
    page = client.get(CODE_PAGE).content.decode()
    secret = offer_second_factor(employee=mei)
    assert secret is not None
    assert in_letters(secret) in page
    assert "<svg" in page
    answer = enter(client, code_of(mei))
    assert (answer.status_code, answer["Location"]) == (302, "/map/")
    assert client.get("/me/").status_code == 200


def test_once_confirmed_the_secret_is_shown_to_nobody(client: Client, mei: Employee) -> None:
    client.get(CODE_PAGE)
    secret = offer_second_factor(employee=mei)
    assert secret is not None
    enter(client, code_of(mei))
    page = with_password("mei").get(CODE_PAGE).content.decode()
    assert in_letters(secret) not in page
    assert "<svg" not in page


def test_a_code_works_once(client: Client, mei: Employee) -> None:
    client.get(CODE_PAGE)
    code = code_of(mei)
    assert enter(client, code).status_code == 302
    assert enter(with_password("mei"), code).status_code == 422
    assert enter(with_password("mei"), code_of(mei, off=1)).status_code == 302
    # and none from before it
    assert enter(with_password("mei"), code_of(mei, off=-1)).status_code == 422


@pytest.mark.parametrize("code", ["", "000000x", "12345", "\x00", "=1+1"])
def test_a_wrong_code_leaves_the_door_shut(client: Client, mei: Employee, code: str) -> None:
    client.get(CODE_PAGE)
    answer = enter(client, code)
    assert answer.status_code == 422
    assert "验证码" in answer.content.decode()
    assert client.get("/me/").status_code == 302


def test_guessing_is_limited(client: Client, mei: Employee, settings: Settings) -> None:
    settings.SIGN_IN_LIMITS = ["3/d"]
    client.get(CODE_PAGE)
    assert [enter(client, "x").status_code for _ in range(4)] == [422, 422, 422, 429]
    # From anywhere, and also with the right one
    settings.SIGN_IN_LIMITS = ["3/d", "1000/h"]
    assert enter(client, code_of(mei)).status_code == 429


def test_without_a_password_before_it_there_is_no_page(mei: Employee) -> None:
    assert Client().get(CODE_PAGE)["Location"] == "/sign-in/"
    assert Client().post(CODE_PAGE, {"code": "123456"})["Location"] == "/sign-in/"


def test_the_wait_ends(client: Client, mei: Employee, monkeypatch: pytest.MonkeyPatch) -> None:
    client.get(CODE_PAGE)
    code = code_of(mei)
    later = time.time() + 601
    monkeypatch.setattr("salesapp.staff.pages.second_factor.time.time", lambda: later)
    assert enter(client, code)["Location"] == "/sign-in/"
    assert client.get("/me/").status_code == 302


def test_who_leaves_in_between_stays_out(client: Client, mei: Employee) -> None:
    client.get(CODE_PAGE)
    code = code_of(mei)
    disable_employee(employee=mei, by=None)
    assert enter(client, code)["Location"] == "/sign-in/"


def test_other_roles_need_none(alice: Employee) -> None:
    answer: Any = Client().post("/sign-in/", {"employee_no": "alice", "password": PASSWORD})
    assert answer["Location"] == "/"


def test_the_admin_has_no_other_door(root: Employee) -> None:
    client = Client()
    assert client.get("/admin/")["Location"] == "/admin/login/?next=/admin/"
    assert client.get("/admin/login/?next=/admin/")["Location"] == "/sign-in/?next=/admin/"
    posted: Any = client.post("/admin/login/?next=/admin/", {"username": "root", "password": PASSWORD})
    assert posted["Location"] == "/sign-in/?next=/admin/"
    client = with_password("root", to="/admin/")
    client.get(CODE_PAGE)
    assert enter(client, code_of(root))["Location"] == "/admin/"
    assert client.get("/admin/").status_code == 200


def api_sign_in(code: str | None = None, who: str = "mei") -> Any:
    body = {"employee_no": who, "password": PASSWORD} | ({} if code is None else {"code": code})
    return Client().post("/api/sign-in/", body, content_type="application/json")


def test_programs_send_the_code_with_the_password(client: Client, mei: Employee) -> None:
    missing = api_sign_in()
    assert (missing.status_code, missing.json()["code"]) == (403, "second_factor_missing")
    client.get(CODE_PAGE)
    # An app that was offered and never used is none: it may be a stranger's
    assert api_sign_in(code_of(mei)).json()["code"] == "second_factor_missing"
    enter(client, code_of(mei))
    assert [api_sign_in(code).json()["code"] for code in (None, "", "000000x")] == ["second_factor_refused"] * 3
    assert set(api_sign_in(code_of(mei, off=1)).json()) == {"access", "refresh", "expires_in"}


def test_a_reset_ends_the_sign_ins_and_the_next_sets_a_new_app_up(
    client: Client, mei: Employee, root: Employee
) -> None:
    client.get(CODE_PAGE)
    old = offer_second_factor(employee=mei)
    enter(client, code_of(mei))
    office = signed_in_with_both(root)
    act = {"action": "reset_second_step", "_selected_action": [mei.pk]}
    assert office.post("/admin/staff/employee/", act).status_code == 302
    assert client.get("/me/").status_code == 302
    with_password("mei").get(CODE_PAGE)
    assert offer_second_factor(employee=mei) not in (None, old)


def test_an_administrator_does_not_reset_their_own(root: Employee) -> None:
    offer_second_factor(employee=root)
    office = signed_in_with_both(root)
    office.post("/admin/staff/employee/", {"action": "reset_second_step", "_selected_action": [root.pk]})
    assert SecondFactor.objects.filter(employee=root).exists()


Promotion = Callable[[Employee, str], None]


@pytest.fixture(params=["HR's list", "the admin"])
def promote(request: pytest.FixtureRequest, root: Employee, tmp_path: Path) -> Promotion:
    def by_the_list(employee: Employee, role: str) -> None:
        path = tmp_path / "hr.csv"
        path.write_text(f"employee_no,name,role\n{employee.employee_no},{employee.name},{role}\n")
        assert import_employees(feed=Feed(str(path), {}, {}), partial=True).run.merged == 1

    def in_the_admin(employee: Employee, role: str) -> None:
        said = {"name": employee.name, "role": role, "region": employee.region_id, "store": "", "new_password": ""}
        address = f"/admin/staff/employee/{employee.pk}/change/"
        assert signed_in_with_both(root).post(address, said).status_code == 302

    return by_the_list if request.param == "HR's list" else in_the_admin


def by_page(who: str) -> Client:
    client = Client()
    client.post("/sign-in/", {"employee_no": who, "password": PASSWORD})
    assert client.get("/me/").status_code == 200
    return client


def refreshed(token: str) -> Any:
    return Client().post("/api/sign-in/refresh/", {"refresh": token}, content_type="application/json")


def me(token: str) -> int:
    return Client().get("/api/me/", headers={"Authorization": f"Bearer {token}"}).status_code


def test_who_rises_is_out_until_the_second_step(alice: Employee, promote: Promotion) -> None:
    session, tokens = by_page("alice"), api_sign_in(who="alice").json()
    assert me(tokens["access"]) == 200
    promote(alice, "manager")
    assert session.get("/broadcasts/")["Location"] == "/sign-in/?next=%2Fbroadcasts%2F"
    assert (session.get("/me/").status_code, session.get("/api/me/").status_code) == (302, 401)
    assert me(tokens["access"]) == 401
    assert refreshed(tokens["refresh"]).status_code == 401
    assert api_sign_in(who="alice").json()["code"] == "second_factor_missing"
    # Setting the app up is the second step
    session.post("/sign-in/", {"employee_no": "alice", "password": PASSWORD})
    assert session.get("/me/").status_code == 302
    session.get(CODE_PAGE)
    enter(session, code_of(alice))
    assert session.get("/broadcasts/").status_code == 200
    # and of this sign-in alone
    assert me(tokens["access"]) == refreshed(tokens["refresh"]).status_code == 401
    assert api_sign_in(code_of(alice, off=1), "alice").status_code == 200


def test_the_admin_is_shut_to_a_new_administrators_old_sign_in(alice: Employee, root: Employee) -> None:
    session = by_page("alice")
    Employee.objects.filter(pk=alice.pk).update(role="administrator")
    assert session.get("/admin/")["Location"] == "/admin/login/?next=/admin/"
    assert session.get("/admin/login/?next=/admin/")["Location"] == "/sign-in/?next=/admin/"
    assert session.get("/admin/staff/employee/").status_code == 302


def test_who_passed_the_second_step_keeps_the_sign_in_whatever_the_role(client: Client, mei: Employee) -> None:
    client.get(CODE_PAGE)
    enter(client, code_of(mei))
    tokens = api_sign_in(code_of(mei, off=1)).json()
    assert SignInFamily.objects.get().second_step
    for role in ("salesperson", "manager"):
        Employee.objects.filter(pk=mei.pk).update(role=role)
        assert client.get("/me/").status_code == 200
        assert me(tokens["access"]) == 200
        tokens = refreshed(tokens["refresh"]).json()


def test_a_role_that_comes_to_need_it_ends_the_old_sign_ins(mei: Employee, settings: Settings) -> None:
    settings.TWO_FACTOR_ROLES = []
    session, tokens = by_page("mei"), api_sign_in().json()
    assert (me(tokens["access"]), refreshed(tokens["refresh"]).status_code) == (200, 200)
    settings.TWO_FACTOR_ROLES = ["manager"]
    assert (session.get("/me/").status_code, me(tokens["access"])) == (302, 401)


def test_a_changed_password_leaves_the_step_passed(root: Employee) -> None:
    client = signed_in_with_both(root)
    words = {"old_password": PASSWORD, "new_password1": "another-horse-8", "new_password2": "another-horse-8"}
    assert client.post("/admin/password_change/", words).status_code == 302
    assert client.get("/admin/").status_code == 200


def test_a_reset_by_command_ends_the_sign_ins(client: Client, mei: Employee) -> None:
    client.get(CODE_PAGE)
    enter(client, code_of(mei))
    tokens = api_sign_in(code_of(mei, off=1)).json()
    call_command("reset_second_factor", "mei", stdout=StringIO())
    assert not SecondFactor.objects.exists()
    assert (client.get("/me/").status_code, me(tokens["access"])) == (302, 401)
    assert refreshed(tokens["refresh"]).status_code == 401
