import base64
import json
from datetime import timedelta

import jwt
import pytest
from django.conf import settings
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from salesapp.staff.actions.disable_employee import disable_employee
from salesapp.staff.models import Employee, SignInFamily
from salesapp.staff.tokens import AUDIENCE, ISSUER, issue_tokens
from tests.conftest import Town


@pytest.fixture
def family(alice: Employee) -> SignInFamily:
    return SignInFamily.objects.create(employee=alice, expires_at=timezone.now() + timedelta(days=1))


@pytest.fixture
def access(alice: Employee, family: SignInFamily) -> str:
    return issue_tokens(alice, family)[0]


def status_with(token: str) -> int:
    return Client().get("/api/me/", headers={"Authorization": f"Bearer {token}"}).status_code


def test_a_token_lets_in_with_one_statement(
    access: str, town: Town, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    with django_assert_num_queries(1):
        answer = Client().get("/api/me/", headers={"Authorization": f"Bearer {access}"})
    assert answer.status_code == 200
    assert answer.json()["region"] == {"id": town.north.pk, "name": "北岸区", "level": "district"}
    assert answer.json()["store"] == {"id": town.north_store.pk, "code": "N1", "name": "北岸一店"}


def test_the_token_says_who_until_when_and_nothing_else(access: str) -> None:
    payload = access.split(".")[1]
    claims = json.loads(base64.urlsafe_b64decode(payload + "=="))
    assert set(claims) == {"token_type", "exp", "iat", "jti", "sub", "sv", "fam", "aud", "iss"}
    assert claims["exp"] - claims["iat"] == 300


def test_the_refresh_token_ends_with_its_family(alice: Employee, family: SignInFamily) -> None:
    payload = issue_tokens(alice, family)[1].split(".")[1]
    assert json.loads(base64.urlsafe_b64decode(payload + "=="))["exp"] == int(family.expires_at.timestamp())


@pytest.mark.parametrize(
    "change",
    [
        {"iss": "somebody"},
        {"aud": "somebody"},
        {"exp": 1},
        {"token_type": "refresh"},
        {"sub": "0"},
        {"sub": "x"},
        {"sv": 2},
        {"sv": None},
        {"fam": "00000000000000000000000000000000"},
        {"fam": "x"},
        {"jti": None},
    ],
    ids=str,
)
def test_a_token_that_differs_in_one_claim_is_refused(access: str, change: dict[str, object]) -> None:
    claims = jwt.decode(access, settings.JWT_KEY, algorithms=["HS256"], audience=AUDIENCE, issuer=ISSUER)
    assert status_with(jwt.encode(claims, settings.JWT_KEY, algorithm="HS256")) == 200
    assert status_with(jwt.encode(claims | change, settings.JWT_KEY, algorithm="HS256")) == 401


@pytest.mark.parametrize("missing", ["exp", "sub", "sv", "fam", "jti", "aud", "iss", "token_type"])
def test_a_token_without_one_claim_is_refused(access: str, missing: str) -> None:
    claims = jwt.decode(access, settings.JWT_KEY, algorithms=["HS256"], audience=AUDIENCE, issuer=ISSUER)
    del claims[missing]
    assert status_with(jwt.encode(claims, settings.JWT_KEY, algorithm="HS256")) == 401


@pytest.mark.filterwarnings("ignore::jwt.warnings.InsecureKeyLengthWarning")
def test_a_token_signed_otherwise_is_refused(access: str) -> None:
    claims = jwt.decode(access, settings.JWT_KEY, algorithms=["HS256"], audience=AUDIENCE, issuer=ISSUER)
    assert status_with(jwt.encode(claims, "k" * 48, algorithm="HS256")) == 401
    assert status_with(jwt.encode(claims, settings.JWT_KEY, algorithm="HS384")) == 401
    assert status_with(jwt.encode(claims, "", algorithm="none")) == 401
    assert [status_with(text) for text in ("", "x", "a.b.c", "é" * 20, access + "x")] == [401] * 5


def test_a_refresh_token_opens_nothing(alice: Employee, family: SignInFamily) -> None:
    assert status_with(issue_tokens(alice, family)[1]) == 401


def test_another_employees_family_opens_nothing(bob: Employee, family: SignInFamily) -> None:
    assert status_with(issue_tokens(bob, family)[0]) == 401


def test_a_leavers_token_is_refused_at_the_next_request(alice: Employee, access: str) -> None:
    assert status_with(access) == 200
    disable_employee(employee=alice, by=None)
    assert status_with(access) == 401


def test_a_revoked_family_is_refused_at_the_next_request(family: SignInFamily, access: str) -> None:
    assert status_with(access) == 200
    SignInFamily.objects.filter(pk=family.pk).revoke("signed out")
    assert status_with(access) == 401


def test_a_family_past_its_end_is_refused(family: SignInFamily, access: str) -> None:
    SignInFamily.objects.filter(pk=family.pk).update(expires_at=timezone.now() - timedelta(seconds=1))
    assert status_with(access) == 401


def test_the_answer_to_a_refused_token_is_a_problem_with_a_challenge(access: str) -> None:
    answer = Client().get("/api/me/", headers={"Authorization": f"Bearer {access}x", "Accept-Language": "en"})
    assert answer["Content-Type"] == "application/problem+json"
    assert answer["WWW-Authenticate"] == 'Bearer realm="api"'
    assert answer["Cache-Control"] == "no-store"
    assert answer.json()["code"] == "token_refused"


def test_a_page_session_opens_the_api_and_ends_with_the_employment(alice: Employee) -> None:
    client = Client()
    client.force_login(alice)
    assert client.get("/api/me/").status_code == 200
    disable_employee(employee=alice, by=None)
    assert client.get("/api/me/").status_code == 401


def test_a_page_session_ends_with_a_raised_session_version(alice: Employee) -> None:
    client = Client()
    client.force_login(alice)
    Employee.objects.filter(pk=alice.pk).update(session_version=2)
    assert client.get("/api/me/").status_code == 401
