from typing import Any

import pytest
from django.test import Client
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.validation import validate_schema

METHODS = {"get", "post", "put", "patch", "delete"}


@pytest.fixture(scope="module")
def schema() -> dict[str, Any]:
    generated: dict[str, Any] = SchemaGenerator().get_schema(request=None, public=True)  # type: ignore[no-untyped-call]
    return generated


@pytest.fixture(scope="module")
def operations(schema: dict[str, Any]) -> dict[str, dict[str, Any]]:
    found = {
        f"{method} {path}": operation
        for path, item in schema["paths"].items()
        for method, operation in item.items()
        if method in METHODS
    }
    assert len(found) >= 4
    return found


def test_the_schema_is_valid(schema: dict[str, Any]) -> None:
    validate_schema(schema)  # type: ignore[no-untyped-call]


def test_every_operation_is_described_with_an_example(operations: dict[str, dict[str, Any]]) -> None:
    for name, operation in operations.items():
        assert operation.get("description") or operation.get("summary"), name
        for status, answer in operation["responses"].items():
            for content_type, content in answer.get("content", {}).items():
                if "json" in content_type:
                    assert content.get("examples"), (name, status)


def test_every_error_is_the_one_problem(operations: dict[str, dict[str, Any]]) -> None:
    seen = 0
    for name, operation in operations.items():
        for status, answer in operation["responses"].items():
            if int(status) >= 400:
                seen += 1
                assert list(answer["content"]) == ["application/problem+json"], name
                content = answer["content"]["application/problem+json"]
                assert content["schema"] == {"$ref": "#/components/schemas/Problem"}, name
                assert all(example["value"]["status"] == int(status) for example in content["examples"].values())
    assert seen >= 8


def test_what_needs_a_sign_in_says_so(operations: dict[str, dict[str, Any]]) -> None:
    assert "401" in operations["get /api/me/"]["responses"]
    assert operations["get /api/me/"]["security"] == [{"accessToken": []}, {"pageSession": []}]
    refused = operations["post /api/sign-in/"]["responses"]
    assert {"400", "401", "415", "429", "503"} <= set(refused)


def test_the_viewer_loads_nothing_inline_and_nothing_from_elsewhere(db: None) -> None:
    answer = Client().get("/api/docs/")
    page = answer.content.decode()
    assert answer.status_code == 200
    assert "https://" not in page
    assert "<script>" not in page
    assert "<style" not in page
    policy = answer["Content-Security-Policy"]
    assert "unsafe" not in policy
    assert "default-src 'self'" in policy
    script = Client().get("/api/docs/", {"script": ""})
    assert script["Content-Type"].startswith("application/javascript")
