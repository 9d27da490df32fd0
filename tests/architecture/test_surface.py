"""What every answer carries and what none does: policy, storage, formulas, geometry, secrets, tracebacks."""

import ast
import io
import json
import logging
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as django_settings
from django.contrib import admin
from django.contrib.gis.db.models import GeometryField
from django.core import mail
from django.db import transaction
from django.test import Client
from django.test.client import MULTIPART_CONTENT
from django.urls import reverse

from members.models import Member
from salesapp.middleware import DATA_POLICY
from salesapp.staff.models import Employee
from tests.architecture.test_routes import CAST, ROUTES, figures, sign_in
from tests.conftest import Town

__all__ = ["figures"]
BASE = Path(django_settings.BASE_DIR)
# Answers that may be kept, each asked anew before it is shown: tiles by their ETag, and the shell, which is
# rendered without looking at who asks
KEPT = {
    "api-tile": "private, no-cache", "map": "private, no-cache", "offline": "no-cache", "signed-out": "no-cache",
    "manifest": "no-cache", "service-worker": "no-cache",
}  # fmt: skip


class Inline(HTMLParser):
    """What of a page a strict policy would not run: scripts and styles that are written into it."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: list[str] = []
        self.elements = 0
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements += 1
        said = dict(attrs)
        if tag == "style" or (tag == "script" and "src" not in said and said.get("type") != "application/json"):
            self.found.append(f"<{tag}>")
        for name, value in attrs:
            if name.startswith("on") or name == "style" or str(value).strip().lower().startswith("javascript:"):
                self.found.append(f"{tag} {name}={value}")


def faults(answer: Any, *, kept: str = "") -> list[str]:
    """What is wrong with its headers and, of a page, with what is written into it."""
    found = []
    policy = str(answer.headers.get("Content-Security-Policy", ""))
    is_page = answer.headers.get("Content-Type", "").startswith("text/html")
    if not is_page and policy.replace("; connect-src 'self'", "; frame-ancestors 'none'") != DATA_POLICY:
        found.append(f"policy of data: {policy}")
    parts = dict(part.strip().partition(" ")[::2] for part in policy.split(";") if part.strip())
    wanted = {
        "default-src": "'self'", "object-src": "'none'", "base-uri": "'none'", "frame-ancestors": "'none'",
        "form-action": "'self'",
    }  # fmt: skip
    if is_page and any(parts.get(name) != value for name, value in wanted.items()):
        found.append(f"policy of a page: {policy}")
    if re.search(r"unsafe|nonce|\*|https?:|data:(?! blob:)", policy):
        found.append(f"policy lets through: {policy}")
    if is_page and not getattr(answer, "streaming", False):
        found += Inline(answer.content.decode()).found
    stored = answer.headers.get("Cache-Control", "")
    if "no-store" not in stored and not (kept and stored == kept and answer.status_code == 200):
        found.append(f"may be stored: {stored}")
    for name, value in (("X-Content-Type-Options", "nosniff"), ("X-Frame-Options", "DENY"),
                        ("Referrer-Policy", "same-origin")):  # fmt: skip
        if answer.headers.get(name) != value:
            found.append(f"{name}: {answer.headers.get(name)}")
    return found


@pytest.mark.parametrize("name", ROUTES)
def test_every_answer_carries_the_policy_and_none_is_stored(
    name: str, town: Town, figures: Member, alice: Employee, charlie: Employee, mei: Employee, nan: Employee,
    dana: Employee, root: Employee,
) -> None:  # fmt: skip
    for question in ROUTES[name]:
        with transaction.atomic():  # each question finds the town as it was
            answers = {who: question.ask(sign_in(who), town) for who in CAST}
            transaction.set_rollback(True)
        found = {who: faults(answer, kept=KEPT.get(name, "")) for who, answer in answers.items()}
        assert found == {who: [] for who in CAST}, question


def test_what_is_kept_is_the_same_for_all_of_a_region_and_names_nobody(
    town: Town, figures: Member, alice: Employee, bob: Employee
) -> None:
    asked = 0
    for name in KEPT:
        bodies = set()
        for who in (alice, bob):
            answer = ROUTES[name][0].ask(sign_in(who.employee_no), town)
            body = b"".join(answer.streaming_content) if answer.streaming else answer.content
            # The opaque name of whom the phone keeps it for
            bodies.add(re.sub(rb'data-owner="[\w-]{22}"', b"", body))
        assert len(bodies) == 1, name
        assert not re.search(rb"csrfmiddlewaretoken|alice|bob", bodies.pop()), name
        asked += 1
    assert asked == len(KEPT) == 6


def test_every_page_of_the_admin_carries_the_policy_and_none_is_stored(town: Town, root: Employee) -> None:
    client = Client(headers={"Accept-Language": "en"})
    client.force_login(root)
    pages = ["/admin/", "/admin/password_change/", "/admin/jsi18n/", "/admin/login/", "/admin/nowhere/"]
    for model in admin.site._registry:
        name = f"admin:{model._meta.app_label}_{model._meta.model_name}"
        pages += [reverse(f"{name}_changelist"), reverse(f"{name}_add"), f"{reverse(f'{name}_changelist')}?x=1"]
        first = model._default_manager.first()
        if first is not None:
            pages += [reverse(f"{name}_change", args=[first.pk]), reverse(f"{name}_history", args=[first.pk])]
    wrong = {page: found for page in pages if (found := faults(client.get(page)))}
    assert len(pages) > 60
    assert wrong == {}


def test_pages_of_errors_carry_the_policy_and_are_not_stored(
    town: Town, alice: Employee, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = sign_in("alice")
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(alice)

    def breaks(*_: object, **__: object) -> None:
        raise ZeroDivisionError

    answers = {
        "404": client.get("/nowhere/"), "404 of the API": client.get("/api/nowhere/"),
        "403": client.get("/broadcasts/"), "405": client.get("/sign-out/"),
        "csrf": strict.post("/counter/", {}), "csrf of the API": strict.post("/api/lookups/", {}),
        "400": client.get("/", SERVER_NAME="elsewhere.example.com"),
        "400 of the API": client.post("/api/lookups/", b"{", content_type="application/json"),
    }  # fmt: skip
    monkeypatch.setattr("outreach.pages.counter.render", breaks)
    monkeypatch.setattr("outreach.api.lookups.look_up_member", breaks)
    answers["500"] = client.get("/counter/")
    answers["500 of the API"] = client.post(
        "/api/lookups/", {"phone": "15400001234", "reason": "counter"}, content_type="application/json"
    )
    for name, answer in answers.items():
        expected = name.split()[0]
        assert not expected.isdecimal() or answer.status_code == int(expected), name
        assert faults(answer) == [], name


@pytest.mark.parametrize(
    ("page", "said"),
    [
        ("<script>go()</script>", "<script>"), ("<style>a{}</style>", "<style>"),
        ("<a onclick='x()'>", "a onclick=x()"),
        ("<p style='color:red'>", "p style=color:red"), ("<a href='JavaScript:x'>", "a href=JavaScript:x"),
    ],
)  # fmt: skip
def test_what_is_written_into_a_page_would_be_noticed(page: str, said: str) -> None:
    assert Inline(page).found == [said]
    assert Inline("<script src='x.js'></script><p class='style'>style=1</p>").found == []


# --- Production -------------------------------------------------------------------------------------------------------

_ASKED = """
import json, django
from django.conf import settings
django.setup()
from django.test import Client
names = ("DEBUG DEMO SECURE_SSL_REDIRECT SECURE_HSTS_SECONDS SECURE_HSTS_INCLUDE_SUBDOMAINS SECURE_HSTS_PRELOAD"
         " SESSION_COOKIE_SECURE SESSION_COOKIE_HTTPONLY SESSION_COOKIE_SAMESITE CSRF_COOKIE_SECURE"
         " CSRF_COOKIE_SAMESITE ADMINS").split()
answer = Client(SERVER_NAME="sales.example.com").get("/api/me/", secure=True)
plain = Client(SERVER_NAME="sales.example.com").get("/api/me/")
print(json.dumps({name: getattr(settings, name) for name in names} | {
    "hsts": answer.headers.get("Strict-Transport-Security"), "plain": [plain.status_code, plain.headers["Location"]],
}))
"""


def production(code: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """The code under the settings of a production set-up, without anything of this machine's own."""
    usual = {
        "PATH": os.environ["PATH"], "DJANGO_SETTINGS_MODULE": "salesapp.settings", "SECRET_KEY": "s" * 60,
        "JWT_KEY": "j" * 48, "ALLOWED_HOSTS": "sales.example.com", "DATABASE_URL": "postgis://nobody@127.0.0.1:1/none",
        "REDIS_URL": "redis://127.0.0.1:1",
    }  # fmt: skip
    return subprocess.run(
        [sys.executable, "-c", code], cwd=BASE, env=usual | environment, capture_output=True, text=True, check=False
    )


def test_production_keeps_to_tls_and_its_cookies_too() -> None:
    done = production(_ASKED)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout.splitlines()[-1]) == {
        "DEBUG": False, "DEMO": False, "SECURE_SSL_REDIRECT": True, "SECURE_HSTS_SECONDS": 31536000,
        "SECURE_HSTS_INCLUDE_SUBDOMAINS": True, "SECURE_HSTS_PRELOAD": True, "SESSION_COOKIE_SECURE": True,
        "SESSION_COOKIE_HTTPONLY": True, "SESSION_COOKIE_SAMESITE": "Strict", "CSRF_COOKIE_SECURE": True,
        "CSRF_COOKIE_SAMESITE": "Strict", "ADMINS": [], "hsts": "max-age=31536000; includeSubDomains; preload",
        "plain": [301, "https://sales.example.com/api/me/"],
    }  # fmt: skip


SECRETS = ("SECRET_KEY", "JWT_KEY", "INDEX_KEY", "PUBLIC_ID_KEY", "LINK_KEYS", "DRAFT_KEYS", "DATA_KEYS", "AUDIT_KEYS",
           "TWO_FACTOR_KEY", "HR_LDAP_PASSWORD", "WEBHOOK_SECRETS")  # fmt: skip


def test_no_secret_is_written_by_a_set_up_that_is_wrong() -> None:
    """Each in a shape that its check refuses, with an unreachable database and Redis that have passwords."""
    planted = {name: f"geheim-{number}-{'x' * 8}" for number, name in enumerate(SECRETS)}
    planted |= {
        "DATABASE_URL": "postgis://nobody:geheim-db@127.0.0.1:1/none",
        "REDIS_URL": "redis://:geheim-r@127.0.0.1:1",
    }
    planted |= {"SMS_CHANNEL_URL": "smpp://user:geheim-sms@127.0.0.1:1", "WEBHOOK_SECRETS": "smtp=geheim-hook"}
    said = []
    for words in (["check"], ["check", "--deploy"], ["check", "--database", "default"], ["migrate", "--check"]):
        done = production(
            f"from django.core.management import execute_from_command_line as go; go(['manage.py', *{words!r}])",
            **planted,
        )
        assert done.returncode != 0, words
        said.append(done.stdout + done.stderr)
    assert all("salesapp.E" in text or "Error" in text for text in said)
    assert not [text for text in said if "geheim" in text]


# --- Errors and logs --------------------------------------------------------------------------------------------------


def test_an_unforeseen_error_tells_no_value_and_is_mailed_to_nobody(
    town: Town, alice: Employee, monkeypatch: pytest.MonkeyPatch, settings: Any
) -> None:
    settings.ADMINS = [("root", "root@example.com")]

    def breaks(*_: object, **said: object) -> None:
        surname, phone = "孙小明", "15400001234"
        raise ZeroDivisionError(phone) if surname else AssertionError

    monkeypatch.setattr("outreach.api.lookups.look_up_member", breaks)
    (handler,) = (
        handler for handler in logging.getLogger().handlers
        if isinstance(handler, logging.StreamHandler) and "ProcessorFormatter" in type(handler.formatter).__name__
    )  # fmt: skip
    written = io.StringIO()
    monkeypatch.setattr(handler, "stream", written)
    answer = sign_in("alice").post(
        "/api/lookups/", {"phone": "15400001234", "reason": "counter"}, content_type="application/json"
    )
    assert answer.status_code == 500
    text = written.getvalue()
    assert "ZeroDivisionError" in text  # so that the proof looks at the right place
    for value in (
        "孙小明",
        "15400001234",
        *(str(getattr(settings, name)) for name in SECRETS if getattr(settings, name)),
    ):
        assert value not in text
        assert value.encode() not in answer.content
    assert mail.outbox == []


# --- Uploads and bodies -----------------------------------------------------------------------------------------------


def test_bodies_have_an_end(town: Town, alice: Employee) -> None:
    client = sign_in("alice")
    large = "x" * (3 << 20)
    answers = [
        client.post("/api/lookups/", {"phone": large, "reason": "counter"}, content_type="application/json"),
        client.post("/counter/", {"phone": large, "reason": "counter"}),
        client.post("/counter/", {"phone": large, "reason": "counter"}, content_type=MULTIPART_CONTENT),
        client.post("/counter/", {f"n{n}": "1" for n in range(2000)}),
        client.generic(
            "POST", "/sign-in/", b"&".join(b"a=1" for _ in range(5000)), "application/x-www-form-urlencoded"
        ),
    ]
    assert [answer.status_code for answer in answers] == [413, 400, 400, 400, 400]


class _Endless(io.RawIOBase):
    """A body of 600 MB that is made while it is read."""

    HEAD = b'--b\r\nContent-Disposition: form-data; name="file"; filename="a.csv"\r\n\r\n'
    LENGTH = 600 << 20

    def __init__(self) -> None:
        super().__init__()
        self.was_read = 0

    def read(self, size: int | None = -1) -> bytes:
        assert size is not None
        assert size >= 0
        start, self.was_read = self.was_read, min(self.was_read + min(size, 1 << 20), self.LENGTH)
        return self.HEAD[start : self.was_read].ljust(self.was_read - start, b"x")


FORM, JSON = "multipart/form-data; boundary=b", "application/json"


@pytest.mark.parametrize("has_length", [True, False])
@pytest.mark.parametrize(
    ("who", "path", "content_type", "status"),
    [
        ("", "/sign-in/", FORM, 400),
        ("", "/mine/sign-in/", FORM, 400),
        ("", "/i18n/setlang/", FORM, 400),
        ("", "/nowhere/", FORM, 404),
        ("", "/api/sign-in/", JSON, 413),
        ("", "/admin/members/fileimport/add/?kind=members", FORM, 400),
        ("alice", "/counter/", FORM, 400),
        ("alice", "/api/lookups/", FORM, 415),
        ("alice", "/api/lookups/", JSON, 413),
        ("root", "/admin/", FORM, 400),
    ],
)
def test_of_a_body_without_bound_nothing_is_read(
    who: str, path: str, content_type: str, status: int, has_length: bool, alice: Employee, root: Employee
) -> None:
    body, client = _Endless(), Client(enforce_csrf_checks=True)
    if who:
        client.force_login({"alice": alice, "root": root}[who])
    client.cookies["csrftoken"] = "a" * 32
    # Without a length, as in chunks, Django takes it that there is no body
    asked: dict[str, Any] = {"CONTENT_TYPE": content_type, "wsgi.input": body}
    if has_length:
        asked["CONTENT_LENGTH"] = str(body.LENGTH)
    if content_type == JSON:
        asked["HTTP_X_CSRFTOKEN"] = "a" * 32
    answer = client.generic("POST", path, **asked)
    assert body.was_read == 0
    if has_length:
        assert answer.status_code == status
        assert status != 413 or answer.json()["code"] == "too_large"
    else:
        assert 400 <= answer.status_code < 500


# --- Spreadsheets -----------------------------------------------------------------------------------------------------


def _calls(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call):
            yield ast.unparse(node.func)


def test_whatever_writes_a_table_for_a_spreadsheet_takes_formulas_out() -> None:
    """tests/geo/test_file_bounds.py and tests/outreach/pages/test_reads.py show what becomes of the cells."""
    sources = [path for app in ("geo", "members", "outreach", "salesapp") for path in (BASE / app).rglob("*.py")]
    calls = {path.relative_to(BASE).as_posix(): set(_calls(path)) for path in sources}
    assert len(calls) > 300
    writers = {name for name, called in calls.items()
               if called & {"csv.writer", "csv.DictWriter", "Workbook", "openpyxl.Workbook"}}  # fmt: skip
    assert writers == {"geo/intake.py", "outreach/pages/reads.py"}
    assert all("harmless_cell" in calls[name] for name in writers)


# --- Geometry ---------------------------------------------------------------------------------------------------------

HOSTILE = (
    "POINT(1 1)", "SRID=4326;POINT(1 1)", '{"type":"Point","coordinates":[1,1],"crs":{"type":"link"}}',
    '<OGRVRTDataSource/>', "GEOMETRYCOLLECTION(" * 50, "0101000000000000000000F03F000000000000F03F", "/vsicurl/http://a/",
)  # fmt: skip


@pytest.fixture
def no_parsing(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What reached a parser of GeoDjango as text, bytes or a dictionary."""
    from django.contrib.gis.gdal import GDALRaster, OGRGeometry, SpatialReference
    from django.contrib.gis.geos import GEOSGeometry

    reached: list[str] = []
    for parser in (GDALRaster, OGRGeometry, SpatialReference, GEOSGeometry):

        def heard(self: Any, given: Any = None, *rest: Any, _real: Any = parser.__init__, **more: Any) -> None:
            if str(given) in HOSTILE or isinstance(given, dict):
                reached.append(f"{type(self).__name__}({given!r})")
            _real(self, given, *rest, **more)

        monkeypatch.setattr(parser, "__init__", heard)
    return reached


def test_no_geometry_text_from_a_client_reaches_geodjango(
    no_parsing: list[str], town: Town, root: Employee, alice: Employee, figures: Member
) -> None:
    client = sign_in("root")
    asked = 0
    for model in admin.site._registry:
        address = reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist")
        spatial = [field.name for field in model._meta.get_fields() if isinstance(field, GeometryField)]
        for field in [*spatial, "community__point", "region__boundary", "store__point"]:
            for lookup in ("", "__intersects", "__contains", "__bboverlaps", "__dwithin"):
                for text in HOSTILE[:5]:
                    answer = client.get(address, {f"{field}{lookup}": text})
                    asked += 1
                    assert answer.status_code in {302, 400}, (address, field, lookup)
    town.willow.refresh_from_db()
    before = town.willow.point
    for text in HOSTILE:
        edit = reverse("admin:geo_community_change", args=[town.willow.pk])
        client.post(edit, {"name": "垂柳新村", "point": text, "point_lon": text, "point_lat": "36", "boundary": text})
        for address in (
            "/api/tiles/13/6828/3189.mvt",
            "/api/regions/",
            "/api/communities/",
            "/map/search/",
            "/map/list/",
        ):
            sign_in("alice").get(
                address, {"category": "fridge", "q": text, "bbox": text, "geometry": text, "after": text}
            )
        sign_in("alice").post(
            "/api/audience/", {"region": text, "communities": [text]}, content_type="application/json"
        )
        asked += 7
    town.willow.refresh_from_db()
    assert town.willow.point == before
    assert asked > 500
    assert no_parsing == []


def test_text_that_reached_a_parser_would_be_noticed(no_parsing: list[str]) -> None:
    from django.contrib.gis.geos import GEOSGeometry

    GEOSGeometry("POINT(1 1)")
    assert len(no_parsing) == 1


def test_api_and_pages_make_no_geometry_themselves() -> None:
    apps = [path for app in ("geo", "members", "outreach", "salesapp") for path in BASE.glob(f"{app}/**/*.py")]
    sources = [path for path in apps if path.parent.name in ("api", "pages") or path.name == "forms.py"]
    assert len(sources) > 40
    for path in sources:
        assert "contrib.gis" not in path.read_text(encoding="utf-8"), path
    for path in BASE.glob("geo/admin*.py"):
        called = set(_calls(path))
        assert not called & {"GEOSGeometry", "fromstr", "OGRGeometry", "GDALRaster", "GEOSGeometry.from_ewkt"}, path
