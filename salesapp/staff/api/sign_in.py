"""Sign in, refresh, sign out: what a program does instead of the sign-in page."""

from django.conf import settings
from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework import serializers
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from salesapp.staff.actions.refresh_sign_in import refresh_sign_in
from salesapp.staff.actions.sign_in import sign_in
from salesapp.staff.actions.sign_out import sign_out
from salesapp.staff.limits import client_address

LONGEST_TOKEN = 2000


class Tokens(serializers.Serializer[dict[str, object]]):
    access = serializers.CharField(help_text="For `Authorization: Bearer`")
    refresh = serializers.CharField(help_text="Buys the next pair, once")
    expires_in = serializers.IntegerField(help_text="Seconds the access token lives")


def _tokens(access: str, refresh: str) -> Response:
    return Response({"access": access, "refresh": refresh, "expires_in": settings.ACCESS_TOKEN_SECONDS})


_EXAMPLE = OpenApiExample(
    "tokens", {"access": "eyJhbGciOi…", "refresh": "eyJhbGciOi…", "expires_in": 300}, response_only=True
)


class SignIn(APIView):
    authentication_classes = ()
    permission_classes = (AllowAny,)

    class Input(serializers.Serializer[dict[str, str]]):
        employee_no = serializers.CharField(max_length=32, help_text="Employee number")
        password = serializers.CharField(max_length=128, trim_whitespace=False, write_only=True)
        code = serializers.CharField(
            max_length=16, default="", allow_blank=True, write_only=True,
            help_text="Of the authenticator app, for roles that need one",
        )  # fmt: skip

    @extend_schema(
        summary="Sign in",
        description="Sign in with employee number and password. Limited per number and per client address.",
        request=Input,
        responses=Tokens,
        examples=[
            OpenApiExample("alice", {"employee_no": "alice", "password": "…"}, request_only=True),
            _EXAMPLE,
        ],
        extensions={
            "x-problems": [
                "sign_in_refused",
                "second_factor_refused",
                "second_factor_missing",
                "staff_list_stale",
                "too_many_requests",
                "limiter_unavailable",
            ]
        },
    )
    def post(self, request: Request) -> Response:
        form = self.Input(data=request.data)
        form.is_valid(raise_exception=True)
        signed_in = sign_in(address=client_address(request._request), **form.validated_data)
        return _tokens(signed_in.access, signed_in.refresh)


class _RefreshInput(serializers.Serializer[dict[str, str]]):
    refresh = serializers.CharField(max_length=LONGEST_TOKEN, trim_whitespace=False)


class Refresh(APIView):
    authentication_classes = ()
    permission_classes = (AllowAny,)

    @extend_schema(
        summary="Refresh",
        description=(
            "Exchange a refresh token for a new pair. A token works once: a second use, at once or later, ends"
            " the whole sign-in, for two hold it."
        ),
        request=_RefreshInput,
        responses=Tokens,
        examples=[_EXAMPLE],
        extensions={"x-problems": ["token_refused"]},
    )
    def post(self, request: Request) -> Response:
        form = _RefreshInput(data=request.data)
        form.is_valid(raise_exception=True)
        return _tokens(*refresh_sign_in(**form.validated_data))


class SignOut(APIView):
    authentication_classes = ()
    permission_classes = (AllowAny,)

    @extend_schema(
        summary="Sign out",
        description="End the sign-in this refresh token belongs to. The answer is the same for any token.",
        request=_RefreshInput,
        responses={204: None},
    )
    def post(self, request: Request) -> Response:
        form = _RefreshInput(data=request.data)
        form.is_valid(raise_exception=True)
        sign_out(**form.validated_data)
        return Response(status=204)
