"""A small world for attacks at the doors: the cast, 30 members with everything that staff must never read of them.

People come in by the product's own imports, figures by its own builds. All is invented.
"""

import csv
import io
import os
import tempfile
import uuid
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

from tests.chaos.scratch import GENERATION, REAL, Database, checkouts_database, scratch

PASSWORD = "correct-horse-7"
RULES = ("misses", "near", "strangers", "habit", "peers", "day", "week", "night")  # of harvesting
CAST = ("alice", "charlie", "mei", "dana", "root")
SURNAMES = "孙李周吴郑冯陈褚卫蒋沈韩杨朱秦尤许何吕施张孔曹严华金魏陶姜戚"


@dataclass(frozen=True, slots=True)
class Person:
    """One who is on file, as their source system knows them."""

    key: str
    phone: str
    name: str
    house: str
    email: str

    @property
    def address(self) -> str:
        return f"海澄市北岸区柳荫路8号垂柳新村{self.house}"


def people(count: int = 30) -> list[Person]:
    """Numbers far apart, given names and doors that stand nowhere else."""
    given = ["砚舟", "聆溪", "昀亭", "霁和", "栩宁", "翊澜", "疏桐", "衍之", "岫云", "澍雨"]
    return [
        Person(
            key=f"C{n:03}",
            phone=number(n),
            name=f"{SURNAMES[n % len(SURNAMES)]}{given[n % 10]}",
            house=f"{31 + n}号楼{2 + n % 3}单元{1703 + n * 11}室",
            # Some are named after the number, as the carriers' own are
            email=f"{number(n)}@example.com" if n % 3 == 2 else f"reader{n:02}.of.letters@example.com",
        )
        for n in range(count)
    ]


def number(n: int) -> str:
    """The n-th of those that are planted."""
    return f"164{(17 + n * 3_331_777) % 100_000_000:08}"


@dataclass
class Scene:
    """Ids that a path may name, and who is on file."""

    people: Sequence[Person]
    known: Mapping[str, Any]
    files: Mapping[str, Path] = field(default_factory=dict)


def usual_settings() -> None:
    """What a proof needs in any environment: no TLS in front, quick hashes, counters of its own."""
    from django.conf import settings

    settings.SECURE_SSL_REDIRECT = False
    settings.SESSION_COOKIE_SECURE = settings.CSRF_COOKIE_SECURE = False
    settings.SENDING_GENERATION = GENERATION
    settings.TWO_FACTOR_ROLES = []  # its own tests; here everybody signs in with a password
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    settings.HARVEST_THRESHOLDS = dict.fromkeys(RULES, "0")
    settings.BRAND, settings.PUBLIC_ADDRESS, settings.LANDING_HOSTS = (
        "海澄", "https://m.example.com", ["shop.example.com"],
    )  # fmt: skip
    settings.RESPONSIBLE_NAME, settings.RESPONSIBLE_CONTACT = "海澄电器有限公司", "privacy@example.com"
    settings.PRIVACY_NOTICE = "https://shop.example.com/privacy"
    settings.WEBHOOK_SECRETS = {"smtp": "s" * 32, "jpush": "p" * 32, "aliyun": "a" * 32}
    settings.STORAGES["staticfiles"]["BACKEND"] = "django.contrib.staticfiles.storage.StaticFilesStorage"


LIMITS = (
    "LOOKUP_LIMITS", "AUDIENCE_LIMITS", "PLAN_LIMITS", "MESSAGE_LIMITS", "SIGN_IN_LIMITS", "SIGN_IN_ADDRESS_LIMITS",
    "UNSUBSCRIBE_LIMITS", "CODE_LIMITS", "CODE_ADDRESS_LIMITS", "CODE_STORE_LIMITS", "CODE_CHECK_LIMITS",
)  # fmt: skip


def no_limits() -> None:
    """Out of reach: a 429 says nothing about what lies behind it. They are counted all the same."""
    from django.conf import settings

    for name in LIMITS:
        setattr(settings, name, ["1000000000/d"])


def own_counters(name: str = "") -> str:
    """Counters and tiles apart from those of everybody else who uses this Redis."""
    from django.conf import settings

    name = name or f"attack:{uuid.uuid4()}"
    for alias, cache in settings.CACHES.items():
        cache["KEY_PREFIX"] = f"{name}:{alias}"
    return name


def forget_counters(name: str) -> None:
    import redis
    from django.conf import settings

    client = redis.Redis.from_url(settings.CACHES["limits"]["LOCATION"])
    for key in list(client.scan_iter(f"{name}:*", count=1000)):
        client.delete(key)
    client.close()


@contextmanager
def scratch_database(label: str) -> Iterator[Database]:
    """An empty migrated database, named by DATABASE_URL and, for the web's own role, by WEB_DATABASE_URL."""
    checkouts_database()
    os.environ["DJANGO_SETTINGS_MODULE"] = "salesapp.settings"
    with scratch(label, REAL) as database:
        os.environ["DATABASE_URL"] = database.url
        if web := os.environ.get("WEB_DATABASE_URL"):
            os.environ["WEB_DATABASE_URL"] = Database(web).beside(database.name).url
        yield database


def write_csv(path: Path, header: str, rows: Sequence[Sequence[str]]) -> Path:
    with path.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(header.split(","))
        writer.writerows(rows)
    return path


def build_scene(*, folder: Path | None = None, broadcasts: int = 20) -> Scene:
    """Fill an empty database. Needs the data keys, so this is a worker's process, never the web's."""
    from django.core.management import call_command

    from tests.conftest import build_town
    from tests.outreach.codes import open_for_members

    town = build_town()
    call_command("redraw_map", stdout=io.StringIO())
    staff = hire(town)
    open_for_members()
    with tempfile.TemporaryDirectory() as temporary:
        crowd = people()
        _import(Path(folder or temporary), crowd)
    _figures()
    _messages(staff)
    from members.models import ContactPoint, Member
    from members.public_id import public_id
    from outreach.actions.draft_message import draft_message
    from outreach.models import Broadcast, Channel
    from outreach.queries.broadcasts import versions_for_broadcasts
    from tests.builders import make_broadcast, make_category

    fridge = make_category()
    version = versions_for_broadcasts(channel=Channel.SMS, category_id=fridge.pk)[0]
    state = Broadcast.State
    # For each move some that can make it
    plans = {
        "approve": state.AWAITING_APPROVAL,
        "cancel": state.RUNNING,
        "pause": state.RUNNING,
        "resume": state.PAUSED,
    }
    planned = {
        move: [make_broadcast(staff["mei"], fridge, version=version, state=of).pk for _ in range(broadcasts)]
        for move, of in plans.items()
    }
    looked_up = [public_id(pk) for pk in Member.objects.order_by("pk").values_list("pk", flat=True)[:20]]
    draft = draft_message(by=staff["alice"], member=looked_up[0])
    assert ContactPoint.objects.count() >= 2 * len(crowd)
    return Scene(
        people=crowd,
        known={
            "willow": town.willow.pk, "poplar": town.poplar.pk, "north": town.north.pk, "south": town.south.pk,
            "broadcasts": planned, "broadcast": planned["approve"][0], "join_code": town.north_store.join_code,
            "members": looked_up, "version": draft.version.pk, "text": draft.text,
            "broadcast_version": version.pk,
        },
    )  # fmt: skip


def hire(town: Any) -> dict[str, Any]:
    from salesapp.staff.models import Employee
    from salesapp.staff.permissions import Role

    places: dict[str, dict[str, Any]] = {
        "alice": {"role": Role.SALESPERSON, "region": town.north, "store": town.north_store},
        "charlie": {"role": Role.SALESPERSON, "region": town.south, "store": town.south_store},
        "mei": {"role": Role.MANAGER, "region": town.north},
        "dana": {"role": Role.PRIVACY_OFFICER},
        "root": {"role": Role.ADMINISTRATOR},
    }
    return {
        name: Employee.objects.create_user(name, PASSWORD, name=name.title(), **place) for name, place in places.items()
    }


def _import(folder: Path, crowd: Sequence[Person]) -> None:
    from members.actions.import_consents import import_consents
    from members.actions.import_members import import_members
    from members.actions.import_products import import_products
    from members.actions.import_purchases import import_purchases
    from members.actions.import_service_events import import_service_events

    folder.mkdir(exist_ok=True)
    import_products(
        path=write_csv(
            folder / "products.csv", "model,category,category_name,category_name_en,lifetime_years,brand,name,price",
            [[f"HC-{n}", "fridge", "冰箱", "Fridge", "10", "海澄", f"{n} 升冰箱", "2999"] for n in (218, 318, 418)],
        )
    )  # fmt: skip
    members = import_members(
        path=write_csv(
            folder / "members.csv", "key,phone,name,gender,address,city,district,community,house,member_since,email",
            [
                [who.key, who.phone, who.name, "男", who.address, "海澄市", "北岸区", "垂柳新村", who.house,
                 "2012-03-04", who.email]
                for who in crowd
            ],
        ),
        system="crm",
    )  # fmt: skip
    assert members.run.created == len(crowd), members.run.reasons
    assert members.addresses == {"located": len(crowd)}, members.addresses
    purchases = import_purchases(
        path=write_csv(
            folder / "purchases.csv", "key,phone,model,store,channel,bought_on",
            [[f"P{n}", who.phone, f"HC-{(218, 318, 418)[n % 3]}", "N1", "store", f"20{10 + n % 9}-05-01"]
             for n, who in enumerate(crowd)],
        ),
        system="pos",
    )  # fmt: skip
    assert purchases.created == len(crowd), purchases.reasons
    import_service_events(
        path=write_csv(
            folder / "events.csv", "key,phone,kind,category,happened_on",
            [[f"E{n}", who.phone, "repair", "fridge", "2026-03-08"] for n, who in enumerate(crowd)],
        ),
        system="aftersales",
    )  # fmt: skip
    import_consents(
        path=write_csv(
            folder / "consents.csv", "phone,channel,given,said_at",
            [[who.phone, channel, "yes", "2026-03-08"] for who in crowd for channel in ("sms", "email")],
        ),
        system="crm",
    )  # fmt: skip


def _figures() -> None:
    from django.utils import timezone

    from members.actions.build_figures import build_figures
    from members.actions.load_default_rules import load_default_rules
    from members.queries.catalogue import forget_catalogue
    from outreach.actions.publish_audience import publish_audience
    from outreach.actions.publish_team_weeks import publish_team_weeks

    forget_catalogue()
    load_default_rules()
    build_figures(today=timezone.localdate())
    publish_audience()
    publish_team_weeks()


def _messages(staff: Mapping[str, Any]) -> None:
    """What alice wrote, and the look-ups before it."""
    from django.utils import timezone

    from members.models import Category, ContactPoint, Member
    from outreach.actions.approve_version import approve_version
    from outreach.actions.load_default_templates import load_default_templates
    from outreach.models import TemplateVersion
    from outreach.queries.rendering import wording_of
    from salesapp.staff.actions.seal_access_log import seal_access_log
    from salesapp.staff.models import AccessEntry
    from tests.outreach.outcomes import put_messages

    load_default_templates(by=staff["root"])
    # Where the provider holds the texts, they wait for its ids
    for waiting in TemplateVersion.objects.filter(template__channel=1, approved_at=None):
        waiting.provider_code = f"SMS_{waiting.pk}"
        waiting.save()
        approve_version(by=staff["root"], version_id=waiting.pk, seen=wording_of(waiting).fingerprint)
    fridge = Category.objects.get(code="fridge")
    members = list(Member.objects.order_by("pk").values_list("pk", flat=True))
    addresses = dict(ContactPoint.objects.filter(channel=1).values_list("member_id", "bidx"))
    AccessEntry.objects.bulk_create(
        AccessEntry(
            employee=staff["alice"], store=staff["alice"].store, reason="counter", member_id=member,
            address_hash=bytes(addresses[member]), at=timezone.now() - timedelta(minutes=5),
        )
        for member in members[:20]
    )  # fmt: skip
    seal_access_log()
    version = TemplateVersion.objects.filter(template__channel=1, template__service=False)[0]
    put_messages(staff["alice"], members[20:26], version, about=fridge)
