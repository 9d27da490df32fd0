import json
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from django.core import exceptions as django_errors
from django.http import Http404, HttpRequest, HttpResponse
from django.test import Client, RequestFactory
from django.utils import translation
from rest_framework import exceptions as drf_errors
from rest_framework import serializers
from rest_framework.response import Response
from rest_framework.test import APIRequestFactory
from rest_framework.views import APIView

from geo.errors import TileOutOfRange
from members.errors import NotAPhoneNumber
from members.models import Category
from salesapp import errors
from salesapp.staff.errors import LimiterUnavailable, SignInRefused, TokenRefused, TooManyRequests
from salesapp.staff.models import Employee

CANARY = "16412345678"
SHAPE = {"type", "title", "status", "detail", "instance", "code", "errors"}


def answer_to(error: Exception) -> HttpResponse:
    """What a view of the API answers that raises this."""

    class Broken(APIView):
        authentication_classes = ()
        permission_classes = ()

        def get(self, request: HttpRequest) -> Response:
            raise error

    return Broken.as_view()(APIRequestFactory().get("/api/x/"))


@pytest.mark.parametrize(
    ("error", "status", "code"),
    [
        (TileOutOfRange(CANARY), 404, "tile_out_of_range"),
        (SignInRefused(), 401, "sign_in_refused"),
        (TokenRefused(), 401, "token_refused"),
        (TooManyRequests(7), 429, "too_many_requests"),
        (LimiterUnavailable(), 503, "limiter_unavailable"),
        (NotAPhoneNumber(), 400, "not_a_phone_number"),
        (drf_errors.ParseError(CANARY), 400, "not_json"),
        (drf_errors.NotAuthenticated(CANARY), 401, "not_authenticated"),
        (drf_errors.AuthenticationFailed(CANARY), 401, "not_authenticated"),
        (drf_errors.PermissionDenied(CANARY), 403, "forbidden"),
        (django_errors.PermissionDenied(CANARY), 403, "forbidden"),
        (drf_errors.NotFound(CANARY), 404, "not_found"),
        (Http404(CANARY), 404, "not_found"),
        (drf_errors.MethodNotAllowed(CANARY), 405, "method_not_allowed"),
        (drf_errors.NotAcceptable(CANARY), 406, "not_acceptable"),
        (drf_errors.UnsupportedMediaType(CANARY), 415, "unsupported_media_type"),
        (django_errors.RequestDataTooBig(CANARY), 413, "too_large"),
        (django_errors.DisallowedHost(CANARY), 400, "bad_request"),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, Exception) else "",
)
def test_every_error_has_its_status_and_the_one_shape(error: Exception, status: int, code: str) -> None:
    answer = answer_to(error)
    body = json.loads(answer.content)
    assert (answer.status_code, body["status"], body["code"]) == (status, status, code)
    assert set(body) == SHAPE
    assert body["type"] == f"tag:salesapp,2026:{code}"
    assert answer["Content-Type"] == "application/problem+json"
    assert answer["Cache-Control"] == "no-store"
    assert ("WWW-Authenticate" in answer) == (status == 401)
    assert CANARY not in answer.content.decode()


def test_waiting_times_are_told() -> None:
    assert answer_to(TooManyRequests(7))["Retry-After"] == "7"
    assert answer_to(LimiterUnavailable())["Retry-After"] == "5"


def test_the_number_that_is_none_names_its_field() -> None:
    body = json.loads(answer_to(NotAPhoneNumber()).content)
    assert [(error["field"], error["code"]) for error in body["errors"]] == [("phone", "not_a_phone_number")]


def test_an_unforeseen_error_is_left_to_the_log() -> None:
    with pytest.raises(ZeroDivisionError):
        answer_to(ZeroDivisionError())


def test_each_kind_has_one_code() -> None:
    kinds = set(errors.PROBLEMS.values())
    assert len({kind.code for kind in kinds}) == len(kinds) > 10


class Everything(serializers.Serializer[dict[str, object]]):
    """A field of each kind that a view may have, nested ones among them."""

    class Nested(serializers.Serializer[dict[str, object]]):
        number = serializers.IntegerField()

    boolean = serializers.BooleanField()
    integer = serializers.IntegerField(max_value=1)
    decimal = serializers.DecimalField(max_digits=3, decimal_places=1, max_value=Decimal(1))
    number = serializers.FloatField()
    date = serializers.DateField()
    moment = serializers.DateTimeField()
    uuid = serializers.UUIDField()
    slug = serializers.SlugField()
    email = serializers.EmailField()
    url = serializers.URLField()
    short = serializers.CharField(max_length=3)
    pattern = serializers.RegexField("^x$")
    choice = serializers.ChoiceField(choices=["a"])
    choices = serializers.MultipleChoiceField(choices=["a"])
    numbers = serializers.ListField(child=serializers.IntegerField())
    related = serializers.PrimaryKeyRelatedField(queryset=Category.objects.all())
    named = serializers.SlugRelatedField(slug_field="code", queryset=Category.objects.all())
    nested = Nested()
    nesteds = Nested(many=True)


@pytest.mark.parametrize("value", [CANARY + "x", [CANARY + "x"], {CANARY: CANARY}, int(CANARY)], ids=str)
def test_no_field_repeats_what_it_refuses(db: None, value: object) -> None:
    form = Everything(data=dict.fromkeys(Everything().fields, value))
    with pytest.raises(drf_errors.ValidationError) as invalid:
        form.is_valid(raise_exception=True)
    answer = answer_to(invalid.value)
    body = json.loads(answer.content)
    assert len(body["errors"]) >= 10
    assert CANARY not in answer.content.decode()


def test_the_field_of_a_nested_error_is_a_path() -> None:
    error = drf_errors.ValidationError(
        {"nested": {"number": ["bad"]}, "non_field_errors": ["worse"], "many": {"0": ["x"]}}
    )
    body = json.loads(answer_to(error).content)
    assert [entry["field"] for entry in body["errors"]] == ["nested.number", "", "many.0"]


@pytest.mark.parametrize(
    ("method", "path", "content_type", "body", "status", "code"),
    [
        ("post", "/api/sign-in/", "application/json", "{", 400, "not_json"),
        ("post", "/api/sign-in/", "application/json", "[" * 100_000, 400, "not_json"),
        ("post", "/api/sign-in/", "application/json", "[]", 400, "invalid"),
        ("post", "/api/sign-in/", "application/json", '{"password": NaN}', 400, "not_json"),
        ("post", "/api/sign-in/", "application/json", '"' + "x" * 3_000_000 + '"', 413, "too_large"),
        ("post", "/api/sign-in/", "text/plain", "x", 415, "unsupported_media_type"),
        ("get", "/api/sign-in/", "application/json", "", 405, "method_not_allowed"),
        ("get", "/api/me/", "application/json", "", 401, "not_authenticated"),
        ("get", "/api/nowhere/", "application/json", "", 404, "not_found"),
    ],
)
def test_bad_requests_get_the_one_shape(
    db: None, method: str, path: str, content_type: str, body: str, status: int, code: str
) -> None:
    answer = Client().generic(method.upper(), path, body, content_type)
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert set(answer.json()) == SHAPE
    assert answer["Cache-Control"] == "no-store"


class Post(APIView):
    """Any view that a page posts to."""

    permission_classes = ()

    def post(self, request: HttpRequest) -> Response:
        return Response({})


def test_the_csrf_token_is_asked_of_a_page_session(alice: Employee) -> None:
    request = APIRequestFactory(enforce_csrf_checks=True).post("/api/x/", {}, format="json")
    request.user = alice
    answer = Post.as_view()(request)
    assert (answer.status_code, json.loads(answer.content)["code"]) == (403, "csrf")


def test_a_stale_form_gets_a_page_and_a_stale_call_a_problem(db: None) -> None:
    answer = Client(enforce_csrf_checks=True).post("/i18n/setlang/", {"language": "en"})
    assert (answer.status_code, answer["Content-Type"].split(";")[0]) == (403, "text/html")
    assert json.loads(errors.csrf_failure(RequestFactory().post("/api/x/")).content)["code"] == "csrf"


HANDLERS: list[tuple[Callable[..., HttpResponse], list[Any], int]] = [
    (errors.bad_request, [Exception(CANARY)], 400),
    (errors.permission_denied, [Exception(CANARY)], 403),
    (errors.page_not_found, [Exception(CANARY)], 404),
    (errors.server_error, [], 500),
]


@pytest.mark.parametrize(("handler", "rest", "status"), HANDLERS)
def test_outside_the_api_an_error_is_a_page(
    db: None, handler: Callable[..., HttpResponse], rest: list[Any], status: int
) -> None:
    for path, kind in (("/x/", "text/html"), ("/api/x/", "application/problem+json")):
        answer = handler(RequestFactory().get(path), *rest)
        assert (answer.status_code, answer["Content-Type"].split(";")[0]) == (status, kind)
        assert CANARY not in answer.content.decode()


def test_a_crash_in_the_api_answers_500_and_tells_nothing(db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    def crash(**_: object) -> None:
        raise ZeroDivisionError(CANARY)

    monkeypatch.setattr("salesapp.staff.api.sign_in.sign_in", crash)
    client = Client(raise_request_exception=False)
    answer = client.post("/api/sign-in/", {"employee_no": "a", "password": "b"}, content_type="application/json")
    assert (answer.status_code, answer.json()["code"]) == (500, "internal")
    assert CANARY not in answer.content.decode()


def test_texts_are_translated_when_they_are_sent() -> None:
    with translation.override("en"):
        assert json.loads(answer_to(TokenRefused()).content)["detail"] == "Sign in again."
