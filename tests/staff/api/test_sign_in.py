from typing import Any

import pytest
from django.conf import settings
from django.test import Client
from pytest_django.fixtures import Settings

from salesapp.staff.actions.disable_employee import disable_employee
from salesapp.staff.models import Employee
from tests.conftest import PASSWORD


def post(path: str, body: dict[str, object], language: str = "en") -> Any:
    return Client().post(path, body, content_type="application/json", headers={"Accept-Language": language})


def sign_in(employee_no: str = "alice", password: str = PASSWORD) -> Any:
    return post("/api/sign-in/", {"employee_no": employee_no, "password": password})


def me(access: str) -> int:
    return Client().get("/api/me/", headers={"Authorization": f"Bearer {access}"}).status_code


def test_sign_in_refresh_and_sign_out(alice: Employee) -> None:
    first = sign_in().json()
    assert (set(first), first["expires_in"]) == ({"access", "refresh", "expires_in"}, 300)
    assert me(first["access"]) == 200
    second = post("/api/sign-in/refresh/", {"refresh": first["refresh"]}).json()
    assert me(second["access"]) == 200
    assert post("/api/sign-out/", {"refresh": second["refresh"]}).status_code == 204
    assert (me(first["access"]), me(second["access"])) == (401, 401)
    assert post("/api/sign-in/refresh/", {"refresh": second["refresh"]}).json()["code"] == "token_refused"


def test_the_refusals_differ_in_nothing(alice: Employee, erin: Employee) -> None:
    answers = [sign_in("nobody"), sign_in("alice", "wrong"), sign_in("erin")]
    assert [answer.status_code for answer in answers] == [401] * 3
    bodies = [{key: value for key, value in answer.json().items() if key != "instance"} for answer in answers]
    assert bodies[0] == bodies[1] == bodies[2]
    assert bodies[0]["code"] == "sign_in_refused"


def test_the_limit_answers_429_with_the_seconds_to_wait(alice: Employee, settings: Settings) -> None:
    settings.SIGN_IN_LIMITS = ["1/d"]
    assert sign_in().status_code == 200
    refused = sign_in()
    assert (refused.status_code, refused.json()["code"]) == (429, "too_many_requests")
    assert int(refused["Retry-After"]) >= 1


def test_without_redis_sign_in_is_closed(alice: Employee, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(settings.CACHES["limits"], "LOCATION", "unix:///nowhere.sock")
    refused = sign_in()
    assert (refused.status_code, refused.json()["code"]) == (503, "limiter_unavailable")
    assert int(refused["Retry-After"]) >= 1


def test_a_leaver_is_refused_everywhere_with_what_was_given_before(alice: Employee) -> None:
    tokens = sign_in().json()
    disable_employee(employee=alice, by=None)
    assert me(tokens["access"]) == 401
    assert post("/api/sign-in/refresh/", {"refresh": tokens["refresh"]}).status_code == 401
    assert sign_in().status_code == 401


@pytest.mark.parametrize(
    ("body", "field", "code"),
    [
        ({}, "employee_no", "required"),
        ({"employee_no": "", "password": "x"}, "employee_no", "blank"),
        ({"employee_no": "x" * 33, "password": "x"}, "employee_no", "max_length"),
        ({"employee_no": ["x"], "password": "x"}, "employee_no", "invalid"),
        ({"employee_no": "a\x00", "password": "x"}, "employee_no", "null_characters_not_allowed"),
        ({"employee_no": "\ud800", "password": "x"}, "employee_no", "surrogate_characters_not_allowed"),
        ({"employee_no": "x", "password": "x" * 129}, "password", "max_length"),
    ],
)
def test_bad_input_names_the_field(db: None, body: dict[str, object], field: str, code: str) -> None:
    answer = post("/api/sign-in/", body)
    assert answer.status_code == 400
    assert {"field": field, "code": code} in [
        {key: error[key] for key in ("field", "code")} for error in answer.json()["errors"]
    ]


def test_texts_follow_the_readers_language(db: None) -> None:
    english = post("/api/sign-in/refresh/", {"refresh": "x"}, "en").json()
    assert english["title"] == "The sign-in has ended"
