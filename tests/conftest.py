"""The cast, the same in tests, docs and demo.

alice: salesperson, North. bob: same store. charlie: South, must see nothing of hers. dana: privacy officer.
erin: left the company. mei: manager, North. nan: manager, South. root: administrator.
"""

import base64
import os
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from typing import cast

import pytest
from django.apps import apps
from django.conf import settings
from django.contrib.gis.geos import MultiPolygon, Point, Polygon
from django.core.cache import caches
from django.db import connection
from django.db.models.signals import post_migrate
from django.utils import timezone, translation
from pytest_django import DjangoDbBlocker

from geo.matching.names import name_key
from geo.models import Community, CommunityName, Region
from members.queries.catalogue import forget_catalogue
from salesapp.staff.models import Employee, Store
from salesapp.staff.permissions import Role

PASSWORD = "correct-horse-7"


def pytest_configure(config: pytest.Config) -> None:
    """Settings of the tests: fixed keys that open nothing outside, quick hashes, a Redis database per worker."""
    settings.INDEX_KEY = base64.b64encode(b"i" * 32).decode()
    settings.PUBLIC_ID_KEY = base64.b64encode(b"p" * 16).decode()
    settings.LINK_KEYS = base64.b64encode(b"l" * 16).decode()
    settings.DRAFT_KEYS = base64.b64encode(b"s" * 32).decode()
    settings.DATA_KEYS = f"test:{base64.b64encode(b'd' * 32).decode()}"
    settings.AUDIT_KEYS = f"test:{base64.b64encode(b'a' * 32).decode()}"
    settings.BRAND, settings.PUBLIC_ADDRESS, settings.LANDING_HOSTS = (
        "海澄",
        "https://m.example.com",
        ["shop.example.com"],
    )
    settings.RESPONSIBLE_NAME, settings.RESPONSIBLE_CONTACT = "海澄电器有限公司", "privacy@example.com"
    settings.PRIVACY_NOTICE = "https://shop.example.com/privacy"
    settings.JWT_KEY = "j" * 48
    settings.TWO_FACTOR_KEY = base64.b64encode(b"t" * 32).decode()
    settings.WEBHOOK_SECRETS = {
        "smtp": "s" * 32, "jpush": "p" * 32, "aliyun": "a" * 32,
        "wechat": f"wx0123456789abcdef.{'t' * 16}.{'E' * 43}",
    }  # fmt: skip
    settings.CHANNEL_URLS = dict.fromkeys(settings.CHANNEL_URLS, "")
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    settings.SECURE_SSL_REDIRECT = False
    # Static files from where they lie: the tests need no collectstatic
    settings.WHITENOISE_AUTOREFRESH = settings.WHITENOISE_USE_FINDERS = True
    settings.STORAGES["staticfiles"]["BACKEND"] = "django.contrib.staticfiles.storage.StaticFilesStorage"
    # Database 0 is the demo's; workers must not clear each other's counters
    number = 1 + int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
    for cache in settings.CACHES.values():
        cache["LOCATION"] = f"{settings.REDIS_URL}?db={number}"


def _one_policy(**_: object) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "insert into outreach_contactpolicy values (1, 744, 1000, true, 1, outreach_fingerprint(), null)"
            " on conflict do nothing"
        )


def open_ledger() -> None:
    """Let the tables that only grow be emptied, which outside of tests nobody may."""
    with connection.cursor() as cursor:
        cursor.execute("select tgrelid::regclass, tgname from pg_trigger where tgname ~ '_no_truncate$'")
        for table, trigger in cursor.fetchall():
            cursor.execute(f"alter table {table} disable trigger {trigger}")


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> None:
    """What the databases of the tests have of their own.

    Between tests of real transactions Django empties all tables: also the ledger that must never be emptied, and
    the one row of the policy, which comes back. And it is day in them, unless a test says `night`;
    tests/outreach/guard has the true edges.
    """
    with django_db_blocker.unblock(), connection.cursor() as cursor:
        open_ledger()
        cursor.execute(
            "create or replace function outreach_is_quiet(t timestamptz) returns boolean language sql stable"
            " as $$ select coalesce(current_setting('test.night', true), '') = 'on' $$"
        )
    post_migrate.connect(_one_policy, sender=apps.get_app_config("outreach"), dispatch_uid="one policy")


@pytest.fixture
def night(db: None) -> None:
    """For the rest of the test's transaction it is night."""
    with connection.cursor() as cursor:
        cursor.execute("set local test.night = 'on'")


@pytest.fixture(autouse=True)
def _language_of_the_test() -> None:
    """A request leaves its language behind in the thread."""
    translation.deactivate()


@pytest.fixture(autouse=True)
def _reports_of_the_test(settings: object, tmp_path: object) -> None:
    settings.REPORT_DIR = tmp_path / "reports"  # type: ignore[attr-defined, operator]


@pytest.fixture(autouse=True)
def _counters_of_the_test() -> None:
    """Every test counts its limits afresh, in every thread, and reads the catalogue anew."""
    forget_catalogue()
    settings.CACHES["limits"]["KEY_PREFIX"] = f"test:{uuid.uuid4()}"
    if hasattr(caches._connections, "limits"):  # type: ignore[attr-defined]
        del caches["limits"]


@dataclass
class Town:
    """A country with one city of two districts, North and South, a community and a store in each."""

    country: Region
    city: Region
    north: Region
    south: Region
    willow: Community  # in North
    poplar: Community  # in South
    north_store: Store
    south_store: Store


def _square(x: float, y: float, size: float) -> MultiPolygon:
    return MultiPolygon(Polygon.from_bbox((x, y, x + size, y + size)), srid=4326)


def _region(level: str, code: str, name: str, parent: Region | None, box: tuple[float, float, float]) -> Region:
    boundary = _square(*box)
    drawn = cast(MultiPolygon, boundary.transform(3857, clone=True))
    return Region.objects.create(
        level=level, code=code, name=name, parent=parent, boundary=boundary, boundary_display=drawn,
        centre_display=drawn.centroid, boundary_crs="wgs84",
    )  # fmt: skip


def _community(name: str, district: Region, city: Region, x: float, y: float) -> Community:
    point = Point(x, y, srid=4326)
    community = Community.objects.create(
        name=name, region=district, district=district, city=city, region_path=district.path, households=1000,
        build_year=2004, price_tier=3, point=point, point_display=cast(Point, point.transform(3857, clone=True)),
    )  # fmt: skip
    CommunityName.objects.create(community=community, city=city, name=name, key=name_key(name))
    return community


def build_town() -> Town:
    country = _region("country", "CN", "中国", None, (70, 10, 60))
    city = _region("city", "990100", "海澄市", country, (120, 36, 0.4))
    north = _region("district", "990101", "北岸区", city, (120, 36.2, 0.2))
    south = _region("district", "990102", "南岸区", city, (120, 36, 0.2))
    return Town(
        country, city, north, south,
        _community("垂柳新村", north, city, 120.1, 36.3), _community("白杨苑", south, city, 120.1, 36.1),
        Store.objects.create(code="N1", name="北岸一店", region=north),
        Store.objects.create(code="S1", name="南岸一店", region=south),
    )  # fmt: skip


@pytest.fixture
def town(db: None) -> Town:
    return build_town()


@pytest.fixture
def hire(db: None) -> Callable[..., Employee]:
    def _hire(employee_no: str, **fields: object) -> Employee:
        return Employee.objects.create_user(employee_no, PASSWORD, name=employee_no, **fields)

    return _hire


@pytest.fixture
def alice(town: Town, hire: Callable[..., Employee]) -> Employee:
    return hire("alice", role=Role.SALESPERSON, region=town.north, store=town.north_store)


@pytest.fixture
def bob(town: Town, hire: Callable[..., Employee]) -> Employee:
    return hire("bob", role=Role.SALESPERSON, region=town.north, store=town.north_store)


@pytest.fixture
def charlie(town: Town, hire: Callable[..., Employee]) -> Employee:
    return hire("charlie", role=Role.SALESPERSON, region=town.south, store=town.south_store)


@pytest.fixture
def dana(hire: Callable[..., Employee]) -> Employee:
    return hire("dana", role=Role.PRIVACY_OFFICER)


@pytest.fixture
def erin(town: Town, hire: Callable[..., Employee]) -> Employee:
    return hire("erin", role=Role.SALESPERSON, region=town.north, store=town.north_store, disabled_at=timezone.now())


@pytest.fixture
def mei(town: Town, hire: Callable[..., Employee]) -> Employee:
    return hire("mei", role=Role.MANAGER, region=town.north)


@pytest.fixture
def nan(town: Town, hire: Callable[..., Employee]) -> Employee:
    return hire("nan", role=Role.MANAGER, region=town.south)


@pytest.fixture
def root(hire: Callable[..., Employee]) -> Employee:
    return hire("root", role=Role.ADMINISTRATOR)
