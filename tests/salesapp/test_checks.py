import base64
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.core.checks import CheckMessage
from django.db import connection, connections
from django.utils import timezone
from pytest_django.fixtures import Settings

from geo.models import ImportRun
from outreach.actions.grant_web_role import grant_web_role
from outreach.models import Channel, TemplateVersion
from outreach.web_role import GROWING, LEDGERS
from salesapp import checks
from tests.conftest import Town
from tests.outreach.templates import make_template, make_version


def ids(findings: list[CheckMessage]) -> list[str | None]:
    assert all(finding.hint for finding in findings)
    return [finding.id for finding in findings]


@pytest.fixture(autouse=True)
def _sound(settings: Settings, tmp_path: Path) -> None:
    """A production set-up in which nothing is wrong."""
    settings.SECRET_KEY_IS_SET, settings.SECRET_KEY = True, "s" * 64
    settings.DEMO = settings.DEBUG = False
    settings.DEMO_ENVIRONMENT = tmp_path / "none"
    settings.ALLOWED_HOSTS = ["sales.example.com"]
    settings.TWO_FACTOR_ROLES = ["manager", "privacy_officer", "administrator"]


CHANNELS = dict.fromkeys(("SMS", "EMAIL", "PUSH", "WECHAT"), "")
ALL: list[Callable[..., list[CheckMessage]]] = [
    checks.keys, checks.database_is_named, checks.redis_serves, checks.hosts, checks.demo_stays_local, checks.product,
    checks.the_base_map_is_usable, checks.messages, checks.numbers_and_names, checks.employees, checks.channels,
    checks.static_files_are_collected, checks.members_are_told_who_is_responsible,
    checks.who_may_more_takes_a_second_step,
]  # fmt: skip


@pytest.mark.parametrize("check", ALL, ids=lambda check: check.__name__)
def test_a_sound_set_up_has_no_findings(check: Callable[..., list[CheckMessage]]) -> None:
    assert check() == []


def _base64(length: int) -> str:
    return base64.b64encode(bytes(length)).decode()


@pytest.mark.parametrize(
    ("check", "change", "expected"),
    [
        (checks.keys, {"SECRET_KEY_IS_SET": False}, "E001"),
        (checks.keys, {"SECRET_KEY": "short"}, "E001"),
        (checks.keys, {"JWT_KEY": ""}, "E002"),
        (checks.keys, {"JWT_KEY": "short"}, "E002"),
        (checks.keys, {"JWT_KEY": "s" * 64}, "E002"),
        (checks.keys, {"INDEX_KEY": ""}, "E003"),
        (checks.keys, {"INDEX_KEY": "not base64"}, "E003"),
        (checks.keys, {"INDEX_KEY": _base64(16)}, "E003"),
        (checks.keys, {"PUBLIC_ID_KEY": _base64(32)}, "E003"),
        (checks.keys, {"LINK_KEYS": ""}, "E003"),
        (checks.keys, {"LINK_KEYS": f"{_base64(16)},{_base64(32)}"}, "E003"),
        (checks.keys, {"DRAFT_KEYS": ""}, "E003"),
        (checks.keys, {"DRAFT_KEYS": f"{_base64(16)}"}, "E003"),
        (checks.keys, {"DATA_KEYS": _base64(32)}, "E003"),
        (checks.employees, {"HR_FEED": "/hr/staff.csv", "HR_COLUMNS": {"x": "colour"}}, "E022"),
        (checks.employees, {"HR_FEED": "ldaps://hr.example.com", "HR_COLUMNS": {"x": "name"}}, "E022"),
        (checks.keys, {"DATA_KEYS": f"a:{_base64(32)},b:x"}, "E003"),
        (checks.database_is_named, {"DATABASE_URL": ""}, "E004"),
        (checks.database_is_named, {"DATABASE_URL": "mysql://x/y"}, "E004"),
        (checks.redis_serves, {"REDIS_URL": ""}, "E005"),
        (checks.redis_serves, {"REDIS_URL": "nonsense"}, "E005"),
        (checks.redis_serves, {"REDIS_URL": "unix:///nowhere.sock"}, "E005"),
        (checks.hosts, {"ALLOWED_HOSTS": []}, "E006"),
        (checks.hosts, {"ALLOWED_HOSTS": ["*"]}, "E006"),
        (checks.demo_stays_local, {"DEMO": True}, "E007"),
        (checks.demo_stays_local, {"DEBUG": True}, "E007"),
        (checks.product, {"MAP_CRS": "utm"}, "E008"),
        (checks.the_base_map_is_usable, {"BASE_MAP_URL": "https://x.example.com/{z}/{x}/{y}.png"}, "E023"),
        (checks.the_base_map_is_usable, {"BASE_MAP_URL": "x/{z}/{x}/{y}", "BASE_MAP_ATTRIBUTION": "©"}, "E023"),
        (checks.product, {"LOOKUP_LIMITS": []}, "E009"),
        (checks.product, {"LOOKUP_LIMITS": ["20/10s", "0/d"]}, "E009"),
        (checks.product, {"SIGN_IN_LIMITS": ["many"]}, "E009"),
        (checks.product, {"MESSAGE_LIMITS": ["0/m"]}, "E009"),
        (checks.messages, {"BRAND": ""}, "E020"),
        (checks.messages, {"PUBLIC_ADDRESS": ""}, "E021"),
        (checks.messages, {"PUBLIC_ADDRESS": "http://m.example.com", "DEMO": False}, "E021"),
        (checks.messages, {"PUBLIC_ADDRESS": "https://m.example.com/"}, "E021"),
        (checks.messages, {"PUBLIC_ADDRESS": "https://messages.example.com"}, "E021"),
        (checks.members_are_told_who_is_responsible, {"RESPONSIBLE_NAME": ""}, "E027"),
        (checks.members_are_told_who_is_responsible, {"RESPONSIBLE_CONTACT": " "}, "E027"),
        (checks.members_are_told_who_is_responsible, {"PRIVACY_NOTICE": ""}, "E027"),
        (checks.members_are_told_who_is_responsible, {"PRIVACY_NOTICE": "http://example.com/"}, "E027"),
        (checks.members_are_told_who_is_responsible, {"PRIVACY_NOTICE": "javascript:alert(1)"}, "E027"),
        (checks.numbers_and_names, {"TRUSTED_PROXY_HOPS": -1}, "E010"),
        (checks.numbers_and_names, {"SENDING_GENERATION": -1}, "E010"),
        (checks.numbers_and_names, {"LOG_LEVEL": "LOUD"}, "E011"),
        (checks.who_may_more_takes_a_second_step, {"TWO_FACTOR_ROLES": []}, "W006"),
        (checks.who_may_more_takes_a_second_step, {"TWO_FACTOR_ROLES": ["manager", "administrator"]}, "W006"),
        (checks.channels, {"CHANNEL_URLS": CHANNELS | {"SMS": "console:"}}, "E015"),
        (checks.channels, {"CHANNEL_URLS": CHANNELS | {"SMS": "smpp://canary@host/?source=1"}}, "E015"),
        (checks.channels, {"CHANNEL_URLS": CHANNELS | {"EMAIL": "canary"}}, "E015"),
        (checks.channels, {"WEBHOOK_SECRETS": {"smtp": "canary"}}, "E016"),
        (checks.channels, {"WEBHOOK_SECRETS": {"canary": "x" * 32}}, "E016"),
        (checks.channels, {"WEBHOOK_SECRETS": {"wechat": f"wx1.token.{'!' * 43}"}}, "E016"),
        (checks.channels, {"WEBHOOK_SECRETS": {"wechat": "x" * 43}}, "E016"),
    ],
)
def test_each_fault_is_found(
    settings: Settings, check: Callable[..., list[CheckMessage]], change: dict[str, Any], expected: str
) -> None:
    for name, value in change.items():
        setattr(settings, name, value)
    assert ids(check()) == [f"salesapp.{expected}"]


def test_no_finding_shows_a_channels_secret(settings: Settings) -> None:
    settings.CHANNEL_URLS = {name: f"smpp://user:canary@host/?{name}=canary" for name in CHANNELS}
    settings.WEBHOOK_SECRETS = {"smtp": "canary"}
    findings = checks.channels()
    assert len(findings) == 5
    assert "canary" not in "".join(map(str, findings))


def test_the_demo_prints(settings: Settings) -> None:
    settings.DEMO, settings.CHANNEL_URLS = True, CHANNELS | {"SMS": "console:"}
    assert checks.channels() == []


def test_no_finding_shows_a_key(settings: Settings) -> None:
    names = ("SECRET_KEY", "JWT_KEY", "INDEX_KEY", "PUBLIC_ID_KEY", "LINK_KEYS", "DRAFT_KEYS", "DATA_KEYS")
    for name in names:
        setattr(settings, name, f"canary-{name}")
    findings = checks.keys()
    assert len(findings) == len(names)
    assert "canary" not in "".join(map(str, findings))


def test_the_demo_may_run_on_the_machine_itself_with_its_own_keys(settings: Settings, tmp_path: Path) -> None:
    settings.DEMO, settings.ALLOWED_HOSTS = True, ["127.0.0.1", "localhost"]
    settings.DEMO_ENVIRONMENT = tmp_path / "env"
    settings.DEMO_ENVIRONMENT.write_text(f"SECRET_KEY={settings.SECRET_KEY}\nDEMO=1\n")
    assert checks.demo_stays_local() == []
    settings.DEMO = False
    assert ids(checks.demo_stays_local()) == ["salesapp.E007"]


def test_uncollected_static_files_are_a_warning(settings: Settings, tmp_path: Path) -> None:
    settings.STORAGES = {"staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"}}
    settings.STATIC_ROOT = str(tmp_path)
    assert ids(checks.static_files_are_collected()) == ["salesapp.W001"]
    (tmp_path / "staticfiles.json").write_text("{}")
    assert checks.static_files_are_collected() == []


def test_the_database_of_the_tests_serves(db: None) -> None:
    assert checks.database_serves(databases=["default"]) == []


def test_the_database_is_left_alone_where_no_command_asks_for_it() -> None:
    assert checks.database_serves(databases=None) == []


class _Answers:
    """A connection whose server says what a test wants it to say."""

    def __init__(self, *rows: tuple[Any, ...] | None) -> None:
        self.rows = iter(rows)

    def cursor(self) -> "_Answers":
        return self

    def __enter__(self) -> "_Answers":
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def execute(self, _: str) -> None:
        pass

    def fetchone(self) -> tuple[Any, ...] | None:
        return next(self.rows)


@pytest.mark.parametrize(
    ("answers", "words"),
    [
        (_Answers((14,), ("3.3.2",)), "PostgreSQL 14 is too old"),
        (_Answers((15,), None), "no PostGIS"),
        (_Answers((15,), ("3.0.1",)), "PostGIS 3.0.1 is too old"),
    ],
    ids=["old server", "no PostGIS", "old PostGIS"],
)
def test_an_unfit_server_is_found(monkeypatch: pytest.MonkeyPatch, answers: _Answers, words: str) -> None:
    monkeypatch.setattr(checks, "connections", {"default": answers})
    findings = checks.database_serves(databases=["default"])
    assert ids(findings) == ["salesapp.E004"]
    assert words in findings[0].msg


def test_an_unreachable_server_is_found(db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    away = connections["default"].copy()
    away.settings_dict = away.settings_dict | {"HOST": "/nowhere"}
    monkeypatch.setattr(checks, "connections", {"default": away})
    findings = checks.database_serves(databases=["default"])
    assert ids(findings) == ["salesapp.E004"]
    assert "does not answer" in findings[0].msg


def test_a_web_that_connects_as_the_owner_of_the_ledgers_is_found(db: None, settings: Settings) -> None:
    assert checks.the_web_cannot_write_the_ledgers(databases=["default"]) == []
    settings.WEB = True
    assert ids(checks.the_web_cannot_write_the_ledgers(databases=["default"])) == ["salesapp.E014"]


def test_a_web_with_a_role_of_its_own_may_serve(db: None, settings: Settings) -> None:
    role = f"web-{uuid.uuid4()}"
    grant_web_role(role=role)
    settings.WEB = True
    with connection.cursor() as cursor:
        cursor.execute(f'set local role "{role}"')
        assert checks.the_web_cannot_write_the_ledgers(databases=["default"]) == []
        cursor.execute("reset role")


def test_a_web_that_does_not_know_of_hrs_list_is_told(db: None, settings: Settings) -> None:
    settings.WEB, settings.HR_FEED = True, ""
    assert checks.the_web_knows_of_hrs_list(databases=["default"]) == []
    ImportRun.objects.create(
        kind=ImportRun.Kind.EMPLOYEES, file_name="x", started_at=timezone.now(), rows=0, created=0, merged=0,
        unchanged=0, refused=0,
    )  # fmt: skip
    assert ids(checks.the_web_knows_of_hrs_list(databases=["default"])) == ["salesapp.W004"]
    assert checks.the_web_knows_of_hrs_list() == []
    settings.HR_FEED = "/hr/staff.csv"
    assert checks.the_web_knows_of_hrs_list(databases=["default"]) == []
    settings.WEB, settings.HR_FEED = False, ""
    assert checks.the_web_knows_of_hrs_list(databases=["default"]) == []


@pytest.mark.parametrize("table", [*LEDGERS, *GROWING, "outreach_message_p7", "outreach_contactguard_p0"])
@pytest.mark.parametrize("right", ["update", "delete", "truncate"])
def test_a_web_with_a_right_on_any_ledger_is_found(db: None, settings: Settings, table: str, right: str) -> None:
    assert said_with(settings, f"{right} on {table}") == f"The web's database role can write the ledgers: {table}."


@pytest.mark.parametrize(
    "right",
    [
        "insert on members_consent", "insert (id) on members_consent", "update (state) on outreach_message",
        "update (sending_on) on outreach_contactpolicy", "update (member_id) on members_contactpoint",
        "insert (at) on staff_accessentry",
    ],
)  # fmt: skip
def test_a_right_on_a_column_is_one(db: None, settings: Settings, right: str) -> None:
    assert said_with(settings, right).startswith("The web's database role can write the ledgers")


def said_with(settings: Settings, right: str) -> str:
    """What is found where the web's role has this right besides its own."""
    role = f"web-{uuid.uuid4()}"
    grant_web_role(role=role)
    settings.WEB = True
    with connection.cursor() as cursor:
        cursor.execute(f'grant {right} to "{role}"')
        cursor.execute(f'set local role "{role}"')
        (found,) = checks.the_web_cannot_write_the_ledgers(databases=["default"])
        cursor.execute("reset role")
    return str(found.msg)


def test_places_of_another_system_stop_the_start(town: Town, settings: Settings) -> None:
    settings.MAP_CRS = "wgs84"
    assert checks.places_are_drawn_in_the_maps_system(databases=["default"]) == []
    settings.MAP_CRS = "gcj02"
    assert checks.places_are_drawn_in_the_maps_system() == []
    assert ids(checks.places_are_drawn_in_the_maps_system(databases=["default"])) == ["salesapp.E024"]


def test_templates_without_the_id_of_a_provider_that_holds_the_texts_are_told(db: None, settings: Settings) -> None:
    make_version(make_template("held", Channel.SMS))
    check = checks.templates_have_the_ids_of_their_providers
    settings.CHANNEL_URLS = CHANNELS
    assert check(databases=["default"]) == []
    settings.CHANNEL_URLS = CHANNELS | {"SMS": "aliyun://key:secret@h/?sign=x"}
    assert check() == []
    (found,) = check(databases=["default"])
    assert found.id == "salesapp.W005"
    assert "held" in found.msg
    make_version(TemplateVersion.objects.get().template, provider_code="SMS_154950909")
    assert check(databases=["default"]) == []
