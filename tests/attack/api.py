"""Every operation of the OpenAPI document, asked by schemathesis with data that fits it and data that does not.

The web server's own WSGI application answers in the process that asks: every middleware, sign-in by access token, the
web's database role. Tokens are bought by the API's own sign-in and renewed by its refresh before they end. Limits are
set out of reach, because a 429 says nothing about what lies behind it, and each is counted.

Half of the fitting cases name what there is (a member's number, a broadcast, a signed callback), so that the code
behind the door is reached. Planted bugs are asked in the same way and must be found.
"""

import argparse
import base64
import hmac
import io
import json
import logging
import random
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, MutableMapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from unittest import mock

from tests.attack.scene import (
    PASSWORD,
    build_scene,
    forget_counters,
    no_limits,
    own_counters,
    people,
    scratch_database,
    usual_settings,
)
from tests.attack.verdict import demand, line, verdict
from tests.chaos.scratch import CHECKOUT

SEED = 20261122
ROLES = ("anonymous", "alice", "mei", "dana", "root")
LONG, SHORT = 2_200, 200  # cases of each operation
LONG_REQUESTS = 50_000
RENEW_AFTER = 60.0  # seconds; a token lives 300
SIGN = "HTTP_X_ATTACK_SIGN"
Environ = dict[str, Any]


# --- The application, and who asks ----------------------------------------------------------------------------------


class Door:
    """The application, with a count of what it answered. Signs a callback on the way in where it is asked to."""

    def __init__(self, application: Callable[..., Iterable[bytes]]) -> None:
        self.application = application
        self.answers: Counter[int] = Counter()

    def __call__(self, environ: Environ, start_response: Callable[..., Any]) -> Iterable[bytes]:
        if secret := environ.pop(SIGN, ""):
            body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
            now = str(int(time.time()))
            signature = hmac.digest(secret.encode(), f"{now}.".encode() + body, "sha256").hex()
            environ |= {"HTTP_X_TIMESTAMP": now, "HTTP_X_SIGNATURE": signature, "HTTP_X_WEBHOOK_SECRET": secret}
            environ["wsgi.input"] = io.BytesIO(body)

        def counting(status: str, *rest: Any) -> Any:
            self.answers[int(status[:3])] += 1
            return start_response(status, *rest)

        return self.application(environ, counting)


class Caller:
    """One of the cast with a token of their own, which is renewed before it ends."""

    renewals = 0

    def __init__(self, door: Door, name: str) -> None:
        self.door, self.name = door, name
        self._access = self._refresh = ""
        self._born = 0.0

    def headers(self) -> dict[str, str]:
        if self.name == "anonymous":
            return {}
        if not self._access:
            self._take(self._post("/api/sign-in/", {"employee_no": self.name, "password": PASSWORD}))
        elif time.monotonic() - self._born > RENEW_AFTER:
            self._take(self._post("/api/sign-in/refresh/", {"refresh": self._refresh}))
            Caller.renewals += 1
        return {"Authorization": f"Bearer {self._access}"}

    def another_refresh(self) -> str:
        """Of a sign-in of its own, to be used up."""
        return str(self._post("/api/sign-in/", {"employee_no": self.name, "password": PASSWORD})["refresh"])

    def _take(self, tokens: Mapping[str, Any]) -> None:
        self._access, self._refresh, self._born = tokens["access"], tokens["refresh"], time.monotonic()

    def _post(self, path: str, body: Mapping[str, str]) -> dict[str, Any]:
        from werkzeug.test import Client

        answer = Client(self.door).post(path, json=body)
        demand(f"{self.name} cannot sign in or renew: {answer.status_code}", answer.status_code == 200)
        return dict(answer.get_json())


# --- Cases ----------------------------------------------------------------------------------------------------------


class Cases:
    """Operations of the document, and the cases of each."""

    def __init__(self, door: Door, known: Mapping[str, Any], *, schema: Any = None) -> None:
        import schemathesis
        from schemathesis.config import SchemathesisConfig

        self.door, self.known = door, known
        self.config = SchemathesisConfig.from_dict(CONFIG)
        loaded: Any = schema or schemathesis.openapi.from_wsgi("/api/schema/?format=json", door, config=self.config)
        self.schema = loaded
        found = [each.ok() for each in loaded.get_all_operations()]
        self.operations = {operation.label: operation for operation in found}
        self.callers = {name: Caller(door, name) for name in ROLES}
        self.came: Counter[tuple[str, str, int]] = Counter()  # operation, role, status
        self.failures: dict[tuple[str, str], str] = {}
        self.count: Counter[str] = Counter()
        self.tolerated = 0

    def attack(self, label: str, cases: int) -> None:
        """So many cases of an operation: all that the coverage of its schema names, then drawn ones."""
        operation = self.operations[label]
        best = self._who_may(operation)
        drawn = random.Random(f"{SEED}{label}")
        for case in self._coverage(operation, cases // 4):
            self._ask(case, drawn.choice((best, best, *ROLES)), drawn, known=False)
        shares = [*ROLES, best, best, best]
        while self.count[label] < cases:
            before = self.count[label]
            missing = cases - before
            for place, role in enumerate(shares):
                for negative in (False, True):
                    self._draw(operation, role, negative, 1 + missing // (2 * len(shares)), place)
            demand(f"{label}: no case can be drawn", self.count[label] > before)
        for more in range(10):
            # Some operations want ten values that fit together; a refusal of each case would prove little
            if not any(asked == label and status < 300 for asked, _, status in self.came):
                self._draw(operation, best, False, 25, 100 + more)

    def _who_may(self, operation: Any) -> str:
        """The first role that is not turned away at the door."""
        for role in ("alice", "mei", "root", "dana"):
            drawn = random.Random(SEED)
            before = len(self.came)
            self._draw(operation, role, False, 3, 99)
            asked = list(self.came)[before:]
            if drawn and not all(status in {401, 403} for _, _, status in asked):
                return role
        return "anonymous"

    def _coverage(self, operation: Any, most: int) -> Iterator[Any]:
        from schemathesis import GenerationMode

        generation = self.config.projects.default.generation_for(operation=operation)
        cases = operation.schema.iter_coverage_cases(
            operation, generation_modes=list(GenerationMode), generation_config=generation
        )
        for number, case in enumerate(cases):
            if number >= most:
                return
            yield case

    def _draw(self, operation: Any, role: str, negative: bool, most: int, place: int) -> None:
        from hypothesis import HealthCheck, Phase, given, seed, settings
        from hypothesis import strategies as st
        from hypothesis.errors import Unsatisfiable
        from schemathesis import GenerationMode

        mode = GenerationMode.NEGATIVE if negative else GenerationMode.POSITIVE

        @seed(f"{SEED}{operation.label}{role}{place}{self.count[operation.label]}")
        @settings(
            max_examples=most,
            deadline=None,
            database=None,
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        )
        @given(case=operation.as_strategy(generation_mode=mode), number=st.integers(0, 2**32))
        def each(case: Any, number: int) -> None:
            self._ask(case, role, random.Random(number), known=not negative)

        try:
            each()
        except Unsatisfiable:
            # Nothing that does not fit can be sent to an operation that takes nothing
            demand(f"{operation.label}: no fitting case can be drawn", negative)

    def _ask(self, case: Any, role: str, draw: random.Random, *, known: bool) -> None:
        from schemathesis import Case
        from schemathesis.checks import CHECKS, load_all_checks
        from schemathesis.core.failures import FailureGroup

        load_all_checks()

        assert isinstance(case, Case)
        label = case.operation.label
        headers = self.callers[role].headers()
        if draw.random() < 0.3:
            headers["Accept-Language"] = draw.choice(["en", "zh-hans", "*", "xx-" * 40, "en;q=nan", ",;=", "\u00e9"])
        if known and draw.random() < 0.7:
            self._name_known(case, role, headers, draw)
        self.count[label] += 1
        try:
            answer = case.call(headers=headers)
            self.came[label, role, answer.status_code] += 1
            # That check asks thrice more: of some is enough
            less: list[Any] = [] if draw.random() < 0.25 else [CHECKS.get_one("ignored_auth")]
            case.validate_response(answer, headers=headers, transport_kwargs={"headers": headers}, excluded_checks=less)
        except FailureGroup as group:
            for failure in group.exceptions:
                kind = type(failure).__name__
                if kind == "AcceptedNegativeData" and _fits_once_respelt(case):
                    self.tolerated += 1
                elif (label, kind) not in MEANT_SO:
                    self._keep(label, kind, f"{role}: {failure}\n{_sent(case)}")
        if wrong := _refused_as_unreadable(answer, case):
            self._keep(label, "Misread", f"{role}: {wrong}\n{_sent(case)}")

    def _keep(self, label: str, kind: str, text: str) -> None:
        self.failures.setdefault((label, kind), text[:1500])

    def _name_known(self, case: Any, role: str, headers: dict[str, str], draw: random.Random) -> None:
        """Put what there is into some of the places for it. The case fits the document as before."""
        if case.operation.label == SEALED:
            case.body, case.headers["Idempotency-Key"] = self._sealed(draw)
            return
        told = self._known(case.operation.path, draw)
        share = draw.choice([1.0, 1.0, 0.7])
        for values in (case.path_parameters, case.query, case.headers, case.body):
            if isinstance(values, MutableMapping):
                for name in list(values):
                    if name in told and draw.random() < share:
                        values[name] = told[name]()
        if isinstance(case.path_parameters, dict) and "z" in case.path_parameters:
            z = draw.randint(3, 16)
            case.path_parameters |= {"z": z, "x": int(120.1 / 360 * 2**z + 2**z / 2), "y": int(0.3895 * 2**z)}
        if isinstance(case.path_parameters, dict) and "provider" in case.path_parameters:
            headers["X-Attack-Sign"] = {"smtp": "s", "jpush": "p", "aliyun": "a"}.get(
                case.path_parameters["provider"], "x"
            ) * 32  # fmt: skip

    def _known(self, path: str, draw: random.Random) -> dict[str, Callable[[], Any]]:
        known, now = self.known, datetime.now(UTC)
        return {
            "community_id": lambda: draw.choice([known["willow"], known["poplar"]]),
            "communities": lambda: draw.choice([[], [known["willow"]], [known["willow"], known["poplar"]]]),
            "broadcast_id": lambda: draw.choice(
                known["broadcasts"].get(path.split("/")[-2], known["broadcasts"]["cancel"])
            ),
            "region": lambda: draw.choice([known["north"], known["north"], known["south"]]),
            "provider": lambda: draw.choice(["smtp", "jpush", "aliyun", "wechat"]),
            "category": lambda: "fridge",
            "channel": lambda: "sms",
            "phone": lambda: draw.choice(people()).phone,
            "member": lambda: draw.choice(known["members"][:15]),  # each can be written to once; see _sealed
            "text": lambda: known["text"],
            "Idempotency-Key": lambda: f"key-{draw.randrange(10**9)}",
            "version": lambda: known["broadcast_version" if "broadcasts" in path else "version"],
            "starts_at": lambda: (now + timedelta(hours=1)).isoformat(),
            "ends_at": lambda: (now + timedelta(days=3)).isoformat(),
            "employee_no": lambda: "alice",
            "password": lambda: PASSWORD,
            "refresh": lambda: self.callers["alice"].another_refresh(),
        }

    def _sealed(self, draw: random.Random) -> tuple[dict[str, str], str]:
        """What alice's phone kept of the counter's form, sealed as it does."""
        from django.utils import timezone

        from outreach.draft_ticket import draft_ticket
        from outreach.phone_owner import phone_owner
        from salesapp.staff.models import Employee
        from tests.outreach.test_sealed import seal

        alice, member = Employee.objects.get(employee_no="alice"), draw.choice(self.known["members"][15:])
        form = {
            "member": member, "version": str(self.known["version"]), "channel": "SMS", "category": "fridge",
            "text": draw.choice(["您好。", "您好。", "您好。", "", "\x00", "{link}", "x" * 5000]),
            "ticket": draft_ticket(alice, member, timezone.now()),
        }  # fmt: skip
        key = f"key-{draw.randrange(10**9)}"
        sealed = base64.b64encode(seal(json.dumps(form).encode(), owner=phone_owner(alice), key=key)).decode()
        return {"owner": phone_owner(alice), "sealed": sealed}, key


def _sent(case: Any) -> str:
    return f"    {case.method} {case.formatted_path} query {case.query!r} body {str(case.body)[:300]}"


# --- Checks -------------------------------------------------------------------------------------------------------


# What fits the document and is refused all the same, by rules that a schema cannot say: the answer says which
MEANT = ["2xx", "400", "401", "403", "404", "409", "410", "422"]
CONFIG: dict[str, Any] = {"checks": {"positive_data_acceptance": {"expected-statuses": MEANT}}}
# What a 400 says of data that does not have the shape of the document. All else it says is a rule of the product's.
MISSHAPEN = {
    "required", "null", "invalid", "invalid_choice", "max_length", "min_length", "max_value", "min_value",
    "not_a_list", "empty", "incorrect_type", "does_not_exist", "max_string_length",
}  # fmt: skip
# JSON Schema cannot say it: moments beyond PostgreSQL's and Python's own, and what lies inside of a sealed draft
BY_RULE = {"said_at invalid", "text required"}


# WeChat asks once by GET whether this is the address: the document leaves that out
MEANT_SO = {("POST /api/webhooks/{provider}/", "AllowHeaderMismatch")}


def _refused_as_unreadable(response: Any, case: Any) -> str:
    """What of a fitting case was taken for one that does not fit; empty for nothing."""
    if not case.meta or not case.meta.generation.mode.is_positive or response.status_code not in {400, 415}:
        return ""
    problem = response.json()
    if problem["code"] in {"not_json", "unsupported_media_type"}:
        return str(problem["code"])
    found = {
        f"{error['field'].rpartition('.')[2]} {error['code']}"
        for error in problem["errors"]
        if problem["code"] == "invalid" and error["code"] in MISSHAPEN
    }
    return ", ".join(sorted(found - BY_RULE))


def _fits_once_respelt(case: Any) -> bool:
    """REST framework reads a number where a text is wanted as its digits, and digits in a text as the number."""
    import jsonschema_rs

    content = case.operation.definition.raw.get("requestBody", {}).get("content", {}).get("application/json", {})
    name = content.get("schema", {}).get("$ref", "").rpartition("/")[2]
    components = case.operation.schema.raw_schema["components"]
    if not isinstance(case.body, dict) or name not in components["schemas"]:
        return False
    wanted = components["schemas"][name].get("properties", {})
    respelt = {field: _respelt(value, wanted.get(field, {})) for field, value in case.body.items()}
    document = {"$ref": f"#/components/schemas/{name}", "components": components}
    return respelt != case.body and bool(jsonschema_rs.validator_for(document).is_valid(respelt))


def _respelt(value: Any, wanted: Mapping[str, Any]) -> Any:
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    if wanted.get("type") == "string" and is_number:
        return str(value)
    if isinstance(value, str) and value.strip().isdecimal():
        return int(value)
    return value


# --- Rude requests ------------------------------------------------------------------------------------------------

BODIES = (
    b"", b"{", b"[" * 50_000, b'{"a":1e999}', b'{"phone":NaN}', b"\x00", b"\xff\xfe{}", b'"' + b"x" * 3_000_000 + b'"',
    b'{"a":"\\ud800"}', b"null", b"[]", b"0", b'"x"', b'{"a":' * 2_000 + b"1" + b"}" * 2_000, b"{}" * 3,
    b'{"phone":"\\u0000","reason":"counter"}', b"9" * 10_000,
)  # fmt: skip
TYPES = (
    "application/json", "application/json; charset=utf-16", "application/json; charset=nope", "text/plain", "",
    "multipart/form-data", "multipart/form-data; boundary=x", "application/x-www-form-urlencoded",
    "\u00e9/\u00e9", "x" * 500,
)  # fmt: skip
METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS", "TRACE", "PROPFIND", "get", "X" * 30)
# Not among them a Content-Length that is no number: WSGI servers let none through
HEADERS = (
    {"Accept": "text/html"}, {"Accept": "*/*;q=x"}, {"Accept": "," * 500}, {"Accept-Language": "de-" * 3000},
    {"Accept-Encoding": "gzip;q=0, identity;q=0"}, {"Cookie": "sessionid=\u00e9; csrftoken"}, {"Cookie": "=;=;;\x01"},
    {"Authorization": "Bearer"}, {"Authorization": "Bearer a.b.c.d"}, {"Authorization": "Bearer \u00ff" * 300},
    {"Authorization": "Basic Og=="}, {"X-Forwarded-For": "1.1.1.1, ::1, x" * 50}, {"X-Forwarded-Proto": "\u00e9"},
    {"Range": "bytes=9-1"}, {"If-None-Match": '"' * 99}, {"If-Modified-Since": "Thu, 99 Zzz 0000 99:99:99 GMT"},
    {"Host": "elsewhere.example.com"}, {"Host": "[::1"},
    {"Idempotency-Key": "\u00e9" * 200}, {"X-HTTP-Method-Override": "DELETE"}, {"Transfer-Encoding": "chunked"},
    {"HX-Request": "\u00e9", "HX-Current-URL": "http://[", "HX-Current-URL-URI-AutoEncoded": "x"},
)  # fmt: skip


def rude(
    door: Door, paths: Sequence[str], requests: int, draw: random.Random
) -> tuple[Counter[int], dict[tuple[str, str], str]]:
    """Requests that no client of ours sends. None may be a server's error, and each refusal is the one problem."""
    from werkzeug.test import EnvironBuilder, run_wsgi_app

    alice = Caller(door, "alice")
    came: Counter[int] = Counter()
    wrong: dict[tuple[str, str], str] = {}
    for _ in range(requests):
        path = draw.choice(paths) + draw.choice(
            ["", "", "", "?a=%00&b=%ff&=&&", "//", "%00", "\u00e9", "?" + "x=1&" * 1500]
        )
        builder = EnvironBuilder(
            path=path.partition("?")[0], query_string=path.partition("?")[2], method=draw.choice(METHODS),
            data=draw.choice(BODIES), content_type=draw.choice(TYPES),
            headers=list(alice.headers().items()) if draw.random() < 0.7 else None,
        )  # fmt: skip
        environ = builder.get_environ()
        for name, value in draw.choice(HEADERS).items():
            environ[f"HTTP_{name.upper().replace('-', '_')}"] = value.encode().decode("latin-1")
        content, status, headers = run_wsgi_app(door, environ, buffered=True)
        b"".join(content)
        code, kind = int(status[:3]), headers.get("Content-Type", "")
        came[code] += 1
        said = f"{environ['REQUEST_METHOD'][:9]} {path[:80]} {code} {kind}"
        if code >= 500:
            wrong[path.partition("?")[0], "a server's error"] = f"{said} {environ.get('CONTENT_TYPE')!r}"
        elif code >= 400 and environ["REQUEST_METHOD"] != "HEAD" and kind != "application/problem+json":
            wrong[path.partition("?")[0], "not the one problem"] = said
    return came, wrong


# --- Planted bugs ---------------------------------------------------------------------------------------------------


def planted(cases: Cases) -> None:
    """The same attack on a product with a bug in it: each must be found, by the check that is meant for it."""
    from outreach.api import communities, regions
    from outreach.queries.community_facts import community_facts as facts
    from outreach.queries.community_list import community_list as listed
    from salesapp.staff.tokens import AccessTokenAuthentication

    def crash(*args: Any, limit: int, **more: Any) -> Any:
        return 1 // (limit % 10 - 7) and listed(*args, limit=limit, **more)

    def misshapen(*args: Any) -> Any:
        return {**facts(*args), "households": "1000"}

    def teapot(*args: Any) -> Any:
        from rest_framework.exceptions import APIException

        class Teapot(APIException):
            status_code = 418

        return mock.Mock(side_effect=Teapot)(*args)

    alice = cases.callers["alice"]
    alice.headers()

    def let_in(self: Any, request: Any) -> Any:
        from salesapp.staff.models import Employee

        return Employee.objects.get(employee_no="alice"), None

    bugs: Sequence[tuple[str, str, str, Any]] = (
        ("an answer of 500 for some limits", "GET /api/communities/", "ServerError",
         mock.patch.object(communities, "community_list", crash)),
        ("a text where the document says a number", "GET /api/communities/{community_id}/", "JsonSchemaError",
         mock.patch.object(communities, "community_facts", misshapen)),
        ("a status that the document does not know", "GET /api/regions/", "UndefinedStatusCode",
         mock.patch.object(regions, "map_bounds", teapot)),
        ("an answer for whoever asks", "GET /api/me/", "IgnoredAuth",
         mock.patch.object(AccessTokenAuthentication, "authenticate", let_in)),
        ("data that does not fit is taken", "GET /api/messages/", "AcceptedNegativeData",
         mock.patch("outreach.api.messages.MessageList.Page.is_valid", lambda self, raise_exception: _empty(self))),
        ("data that fits is refused", "POST /api/audience/", "Misread",
         mock.patch("outreach.api.audience.AudienceInput.validate_category", _never, create=True)),
    )  # fmt: skip
    for bug, label, kind, plant in bugs:
        twin = Cases(cases.door, cases.known, schema=cases.schema)
        with plant:
            twin.attack(label, 80)
        found = {name for _, name in twin.failures}
        demand(f"planted, and not seen: {bug}; found {sorted(found) or 'nothing'}", kind in found)
        line(f"planted: {bug}", f"seen: {kind}")


def _empty(form: Any) -> bool:
    form._validated_data, form._errors = {}, {}
    return True


def _never(form: Any, value: Any) -> Any:
    from rest_framework.serializers import ValidationError

    raise ValidationError(code="invalid")


# --- One process ----------------------------------------------------------------------------------------------------


def work(task: Mapping[str, Any]) -> dict[str, Any]:
    """A share of the operations, in the web server's own set-up."""
    from salesapp.wsgi import application

    usual_settings()
    own_counters(task["counters"])
    no_limits()
    door = Door(application)
    cases = Cases(door, task["known"])
    labels = sorted(cases.operations)[task["share"] :: task["of"]]
    for label in labels:
        cases.attack(label, task["cases"])
    rude_answers, wrong = rude(door, _paths(cases), task["cases"] * 3, random.Random(f"{SEED}{task['share']}"))
    requests = door.answers.copy()
    if task["share"] == 0:
        planted(cases)
    return {
        "operations": len(cases.operations),
        "cases": dict(cases.count),
        "came": [[*key, count] for key, count in cases.came.items()],
        "answers": dict(requests),
        "rude": dict(rude_answers),
        "tolerated": cases.tolerated,
        "renewals": Caller.renewals,
        "secured": [
            label for label in labels if {} not in cases.operations[label].definition.raw.get("security", [{}])
        ],
        "failures": [[*key, text] for key, text in (cases.failures | wrong).items()],
    }


def _paths(cases: Cases) -> list[str]:
    known = cases.known
    values = {"community_id": known["willow"], "broadcast_id": known["broadcast"], "provider": "smtp", "z": 13}
    return [found.path.format_map({"x": 6828, "y": 3189} | values) for _, found in sorted(cases.operations.items())] + [
        "/api/nowhere/",
        "/api/",
    ]


def _process(task: Mapping[str, Any], result: Path, log: Path) -> "subprocess.Popen[bytes]":
    words = [sys.executable, "-m", "tests.attack.api", "--work", json.dumps({**task, "result": str(result)})]
    return subprocess.Popen(words, cwd=CHECKOUT, stderr=log.open("wb"))


# --- All of it ------------------------------------------------------------------------------------------------------


def run(cases: int, *, processes: int, requests: int) -> None:
    import django

    django.setup()
    from django.core.management import call_command
    from django.db import connections

    logging.disable(logging.WARNING)
    usual_settings()
    counters = own_counters()
    scene = build_scene()
    call_command("grant_web_role", stdout=io.StringIO())
    connections.close_all()
    with tempfile.TemporaryDirectory() as folder:
        shares = [
            {"known": scene.known, "cases": cases, "share": share, "of": processes, "counters": counters}
            for share in range(processes)
        ]
        results = [Path(folder) / f"{task['share']}.json" for task in shares]
        logs = [Path(folder) / f"{task['share']}.log" for task in shares]
        running = [_process(*each) for each in zip(shares, results, logs, strict=True)]
        try:
            codes = [process.wait() for process in running]
        finally:
            for process in running:
                if process.poll() is None:
                    process.kill()
                    process.wait()
            forget_counters(counters)
        for code, log in zip(codes, logs, strict=True):
            if code:
                print("".join(log.read_text().partition("Traceback (most recent call last)\n")[-2:])[-6000:])
        demand("a share was not done", not any(codes))
        _judge([json.loads(result.read_text()) for result in results], cases, requests)


def _judge(shares: Sequence[Mapping[str, Any]], cases: int, requests: int) -> None:
    count: Counter[str] = Counter()
    answers: Counter[str] = Counter()
    rude_answers: Counter[str] = Counter()
    for share in shares:
        count.update(share["cases"])
        answers.update(share["answers"])
        rude_answers.update(share["rude"])
    came = [entry for share in shares for entry in share["came"]]
    failures = [failure for share in shares for failure in share["failures"]]
    line(f"operations {len(count)}, cases {sum(count.values()):,}; fewest of one", f"{min(count.values()):,}")
    line("requests", f"{sum(answers.values()):,}")
    line("    answers", ", ".join(f"{status} {many:,}" for status, many in sorted(answers.items())))
    line("    of rude ones", ", ".join(f"{status} {many:,}" for status, many in sorted(rude_answers.items())))
    line("    digits for a text, or a text of digits for a number, taken as REST framework does",
         sum(share["tolerated"] for share in shares))  # fmt: skip
    line("tokens renewed", sum(share["renewals"] for share in shares))
    for label, kind, text in failures:
        print(f"!!! {label} {kind}\n{text}")
    errors = sum(many for status, many in answers.items() if int(status) >= 500)
    line("server errors", errors)
    demand("server errors", errors == 0)
    demand("answers that are not as the document says", not failures)
    demand("an operation was not asked", len(count) == shares[0]["operations"] >= 20)
    demand("too few cases of an operation", min(count.values()) >= cases)
    demand("too few requests", sum(answers.values()) - answers["429"] >= requests)
    demand("limits hide what lies behind them", answers["429"] * 1000 <= sum(answers.values()))
    reached = {label for label, _role, status, _many in came if 200 <= status < 300}
    demand(f"never answered in earnest: {sorted(set(count) - reached)}", reached == set(count))
    secured = {label for share in shares for label in share["secured"]} - {SEALED}
    turned = {(label, role) for label, role, status, _ in came if status == 401 and role != "anonymous"}
    turned = {each for each in turned if each[0] in secured}
    demand(f"a token had ended: {sorted(turned)}", not turned)
    roles = Counter(role for _, role, _, many in came for _ in range(many))
    demand("a role asked too little", min(roles[role] for role in ROLES) >= cases)


SEALED = "POST /api/sealed-drafts/"  # says 401 where the phone is another employee's


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.attack.api", description=__doc__)
    parser.add_argument("--short", action="store_true", help="the form that CI runs")
    parser.add_argument("--work", default="", help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.work:
        task = json.loads(asked.work)
        return verdict(lambda: Path(task["result"]).write_text(json.dumps(work(task))), held="")
    with scratch_database("api"):
        cases, requests = (SHORT, 20 * SHORT) if asked.short else (LONG, LONG_REQUESTS)
        return verdict(lambda: run(cases, processes=2, requests=requests))


if __name__ == "__main__":
    sys.exit(main())
