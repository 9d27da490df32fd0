import re

import pytest
from django.core.cache import caches
from django.http import HttpResponse
from django.test import Client
from pytest_django import Settings

from salesapp.staff.models import Employee
from tests.conftest import PASSWORD


@pytest.fixture(autouse=True)
def _fresh_counters(settings: object) -> None:
    caches["limits"].clear()


def sign_in(client: Client, who: str, password: str = PASSWORD, **fields: str) -> HttpResponse:
    return client.post("/sign-in/", {"employee_no": who, "password": password, **fields})  # type: ignore[return-value]


def test_the_number_and_the_password_open_the_pages(alice: Employee) -> None:
    client = Client()
    answer = sign_in(client, " alice ")
    assert (answer.status_code, answer["Location"]) == (302, "/")
    assert client.get("/me/").status_code == 200


def test_one_comes_back_to_the_page_one_wanted(alice: Employee) -> None:
    assert sign_in(Client(), "alice", next="/map/?category=fridge")["Location"] == "/map/?category=fridge"


@pytest.mark.parametrize("elsewhere", ["https://elsewhere.example/", "//elsewhere.example", "javascript:alert(1)"])
def test_nobody_is_sent_to_another_site(alice: Employee, elsewhere: str) -> None:
    assert sign_in(Client(), "alice", next=elsewhere)["Location"] == "/"


def test_a_stranger_a_wrong_password_and_a_leaver_read_the_same(alice: Employee, erin: Employee) -> None:
    answers = [sign_in(Client(), "nobody"), sign_in(Client(), "alice", "wrong"), sign_in(Client(), "erin")]
    assert [answer.status_code for answer in answers] == [422, 422, 422]
    for answer in answers:
        assert "工号或密码不正确" in answer.content.decode()
        assert PASSWORD not in answer.content.decode()


def test_the_refusal_speaks_the_readers_language(alice: Employee) -> None:
    client = Client(headers={"Accept-Language": "en"})
    assert "Employee number or password is wrong" in sign_in(client, "alice", "wrong").content.decode()


def test_past_the_limit_the_wait_is_told(alice: Employee, settings: Settings) -> None:
    settings.SIGN_IN_LIMITS = ["1/h"]
    sign_in(Client(), "alice", "wrong")
    answer = sign_in(Client(), "alice")
    assert answer.status_code == 429
    assert 0 < int(answer["Retry-After"]) <= 3600 + 3600 / 24
    assert re.search("请在 [0-9]+ (秒|分钟)后再试", answer.content.decode())


def test_without_the_limiter_nobody_gets_in(alice: Employee, settings: Settings) -> None:
    settings.CACHES = settings.CACHES | {"limits": settings.CACHES["limits"] | {"LOCATION": "unix:///nowhere.sock"}}
    answer = sign_in(Client(), "alice")
    assert answer.status_code == 503
    assert "暂时无法登录" in answer.content.decode()


def test_signing_out_ends_the_session_and_needs_a_post(alice: Employee) -> None:
    client = Client()
    sign_in(client, "alice")
    assert client.get("/sign-out/").status_code == 405
    assert client.post("/sign-out/")["Location"] == "/sign-in/"
    assert client.get("/me/")["Location"].startswith("/sign-in/")


def test_the_language_switch_holds(db: None) -> None:
    client = Client()
    assert "请用工号登录" in client.get("/sign-in/").content.decode()
    client.post("/i18n/setlang/", {"language": "en", "next": "/sign-in/"})
    assert "Sign in with your employee number" in client.get("/sign-in/").content.decode()


def test_a_page_open_too_long_is_explained(alice: Employee) -> None:
    answer = Client(enforce_csrf_checks=True).post("/sign-in/", {"employee_no": "alice", "password": PASSWORD})
    assert answer.status_code == 403
    assert "请返回并刷新页面后重试" in answer.content.decode()


def test_signing_out_has_the_browser_forget_and_a_lock_does_not(alice: Employee) -> None:
    client = Client()
    sign_in(client, "alice")
    assert client.post("/sign-out/", {"lock": "1"}).headers.get("Clear-Site-Data") is None
    assert client.get("/me/")["Location"].startswith("/sign-in/")
    sign_in(client, "alice")
    assert client.post("/sign-out/")["Clear-Site-Data"] == '"cache", "storage"'


def test_a_script_learns_that_this_server_has_signed_out(alice: Employee) -> None:
    client = Client()
    sign_in(client, "alice")
    answer = client.post("/sign-out/", headers={"Accept": "application/json"})
    assert (answer.status_code, answer.content) == (204, b"")
    assert client.get("/me/")["Location"].startswith("/sign-in/")
