import time
from typing import Any

import pytest
from django.test import Client
from pytest_django import Settings

from salesapp.staff.actions.disable_employee import disable_employee
from salesapp.staff.actions.offer_second_factor import offer_second_factor
from salesapp.staff.models import Employee, SecondFactor
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


def api_sign_in(code: str | None = None) -> Any:
    body = {"employee_no": "mei", "password": PASSWORD} | ({} if code is None else {"code": code})
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
    office = Client()
    office.force_login(root)
    act = {"action": "reset_second_step", "_selected_action": [mei.pk]}
    assert office.post("/admin/staff/employee/", act).status_code == 302
    assert client.get("/me/").status_code == 302
    with_password("mei").get(CODE_PAGE)
    assert offer_second_factor(employee=mei) not in (None, old)


def test_an_administrator_does_not_reset_their_own(root: Employee) -> None:
    offer_second_factor(employee=root)
    office = Client()
    office.force_login(root)
    office.post("/admin/staff/employee/", {"action": "reset_second_step", "_selected_action": [root.pk]})
    assert SecondFactor.objects.filter(employee=root).exists()
