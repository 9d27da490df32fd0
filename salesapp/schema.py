"""The API's description: how callers prove who they are, and which problems an operation may answer with."""

import re
from typing import Any

from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.plumbing import ComponentRegistry, ResolvedComponent

from salesapp import errors

PROBLEM = ResolvedComponent(  # type: ignore[no-untyped-call]
    name="Problem",
    type=ResolvedComponent.SCHEMA,
    object="Problem",
    schema={
        "type": "object",
        "description": "RFC 9457 problem details. Repeats nothing of the request.",
        "required": ["type", "title", "status", "detail", "instance", "code", "errors"],
        "properties": {
            "type": {"type": "string", "format": "uri", "description": f"`{errors.TYPE_PREFIX}` and the code"},
            "title": {"type": "string", "description": "What kind of problem, in the reader's language"},
            "status": {"type": "integer", "description": "The HTTP status"},
            "detail": {"type": "string", "description": "What to do about it, in the reader's language"},
            "instance": {"type": "string", "format": "uri", "description": "This one occurrence, as in the log"},
            "code": {"type": "string", "description": "What a program decides by; never translated"},
            "errors": {
                "type": "array",
                "items": {
                    "type": "object",
                    "required": ["field", "code", "detail"],
                    "properties": {
                        "field": {"type": "string", "description": "Dotted path; empty for the input as a whole"},
                        "code": {"type": "string"},
                        "detail": {"type": "string"},
                    },
                },
            },
        },
    },
)
_BY_CODE = {kind.code: kind for kind in errors.PROBLEMS.values()}


class AccessTokenScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    target_class = "salesapp.staff.tokens.AccessTokenAuthentication"
    name = "accessToken"

    def get_security_definition(self, auto_schema: AutoSchema) -> dict[str, Any]:
        return {"type": "http", "scheme": "bearer", "bearerFormat": "JWT", "description": "Lives five minutes."}


class PageSessionScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    target_class = "salesapp.staff.tokens.PageSessionAuthentication"
    name = "pageSession"

    def get_security_definition(self, auto_schema: AutoSchema) -> dict[str, Any]:
        return {
            "type": "apiKey",
            "in": "cookie",
            "name": "sessionid",
            "description": "The pages' own requests; unsafe methods need the header X-CSRFToken.",
        }


def _snake_case(name: str) -> str:
    return re.sub(r"(?<!^)(?=[A-Z])", "_", name).lower()


class Schema(AutoSchema):
    """Adds the problems to every operation.

    A view names its own by code: ``@extend_schema(extensions={"x-problems": ["too_many_requests"]})``.
    """

    def get_serializer_name(self, serializer: Any, direction: str) -> str:
        """Of nested classes the whole path: every view has an Input and an Output of its own."""
        return type(serializer).__qualname__.replace(".", "")

    def get_operation_id(self) -> str:
        """Method and view: two views never share one, whatever their paths have in common."""
        return f"{self.method.lower()}_{_snake_case(type(self.view).__name__)}"

    def get_operation(
        self, path: str, path_regex: str, path_prefix: str, method: str, registry: ComponentRegistry
    ) -> dict[str, Any] | None:
        operation = super().get_operation(path, path_regex, path_prefix, method, registry)
        if operation is None:
            return None
        registry.register_on_missing(PROBLEM)
        for kind in self._problems(path, operation):
            answer = operation["responses"].setdefault(
                str(kind.status),
                {
                    "description": str(kind.title),
                    "content": {errors.CONTENT_TYPE: {"schema": PROBLEM.ref, "examples": {}}},
                },
            )
            answer["content"][errors.CONTENT_TYPE]["examples"][kind.code] = {"value": _example(kind)}
        return operation

    def _problems(self, path: str, operation: dict[str, Any]) -> list[errors.Kind]:
        codes: list[str] = []
        if "requestBody" in operation:
            codes += ["invalid", "not_json", "unsupported_media_type"]
        elif any(parameter["in"] == "query" for parameter in operation.get("parameters", [])):
            codes += ["invalid"]
        if operation.get("security") and {} not in operation["security"]:
            codes += ["not_authenticated", "token_refused"]
        if any(hasattr(permission, "asks_for") for permission in self.view.get_permissions()):
            codes += ["forbidden"]
        if "{" in path:
            codes += ["not_found"]
        codes += operation.pop("x-problems", [])
        return [_BY_CODE[code] for code in dict.fromkeys(codes)]


def _example(kind: errors.Kind) -> dict[str, Any]:
    fields = [{"field": kind.field, "code": kind.code, "detail": str(kind.detail)}] if kind.field else []
    if kind is errors.INVALID:
        fields = [{"field": "field", "code": "required", "detail": "…"}]
    return {
        "type": errors.TYPE_PREFIX + kind.code,
        "title": str(kind.title),
        "status": kind.status,
        "detail": str(kind.detail),
        "instance": "urn:uuid:1d3f6c1e-7a55-4a0e-9a43-5a8e8f1b2c3d",
        "code": kind.code,
        "errors": fields,
    }
