"""Is the set-up right? Every finding has an id and says the mend; none is a traceback.

Plain ``manage.py check`` looks at settings and Redis; ``check --database default``, ``migrate`` and the web
server's start look into PostgreSQL too. Key values never appear in a finding.
"""

import base64
import binascii
import re
from collections.abc import Iterator, Sequence
from logging import getLevelNamesMapping
from pathlib import Path
from typing import Any

import redis
from django.conf import settings
from django.contrib.staticfiles import finders
from django.core.checks import CheckMessage, Error, Tags, Warning, register
from django.core.exceptions import ImproperlyConfigured
from django.db import DatabaseError, connections
from redis.backoff import NoBackoff
from redis.retry import Retry

from geo.crs import Crs
from geo.models import ImportRun
from geo.queries.drawn_in import drawn_in
from members.models import IndexKey
from members.vault import hashes_of_all_generations
from outreach.api.receipts import READERS
from outreach.api.wechat_callback import is_secret
from outreach.base_map import base_map
from outreach.channels import holds_texts, open_channel
from outreach.errors import BadBaseMap, BadChannelUrl
from outreach.models import Channel, TemplateVersion
from outreach.queries.open_ledgers import open_ledgers
from salesapp.staff.errors import EmployeesNotImported
from salesapp.staff.harvest import thresholds
from salesapp.staff.hr_feed import Feed
from salesapp.staff.permissions import Role

MAKE_KEYS = "`manage.py make_keys` prints a fresh set of keys; keep them where the environment is kept."
LOCAL_HOSTS = {"127.0.0.1", "localhost", "[::1]", "testserver"}
OLDEST_POSTGRES = 15
OLDEST_POSTGIS = (3, 1)  # ST_TileEnvelope with a margin
RATE = re.compile(r"[1-9]\d*/([1-9]\d*)?[smhd]")


@register(Tags.security)
def keys(**_: Any) -> list[CheckMessage]:
    return [*_signing_keys(), *_data_keys(), *_audit_keys()]


def _signing_keys() -> Iterator[CheckMessage]:
    if not settings.SECRET_KEY_IS_SET:
        yield Error("SECRET_KEY is missing.", hint=MAKE_KEYS, id="salesapp.E001")
    elif len(settings.SECRET_KEY) < 50:
        yield Error("SECRET_KEY is shorter than 50 characters.", hint=MAKE_KEYS, id="salesapp.E001")
    if not settings.JWT_KEY:
        yield Error("JWT_KEY is missing.", hint=MAKE_KEYS, id="salesapp.E002")
    elif len(settings.JWT_KEY.encode()) < 32:
        yield Error(
            "JWT_KEY is shorter than 32 bytes, the length of what it signs.", hint=MAKE_KEYS, id="salesapp.E002"
        )
    elif settings.JWT_KEY == settings.SECRET_KEY:
        yield Error("JWT_KEY is the same as SECRET_KEY.", hint=MAKE_KEYS, id="salesapp.E002")


def _data_keys() -> Iterator[CheckMessage]:
    if not settings.INDEX_KEY:
        yield Error("INDEX_KEY is missing.", hint=MAKE_KEYS, id="salesapp.E003")
    elif not all(_is_key(key, 32) for key in settings.INDEX_KEY.split(",")):
        yield Error("INDEX_KEY is not a key of 32 bytes in base64, or a list.", hint=MAKE_KEYS, id="salesapp.E003")
    if not settings.PUBLIC_ID_KEY:
        yield Error("PUBLIC_ID_KEY is missing.", hint=MAKE_KEYS, id="salesapp.E003")
    elif not _is_key(settings.PUBLIC_ID_KEY, 16):
        yield Error("PUBLIC_ID_KEY is not 16 bytes in base64.", hint=MAKE_KEYS, id="salesapp.E003")
    if not settings.LINK_KEYS:
        yield Error("LINK_KEYS is missing.", hint=MAKE_KEYS, id="salesapp.E003")
    elif not all(_is_key(key, 16) for key in settings.LINK_KEYS.split(",")):
        yield Error("LINK_KEYS is not a list of keys of 16 bytes in base64.", hint=MAKE_KEYS, id="salesapp.E003")
    if settings.TWO_FACTOR_ROLES and not _is_key(settings.TWO_FACTOR_KEY, 32):
        yield Error("TWO_FACTOR_KEY is not 32 bytes in base64.", hint=MAKE_KEYS, id="salesapp.E003")
    if not settings.DRAFT_KEYS:
        yield Error("DRAFT_KEYS is missing.", hint=MAKE_KEYS, id="salesapp.E003")
    elif not all(_is_key(key, 32) for key in settings.DRAFT_KEYS.split(",")):
        yield Error("DRAFT_KEYS is not a list of keys of 32 bytes in base64.", hint=MAKE_KEYS, id="salesapp.E003")
    if not settings.DATA_KEYS:
        return  # the web process runs without
    pairs = [pair.partition(":") for pair in settings.DATA_KEYS.split(",")]
    if not all(name and len(name.encode()) < 256 and _is_key(key, 32) for name, _, key in pairs):
        yield Error(
            "DATA_KEYS is not a list of name:key, each key 32 bytes in base64.",
            hint="The first encrypts, all decrypt: new:…,old:… Wrapped ones need their KEY_ENCRYPTION_KEY, and"
            f" DATA_KEYS_FILE a file that this process can read. {MAKE_KEYS}",
            id="salesapp.E003",
        )


def _audit_keys() -> Iterator[CheckMessage]:
    pairs = [pair.partition(":") for pair in settings.AUDIT_KEYS.split(",") if settings.AUDIT_KEYS]
    if not all(name and len(name) <= 40 and _is_key(key, 32) for name, _, key in pairs):
        yield Error(
            "AUDIT_KEYS is not a list of name:key, each key 32 bytes in base64.",
            hint=f"The first seals, all verify: new:…,old:… {MAKE_KEYS}",
            id="salesapp.E003",
        )


@register(Tags.security)
def the_web_has_no_keys_of_workers(**_: Any) -> list[CheckMessage]:
    """It drops them, but what stands in its environment can be read there."""
    if not settings.WORKERS_KEYS_NEAR_WEB or settings.DEMO:
        return []
    hint = "Start the web server without DATA_KEYS, DATA_KEYS_FILE, KEY_ENCRYPTION_KEY and AUDIT_KEYS."
    return [Warning("The web server was started with keys that workers alone need.", hint=hint, id="salesapp.W002")]


@register(Tags.security, deploy=True)
def a_cut_of_the_log_would_be_seen(**_: Any) -> list[CheckMessage]:
    """Whoever owns the tables can cut the end off; only what was kept where they cannot write tells of it."""
    if not settings.AUDIT_KEYS or settings.AUDIT_HEAD_FILE or settings.DEMO:
        return []
    hint = "Set it to a file on another machine that this process can append to: docs/privacy.md."
    return [Warning("AUDIT_HEAD_FILE is missing: a log cut off at its end looks sound.", hint=hint, id="salesapp.W003")]


@register(Tags.security, deploy=True)
def who_may_more_takes_a_second_step(**_: Any) -> list[CheckMessage]:
    """An empty TWO_FACTOR_ROLES is well-formed, and may be meant: a provider in front may ask for the step."""
    left_out = [role for role in Role if role not in {*settings.TWO_FACTOR_ROLES, Role.SALESPERSON}]
    if not left_out or settings.DEMO:
        return []
    hint = "Leave TWO_FACTOR_ROLES unset, which asks managers, privacy officers and administrators for it."
    return [
        Warning(
            f"TWO_FACTOR_ROLES leaves out {', '.join(left_out)}: a password alone lets them in.",
            hint=hint, id="salesapp.W006",
        )
    ]  # fmt: skip


@register(Tags.security)
def the_key_file_is_ours_alone(**_: Any) -> list[CheckMessage]:
    path = Path(settings.DATA_KEYS_FILE)
    if not settings.DATA_KEYS_FILE or not path.is_file() or not path.stat().st_mode & 0o077:
        return []
    hint = "chmod 600, owned by the account of senders and importers."
    return [Error("Others than its owner may read DATA_KEYS_FILE.", hint=hint, id="salesapp.E026")]


@register(Tags.database)
def index_key_fits(databases: Sequence[str] | None = None, **_: Any) -> list[CheckMessage]:
    """With another index key than that of the hashes on file, everybody would be nobody."""
    if not databases or "default" not in databases or database_is_named() or list(_data_keys()):
        return []
    try:
        known = dict(IndexKey.objects.values_list("generation", "fingerprint"))
        used = IndexKey.objects.filter(used_since__isnull=False).count() + 1
    except (DatabaseError, ImproperlyConfigured):
        return []  # not migrated yet, or database_serves says so
    own = hashes_of_all_generations("fingerprint", "")
    same = all(bytes(known[number]) == own[number - 1] for number in known if number <= len(own))
    if same and used <= len(own):
        return []
    hint = "Give the keys that were in use, the newest in front and all of them: docs/privacy.md."
    return [Error("INDEX_KEY is not what the hashes on file were made with.", hint=hint, id="salesapp.E025")]


def _is_key(text: str, length: int) -> bool:
    try:
        return len(base64.b64decode(text, validate=True)) == length
    except (binascii.Error, ValueError):
        return False


@register(Tags.database)
def database_is_named(**_: Any) -> list[CheckMessage]:
    hint = "Set DATABASE_URL=postgis://user:password@host:5432/name; `make demo` starts a private server."
    if not settings.DATABASE_URL:
        return [Error("DATABASE_URL is missing.", hint=hint, id="salesapp.E004")]
    if not settings.DATABASE_URL.startswith("postgis://"):
        return [Error("DATABASE_URL does not start with postgis://.", hint=hint, id="salesapp.E004")]
    if not settings.DATABASES["default"]["NAME"]:
        return [Error("DATABASE_URL cannot be read.", hint=hint, id="salesapp.E004")]
    return []


@register(Tags.database)
def database_serves(databases: Sequence[str] | None = None, **_: Any) -> list[CheckMessage]:
    """Looks only where a command asks for it, as all of Django's database checks."""
    if not databases or "default" not in databases or database_is_named():
        return []
    try:
        with connections["default"].cursor() as cursor:
            cursor.execute("select current_setting('server_version_num')::integer / 10000")
            postgres = int(cursor.fetchone()[0])
            cursor.execute(
                "select coalesce(installed_version, default_version) from pg_available_extensions"
                " where name = 'postgis'"
            )
            postgis = cursor.fetchone()
    except (DatabaseError, ImproperlyConfigured) as error:
        reason = str(error).strip().splitlines()[0]
        hint = "Start the server, or mend DATABASE_URL. `python3 -m salesapp.local start` starts the private one."
        return [Error(f"PostgreSQL does not answer: {reason}", hint=hint, id="salesapp.E004")]
    findings: list[CheckMessage] = []
    if postgres < OLDEST_POSTGRES:
        findings.append(
            Error(
                f"PostgreSQL {postgres} is too old.",
                hint=f"Use PostgreSQL {OLDEST_POSTGRES} or newer.",
                id="salesapp.E004",
            )
        )
    if postgis is None:
        hint = "Install it on the server (Debian: postgresql-15-postgis-3); `manage.py migrate` then switches it on."
        findings.append(Error("The PostgreSQL server has no PostGIS.", hint=hint, id="salesapp.E004"))
    elif tuple(int(part) for part in re.findall(r"\d+", postgis[0])[:2]) < OLDEST_POSTGIS:
        hint = "Use PostGIS 3.1 or newer; after an upgrade of the package run `alter extension postgis update`."
        findings.append(Error(f"PostGIS {postgis[0]} is too old.", hint=hint, id="salesapp.E004"))
    return findings


@register(Tags.database)
def the_web_cannot_write_the_ledgers(databases: Sequence[str] | None = None, **_: Any) -> list[CheckMessage]:
    """The contact promise rests on it: what the web's code does wrong, its role cannot do."""
    if not settings.WEB or not databases or "default" not in databases or database_is_named():
        return []
    hint = "Run `manage.py grant_web_role` as the tables' owner, and set WEB_DATABASE_URL to connect as that role."
    try:
        with connections["default"].cursor() as cursor:
            writable = open_ledgers(cursor)
    except (DatabaseError, ImproperlyConfigured):
        return []  # database_serves says so
    if writable:
        found = f"The web's database role can write the ledgers: {', '.join(writable)}."
        return [Error(found, hint=hint, id="salesapp.E014")]
    return []


@register(Tags.database)
def the_web_knows_of_hrs_list(databases: Sequence[str] | None = None, **_: Any) -> list[CheckMessage]:
    """It reads none, but it closes the door when one is overdue: only where HR_FEED says that one is due."""
    if settings.HR_FEED or not settings.WEB or not databases or "default" not in databases or database_is_named():
        return []
    try:
        if not ImportRun.objects.filter(kind=ImportRun.Kind.EMPLOYEES).exists():
            return []
    except (DatabaseError, ImproperlyConfigured):
        return []  # not migrated yet, or database_serves says so
    hint = "Give the web the HR_FEED and HR_FEED_HOURS of the workers: docs/employees.md."
    return [
        Warning(
            "Employees were imported, but the web has no HR_FEED: it closes to nobody when HR's list is overdue.",
            hint=hint,
            id="salesapp.W004",
        )
    ]


@register(Tags.caches)
def redis_serves(**_: Any) -> list[CheckMessage]:
    hint = (
        "Start Redis (`python3 -m salesapp.local start` starts the private one), or mend REDIS_URL"
        " (redis://host:6379/0 or unix:///path). Look-ups stay closed without it."
    )
    if not settings.REDIS_URL:
        return [Error("REDIS_URL is missing.", hint=hint, id="salesapp.E005")]
    try:
        with redis.Redis.from_url(
            settings.REDIS_URL, socket_timeout=2, socket_connect_timeout=2, retry=Retry(NoBackoff(), 0)
        ) as client:
            client.ping()
    except (redis.RedisError, OSError, ValueError) as error:
        return [Error(f"Redis does not answer: {type(error).__name__}.", hint=hint, id="salesapp.E005")]
    return []


@register(Tags.security)
def hosts(**_: Any) -> list[CheckMessage]:
    hint = "Set ALLOWED_HOSTS to the names the application is called by, separated by commas."
    if not settings.ALLOWED_HOSTS:
        return [Error("ALLOWED_HOSTS is empty: every request would be refused.", hint=hint, id="salesapp.E006")]
    if "*" in settings.ALLOWED_HOSTS:
        return [Error("ALLOWED_HOSTS lets any name through.", hint=hint, id="salesapp.E006")]
    return []


@register(Tags.security)
def demo_stays_local(**_: Any) -> list[CheckMessage]:
    """Demo keys lie in a file of the checkout, and the demo's cookies travel in clear: for 127.0.0.1 alone."""
    local = set(settings.ALLOWED_HOSTS) <= LOCAL_HOSTS
    findings: list[CheckMessage] = []
    if settings.DEMO and not local:
        hint = "Unset DEMO, or name only 127.0.0.1 and localhost in ALLOWED_HOSTS."
        findings.append(Error("DEMO is on for a set-up that others can reach.", hint=hint, id="salesapp.E007"))
    if settings.DEBUG and not local:
        hint = "Unset DEBUG: its error pages show settings and values."
        findings.append(Error("DEBUG is on for a set-up that others can reach.", hint=hint, id="salesapp.E007"))
    if not (settings.DEMO and local) and (borrowed := _borrowed_from_the_demo()):
        findings.append(
            Error(f"The demo's keys are in use: {', '.join(borrowed)}.", hint=MAKE_KEYS, id="salesapp.E007")
        )
    return findings


def _borrowed_from_the_demo() -> list[str]:
    if not settings.DEMO_ENVIRONMENT.is_file():
        return []
    lines = settings.DEMO_ENVIRONMENT.read_text().splitlines()
    demo = dict(line.split("=", 1) for line in lines if "=" in line)
    names = (
        "SECRET_KEY", "JWT_KEY", "INDEX_KEY", "PUBLIC_ID_KEY", "LINK_KEYS", "DRAFT_KEYS", "DATA_KEYS", "AUDIT_KEYS",
        "TWO_FACTOR_KEY",
    )  # fmt: skip
    return [name for name in names if demo.get(name) and demo[name] == getattr(settings, name)]


@register("salesapp")
def product(**_: Any) -> list[CheckMessage]:
    findings: list[CheckMessage] = []
    if settings.MAP_CRS not in set(Crs):
        hint = "Set MAP_CRS to the system of the base map: gcj02 (Chinese providers), wgs84 or bd09."
        findings.append(Error(f"MAP_CRS {settings.MAP_CRS!r} is not known.", hint=hint, id="salesapp.E008"))
    for name in (
        "LOOKUP_LIMITS",
        "MESSAGE_LIMITS",
        "AUDIENCE_LIMITS",
        "PLAN_LIMITS",
        "UNSUBSCRIBE_LIMITS",
        "SIGN_IN_LIMITS",
        "SIGN_IN_ADDRESS_LIMITS",
        "CODE_LIMITS",
        "CODE_ADDRESS_LIMITS",
        "CODE_STORE_LIMITS",
        "CODE_CHECK_LIMITS",
    ):
        rates = getattr(settings, name)
        if not rates or not all(RATE.fullmatch(rate) for rate in rates):
            hint = "Write rates as count/period, separated by commas: 20/10s,200/d (s, m, h or d)."
            findings.append(Error(f"{name} is empty or not a list of rates.", hint=hint, id="salesapp.E009"))
    try:
        thresholds(settings.HARVEST_THRESHOLDS)
    except ValueError:
        hint = "Write name=number, separated by commas: near=20,night=0; salesapp/staff/harvest.py has the names."
        findings.append(Error("HARVEST_THRESHOLDS has an unknown name or no number.", hint=hint, id="salesapp.E023"))
    return findings


@register("salesapp")
def the_base_map_is_usable(**_: Any) -> list[CheckMessage]:
    """The finding does not repeat the address, which may hold a key."""
    try:
        base_map()
    except BadBaseMap as error:
        hint = "Set it to https://host/{z}/{x}/{y}.png or to https://host/style.json, or leave it empty."
        return [Error(f"BASE_MAP_URL cannot be used: {error}.", hint=hint, id="salesapp.E023")]
    return []


@register(Tags.database)
def places_are_drawn_in_the_maps_system(databases: Sequence[str] | None = None, **_: Any) -> list[CheckMessage]:
    """A map of another system than the one its places were stored for is off by hundreds of metres."""
    if not databases or "default" not in databases or database_is_named() or settings.MAP_CRS not in set(Crs):
        return []
    try:
        drawn = drawn_in(settings.MAP_CRS)
    except (DatabaseError, ImproperlyConfigured):
        return []  # database_serves says so, or there are no tables yet
    if drawn:
        return []
    hint = "Run `manage.py redraw_map`, or set MAP_CRS back."
    return [Error(f"The places are not drawn in {settings.MAP_CRS}.", hint=hint, id="salesapp.E024")]


@register("salesapp")
def messages(**_: Any) -> list[CheckMessage]:
    findings: list[CheckMessage] = []
    if not settings.BRAND:
        hint = "Set BRAND to the company's name, as messages give it."
        findings.append(Error("BRAND is missing.", hint=hint, id="salesapp.E020"))
    scheme = "https?" if settings.DEMO else "https"
    if not re.fullmatch(rf"{scheme}://[a-z0-9.:-]+", settings.PUBLIC_ADDRESS) or len(settings.PUBLIC_ADDRESS) > 25:
        hint = "Set it to https:// and the host that members open links at, without a slash behind, in 25 characters."
        findings.append(Error("PUBLIC_ADDRESS is not usable.", hint=hint, id="salesapp.E021"))
    return findings


@register("salesapp")
def members_are_told_who_is_responsible(**_: Any) -> list[CheckMessage]:
    findings: list[CheckMessage] = []
    for name, hint in (
        ("RESPONSIBLE_NAME", "Set it to the full name of the company that is responsible for members' data."),
        (
            "RESPONSIBLE_CONTACT",
            "Set it to how members reach who is responsible: an e-mail address, a number or a page.",
        ),
    ):
        told = getattr(settings, name)
        if not told.strip() or not told.isprintable():
            findings.append(Error(f"{name} is missing.", hint=hint, id="salesapp.E027"))
    if not re.fullmatch(r"https://[a-z0-9.-]+(:[0-9]+)?(/[!-~]*)?", settings.PRIVACY_NOTICE):
        hint = "Set it to the address, with https://, of the privacy notice that members can read before they register."
        findings.append(Error("PRIVACY_NOTICE is not usable.", hint=hint, id="salesapp.E027"))
    return findings


@register("salesapp")
def numbers_and_names(**_: Any) -> list[CheckMessage]:
    findings: list[CheckMessage] = []
    if settings.TRUSTED_PROXY_HOPS < 0:
        hint = "Set it to the number of proxies of your own in front of the application; 0 without any."
        findings.append(Error("TRUSTED_PROXY_HOPS is not a whole number.", hint=hint, id="salesapp.E010"))
    if settings.SENDING_GENERATION < 0:
        hint = "Set it to the number that `manage.py sending open` was given; 1 where it never was."
        findings.append(Error("SENDING_GENERATION is not a whole number.", hint=hint, id="salesapp.E010"))
    if unknown := set(settings.TWO_FACTOR_ROLES) - set(Role.values):
        hint = f"Roles are {', '.join(Role.values)}."
        findings.append(Error(f"TWO_FACTOR_ROLES has {', '.join(sorted(unknown))}.", hint=hint, id="salesapp.E010"))
    if settings.LOG_LEVEL not in getLevelNamesMapping():
        hint = "Set it to DEBUG, INFO, WARNING or ERROR."
        findings.append(Error("LOG_LEVEL is not known.", hint=hint, id="salesapp.E011"))
    return findings


@register("salesapp")
def employees(**_: Any) -> list[CheckMessage]:
    if settings.WEB or not settings.HR_FEED:
        return []  # commands and workers alone read the list
    try:
        Feed.of_settings()
    except EmployeesNotImported as error:
        hint = "docs/employees.md has the settings that begin with HR_."
        return [Error(f"HR_FEED cannot be used: {error}.", hint=hint, id="salesapp.E022")]
    return []


@register("salesapp")
def channels(**_: Any) -> list[CheckMessage]:
    """No finding repeats an address or a secret."""
    findings: list[CheckMessage] = []
    for channel in Channel:
        name, text = f"{channel.name}_CHANNEL_URL", settings.CHANNEL_URLS[channel.name]
        hint = "docs/channels.md has the form of each provider's address."
        if not text:
            continue
        if text.startswith("console:") and not settings.DEMO:
            findings.append(Error(f"{name} prints messages instead of sending them.", hint=hint, id="salesapp.E015"))
        try:
            open_channel(channel, text)
        except BadChannelUrl as error:
            findings.append(Error(f"{name} cannot be used: {error}.", hint=hint, id="salesapp.E015"))
    for provider, secret in settings.WEBHOOK_SECRETS.items():
        hint = "Name smtp, jpush, aliyun (32 characters or more) or wechat (AppID.Token.EncodingAESKey)."
        sound = is_secret(secret) if provider == "wechat" else provider in READERS and len(secret) >= 32
        if not sound:
            findings.append(
                Error("WEBHOOK_SECRETS has an unknown name or a weak secret.", hint=hint, id="salesapp.E016")
            )
    return findings


@register(Tags.database)
def templates_have_the_ids_of_their_providers(databases: Sequence[str] | None = None, **_: Any) -> list[CheckMessage]:
    """Those that were approved while another provider had the channel cannot leave by one that holds the texts."""
    if not databases or "default" not in databases or database_is_named() or channels():
        return []
    held = [channel for channel in Channel if holds_texts(channel)]
    try:
        versions = TemplateVersion.objects.current().filter(template__channel__in=held, provider_code="")
        codes = sorted(versions.values_list("template__code", flat=True))
    except (DatabaseError, ImproperlyConfigured):
        return []  # not migrated yet, or database_serves says so
    if not codes:
        return []
    hint = "Write the id that the provider gave each into a new version, and have it approved."
    return [Warning(f"Templates lack their provider's template id: {', '.join(codes)}.", hint=hint, id="salesapp.W005")]


@register(Tags.translation)
def built_parts_are_there(**_: Any) -> list[CheckMessage]:
    """What the repository does not hold and `make runtime` makes: the npm packages' files and the translations."""
    findings: list[CheckMessage] = []
    if finders.find("vendor/htmx.min.js") is None or finders.find("vendor/maplibre-gl-csp.js") is None:
        hint = "Run `make runtime`, then `manage.py collectstatic`; pages answer 500 without them."
        findings.append(Error("The scripts of htmx and MapLibre are missing.", hint=hint, id="salesapp.E012"))
    if not all((path / "zh_Hans" / "LC_MESSAGES" / "django.mo").is_file() for path in settings.LOCALE_PATHS):
        hint = "Run `make runtime`, or `manage.py compilemessages`; pages are in English without them."
        findings.append(Error("The Chinese translations are not compiled.", hint=hint, id="salesapp.E013"))
    return findings


@register(Tags.staticfiles)
def static_files_are_collected(**_: Any) -> list[CheckMessage]:
    by_manifest = "Manifest" in settings.STORAGES["staticfiles"]["BACKEND"]
    if settings.DEBUG or not by_manifest or (Path(settings.STATIC_ROOT) / "staticfiles.json").is_file():
        return []
    hint = "Run `manage.py collectstatic --noinput`; pages answer 500 without it."
    return [Warning("The static files are not collected.", hint=hint, id="salesapp.W001")]
