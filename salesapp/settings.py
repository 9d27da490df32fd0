"""Settings, all from the environment. What is missing or wrong is reported by salesapp/checks.py.

A checkout that ran ``make demo`` has its generated values in ``.local/env``; they are read only when the
environment itself sets no SECRET_KEY, so a production process never falls back to them unseen
(check salesapp.E007).
"""

import os
import secrets
from logging import getLevelNamesMapping
from pathlib import Path
from typing import Any

import environ
import structlog
from csp.constants import NONE, SELF
from django.utils.translation import gettext_lazy as _

from salesapp.keys import read_data_keys
from salesapp.logs import drop_phone_like, drop_request, shorten_jobs

BASE_DIR = Path(__file__).resolve().parent.parent
VERSION = "0.1.0"

env = environ.Env()
DEMO_ENVIRONMENT = BASE_DIR / ".local" / "env"
if not env.str("SECRET_KEY", "") and DEMO_ENVIRONMENT.is_file():
    environ.Env.read_env(str(DEMO_ENVIRONMENT))

# --- Keys. Empty means missing; the checks say so and how to make one. ---------------------------------
SECRET_KEY_IS_SET = bool(env.str("SECRET_KEY", ""))
# Without one nothing is served (check E001). The throw-away key lets the checks run and say so: several
# packages refuse to be imported without any, and nobody can know this one.
SECRET_KEY = env.str("SECRET_KEY", "") or secrets.token_urlsafe(48)
JWT_KEY = env.str("JWT_KEY", "")  # signs access and refresh tokens; apart from SECRET_KEY
# base64, 32 bytes: HMAC of contact values; the web process has it. After a rotation several, the newest in front
INDEX_KEY = env.str("INDEX_KEY", "")
PUBLIC_ID_KEY = env.str("PUBLIC_ID_KEY", "")  # base64, 16 bytes: turns a member's number into an opaque id
LINK_KEYS = env.str("LINK_KEYS", "")  # base64, 16 bytes each: names of messages; the first makes, all read
TWO_FACTOR_KEY = env.str("TWO_FACTOR_KEY", "")  # base64, 32 bytes: seals the secrets of authenticator apps
# base64, 32 bytes each, the private halves of what phones seal drafts to: the first seals, all open
DRAFT_KEYS = env.str("DRAFT_KEYS", "")
WEB = env.bool("WEB", False)  # set by salesapp/wsgi.py
# "id:base64,id:base64", the first one encrypts; each of 32 bytes, or wrapped under KEY_ENCRYPTION_KEY (docs/privacy.md)
KEY_ENCRYPTION_KEY = "" if WEB else env.str("KEY_ENCRYPTION_KEY", "")
DATA_KEYS_FILE = (
    "" if WEB else env.str("DATA_KEYS_FILE", "")
)  # in place of DATA_KEYS: a path that senders alone can read
DATA_KEYS = (
    "" if WEB else read_data_keys(env.str("DATA_KEYS", ""), file=DATA_KEYS_FILE, wrapped_under=KEY_ENCRYPTION_KEY)
)
# The web drops them, also for whatever it starts; that they were there at all is told by check W002
WORKERS_KEYS_NEAR_WEB = WEB and any(
    [os.environ.pop(name, "") for name in ("DATA_KEYS", "DATA_KEYS_FILE", "KEY_ENCRYPTION_KEY", "AUDIT_KEYS")]
)
# "id:base64,id:base64", 32 bytes each: seals the access log; the first seals, all verify. Workers only, never the web
AUDIT_KEYS = "" if WEB else env.str("AUDIT_KEYS", "")
AUDIT_HEAD_FILE = env.str("AUDIT_HEAD_FILE", "")  # each new head of the sealed log, to be kept on another machine
DEMO = env.bool("DEMO", False)
DEBUG = env.bool("DEBUG", False)
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=[])
CSRF_TRUSTED_ORIGINS = env.list("CSRF_TRUSTED_ORIGINS", default=[])
_hops = env.str("TRUSTED_PROXY_HOPS", "0")
# Proxies of one's own in front of the application; -1 is an unreadable number (check E010)
TRUSTED_PROXY_HOPS = int(_hops) if _hops.isdecimal() else -1

# --- Applications ---------------------------------------------------------------------------------------
INSTALLED_APPS = [
    "salesapp",
    "outreach",
    "members",
    "salesapp.staff",
    "geo",
    "salesapp.apps.BooksConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django.contrib.gis",
    "django.contrib.postgres",
    "rest_framework",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "django_htmx",
    "csp",
    "procrastinate.contrib.django",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    # Outermost, so that the answer to a request that gets no further has them too
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "salesapp.middleware.no_store",
    "salesapp.middleware.ContentPolicy",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
]

ROOT_URLCONF = "salesapp.urls"
WSGI_APPLICATION = "salesapp.wsgi.application"

TEMPLATES: list[dict[str, Any]] = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "outreach.pages.tabs.tabs",
                "outreach.pages.tabs.owner",
                "outreach.pages.responsible.responsible",
            ],
        },
    },
]


# --- Servers --------------------------------------------------------------------------------------------
def _database(url: str) -> dict[str, Any]:
    """The connection for a postgis:// URL; ``?host=/folder`` names a unix socket's folder."""
    settings: dict[str, Any] = dict(environ.Env.db_url_config(url, engine="django.contrib.gis.db.backends.postgis"))
    options = dict(settings.get("OPTIONS", {}))
    settings["HOST"] = options.pop("host", settings.get("HOST") or "")
    settings["OPTIONS"] = {
        # Server-side binding with prepared statements: 10-20 % of a look-up's CPU, and no value in the
        # server log's STATEMENT lines.
        "server_side_binding": True,
        "prepare_threshold": 2,
        "connect_timeout": 5,
        # PostGIS functions are declared expensive: with parallel plans a tile costs twice the CPU.
        # No answer to a phone is worth more than STATEMENT_TIMEOUT_MS; salesapp/wsgi.py sets it, commands have none.
        "options": "-c jit=off -c max_parallel_workers_per_gather=0"
        f" -c statement_timeout={env.int('STATEMENT_TIMEOUT_MS', 0)}",
    } | options
    settings["CONN_MAX_AGE"] = None
    settings["CONN_HEALTH_CHECKS"] = True
    return settings


# The web's own role may not write the ledgers (`manage.py grant_web_role`)
DATABASE_URL = (WEB and env.str("WEB_DATABASE_URL", "")) or env.str("DATABASE_URL", "")
try:
    DATABASES = {"default": _database(DATABASE_URL or "postgis:///")}
except ValueError:
    # The URL holds a password, so its error is not shown; check E004 says that it cannot be read
    DATABASES = {"default": _database("postgis:///")}
REDIS_URL = env.str("REDIS_URL", "")
CACHES = {
    # Rate limits and tiles never share an alias: tiles may be lost without a word, limits may not.
    alias: {
        "BACKEND": "django.core.cache.backends.redis.RedisCache",
        "LOCATION": REDIS_URL or "redis://127.0.0.1:0",
        "KEY_PREFIX": f"salesapp:{alias}",
    }
    for alias in ("default", "limits", "tiles")
}
RATELIMIT_USE_CACHE = "limits"
SILENCED_SYSTEM_CHECKS = [
    # Django's Redis backend is not on the limiter's list; its counting under several processes is tested.
    "django_ratelimit.W001",
    # Debian 12 has GDAL 3.6. What the check fears is a spatial reference from a client; none reaches GDAL.
    "gis.W001",
]

DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# --- Sign-in --------------------------------------------------------------------------------------------
AUTH_USER_MODEL = "staff.Employee"
# Which of them a session names says how it was signed in
AUTHENTICATION_BACKENDS = ["salesapp.staff.backends.EmployeeBackend", "salesapp.staff.backends.SecondStepBackend"]
LOGIN_URL = "sign-in"
# Roles that sign in with an authenticator app as well; the demo's cast has none
TWO_FACTOR_ROLES = env.list("TWO_FACTOR_ROLES", default=[] if DEMO else ["manager", "privacy_officer", "administrator"])
LOGIN_REDIRECT_URL = "home"
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in ("CommonPasswordValidator", "NumericPasswordValidator")
] + [
    {
        "NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator",
        "OPTIONS": {"user_attributes": ["employee_no", "name"]},
    },
    {
        "NAME": "salesapp.staff.passwords.MinimumLengthValidator",
        "OPTIONS": {"min_length": 10},
    },
]
IDLE_LOCK_SECONDS = 300  # without a touch; then the phone covers what it shows and ends the session
SESSION_ENGINE = "django.contrib.sessions.backends.db"
SESSION_COOKIE_AGE = 12 * 3600
SESSION_COOKIE_SAMESITE = "Strict"
CSRF_FAILURE_VIEW = "salesapp.errors.csrf_failure"
CSRF_COOKIE_SAMESITE = "Strict"
# A demo on http://127.0.0.1 cannot use secure cookies; everything else must.
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = not DEMO
SECURE_SSL_REDIRECT = not DEMO
SECURE_HSTS_SECONDS = 0 if DEMO else 365 * 24 * 3600
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = not DEMO
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if TRUSTED_PROXY_HOPS > 0 else None
SECURE_REDIRECT_EXEMPT = [r"^healthz$"]
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "img-src": [SELF, "data:", "blob:"],
        "object-src": [NONE],
        "base-uri": [NONE],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
        "worker-src": [SELF],
        "connect-src": [SELF],
    }
}

# --- API ------------------------------------------------------------------------------------------------
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "salesapp.staff.tokens.AccessTokenAuthentication",
        "salesapp.staff.tokens.PageSessionAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["salesapp.parsers.JSONParser"],
    "DEFAULT_SCHEMA_CLASS": "salesapp.schema.Schema",
    "EXCEPTION_HANDLER": "salesapp.errors.exception_handler",
    # What an address takes is in the schema; OPTIONS is a method that nobody asks for
    "DEFAULT_METADATA_CLASS": None,
    "UNAUTHENTICATED_USER": "django.contrib.auth.models.AnonymousUser",
}
SPECTACULAR_SETTINGS = {
    "TITLE": "salesapp",
    "VERSION": VERSION,
    "DESCRIPTION": (
        "Field sales tool: counter look-up, community map. Times are ISO 8601 with an offset. Every error is an"
        " RFC 9457 problem (application/problem+json); texts follow Accept-Language (zh-hans, en)."
    ),
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "REDOC_DIST": "SIDECAR",
    "SERVE_INCLUDE_SCHEMA": False,
    "COMPONENT_SPLIT_REQUEST": True,
}
ACCESS_TOKEN_SECONDS = 300
REFRESH_TOKEN_SECONDS = 30 * 24 * 3600

# --- Jobs -----------------------------------------------------------------------------------------------
PROCRASTINATE_AUTODISCOVER_MODULE_NAME = "jobs"  # <app>/jobs.py

# --- Messages -------------------------------------------------------------------------------------------
# Which copy of the database may send: kept outside of it, raised by `manage.py sending open`
_generation = env.str("SENDING_GENERATION", "1")
SENDING_GENERATION = int(_generation) if _generation.isdecimal() else -1  # unreadable: nothing is sent (check E010)
BRAND = env.str("BRAND", "海澄" if DEMO else "")  # the company, as messages name it
# Who is responsible for members' data, how they are reached (an e-mail address, a number, a page), and where their
# privacy notice lies: members are told before they register, and on their own page
RESPONSIBLE_NAME = env.str("RESPONSIBLE_NAME", "海澄电器有限公司" if DEMO else "")
RESPONSIBLE_CONTACT = env.str("RESPONSIBLE_CONTACT", "privacy@example.com" if DEMO else "")
PRIVACY_NOTICE = env.str("PRIVACY_NOTICE", "https://shop.example.com/privacy" if DEMO else "")
# Where members open the links of messages; at most 25 characters, because an SMS has few
PUBLIC_ADDRESS = env.str("PUBLIC_ADDRESS", "http://127.0.0.1:8000" if DEMO else "")
# Landing pages lie on these hosts; nothing else is ever redirected to
LANDING_HOSTS = env.list("LANDING_HOSTS", default=["shop.example.com"] if DEMO else [])
UNSUBSCRIBE_LIMITS = env.list("UNSUBSCRIBE_LIMITS", default=["60/h"])  # per message; wrong links per address
# Codes by SMS for members who register or sign in: each costs money, and a stranger may ask for one
CODE_LIMITS = env.list("CODE_LIMITS", default=["3/10m", "10/d"])  # per number
CODE_ADDRESS_LIMITS = env.list("CODE_ADDRESS_LIMITS", default=["30/10m", "200/d"])  # a store signs up through one
CODE_STORE_LIMITS = env.list("CODE_STORE_LIMITS", default=["60/h", "500/d"])  # per store whose code was scanned
CODE_CHECK_LIMITS = env.list("CODE_CHECK_LIMITS", default=["60/10m", "500/d"])  # tries to type one in, per address
MESSAGE_LIMITS = env.list("MESSAGE_LIMITS", default=["10/m", "100/d"])  # one-to-one messages per employee

# --- Language, time -------------------------------------------------------------------------------------
LANGUAGE_CODE = "zh-hans"
LANGUAGES = [("zh-hans", _("Simplified Chinese")), ("en", _("English"))]
FORMAT_MODULE_PATH = ["salesapp.formats"]
LOCALE_PATHS = [BASE_DIR / "salesapp" / "locale"]
USE_I18N = True
USE_TZ = True
TIME_ZONE = "Asia/Shanghai"

# --- Static files ---------------------------------------------------------------------------------------
STATIC_URL = "static/"
STATIC_ROOT = env.str("STATIC_ROOT", str(BASE_DIR / ".local" / "static"))
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}

# --- The product ----------------------------------------------------------------------------------------
# The system that the map is drawn in, the base map's: gcj02 (Chinese providers), wgs84 or bd09. Stored with the
# places: after a change run `manage.py redraw_map`.
MAP_CRS = env.str("MAP_CRS", "gcj02")
# Raster tiles (https://host/{z}/{x}/{y}.png) or a MapLibre style (https://host/style.json); empty: our districts alone
BASE_MAP_URL = env.str("BASE_MAP_URL", "")
BASE_MAP_ATTRIBUTION = env.str("BASE_MAP_ATTRIBUTION", "")
REPORT_DIR = Path(env.str("REPORT_DIR", str(BASE_DIR / ".local" / "reports")))  # refused rows of imports
# Files brought in the admin, until they are loaded: private, shared by the web and the workers
IMPORT_DIR = Path(env.str("IMPORT_DIR", str(BASE_DIR / ".local" / "imports")))
IMPORT_MEGABYTES = env.int("IMPORT_MEGABYTES", 256)  # a larger file is read by the command
IMPORT_MINUTES = env.int("IMPORT_MINUTES", 60)  # of a worker for one file, checking and loading each
FILE_UPLOAD_HANDLERS = ["members.uploads.AdministratorsFile"]  # nobody else brings one
# Look-ups per employee: a burst window and a day. Two windows, because one fixed window lets twice its
# number through across its edge.
LOOKUP_LIMITS = env.list("LOOKUP_LIMITS", default=["20/10s", "200/d"])
AUDIENCE_LIMITS = env.list("AUDIENCE_LIMITS", default=["120/10m", "1000/d"])  # counts, and searches, of broadcasts
PLAN_LIMITS = env.list("PLAN_LIMITS", default=["20/h", "60/d"])  # broadcasts planned, per employee
# When look-ups look like harvesting: salesapp/staff/harvest.py. A demo is tried out at any hour.
HARVEST_THRESHOLDS: dict[str, str] = env.dict("HARVEST_THRESHOLDS", default={"night": "0"} if DEMO else {})
SIGN_IN_LIMITS = env.list("SIGN_IN_LIMITS", default=["10/m", "60/h"])  # per employee number
# Per client address: a whole store or office signs in through one.
SIGN_IN_ADDRESS_LIMITS = env.list("SIGN_IN_ADDRESS_LIMITS", default=["60/m", "600/h"])

# --- Channels of messages: docs/channels.md -------------------------------------------------------------
# Senders alone need these; they hold passwords. Names of outreach.models.Channel.
CHANNEL_URLS = {name: env.str(f"{name}_CHANNEL_URL", "") for name in ("SMS", "EMAIL", "PUSH", "WECHAT")}
# The web process alone needs these: what the providers' webhooks are signed with, "name=secret,name=secret"
WEBHOOK_SECRETS: dict[str, str] = env.dict("WEBHOOK_SECRETS", default={})

# --- Employees from HR: docs/employees.md ---------------------------------------------------------------
HR_FEED = env.str("HR_FEED", "")  # a file's path or ldaps://host/base??sub?(filter), read by the worker
# No list of so many hours applied, and only administrators get in: nobody knows who has left
HR_FEED_HOURS = env.int("HR_FEED_HOURS", 24)
HR_COLUMNS: dict[str, str] = env.dict("HR_COLUMNS", default={})  # "工号=employee_no,…": what HR calls our fields
HR_ROLES: dict[str, str] = env.dict("HR_ROLES", default={})  # "导购=salesperson,…": what HR calls our roles
HR_LDAP_BIND_DN = env.str("HR_LDAP_BIND_DN", "")
HR_LDAP_PASSWORD = "" if WEB else env.str("HR_LDAP_PASSWORD", "")  # the web process reads no directory
HR_LDAP_CA = env.str("HR_LDAP_CA", "/etc/ssl/certs/ca-certificates.crt")  # who may sign the directory's certificate

# --- Logs: one event a line, nothing personal -----------------------------------------------------------
LOG_LEVEL = env.str("LOG_LEVEL", "INFO").upper()
_PROCESSORS: list[Any] = [
    structlog.contextvars.merge_contextvars,
    structlog.stdlib.add_log_level,
    structlog.stdlib.add_logger_name,
    structlog.processors.TimeStamper(fmt="iso"),
    structlog.processors.format_exc_info,
]
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "event": {
            "()": structlog.stdlib.ProcessorFormatter,
            "foreign_pre_chain": [structlog.stdlib.ExtraAdder(), *_PROCESSORS],
            "processors": [
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                drop_request,
                shorten_jobs,
                drop_phone_like,
                structlog.processors.JSONRenderer(default=str, ensure_ascii=False),
            ],
        }
    },
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "event"}},
    # An unknown name is told by check E011
    "root": {"handlers": ["stderr"], "level": LOG_LEVEL if LOG_LEVEL in getLevelNamesMapping() else "INFO"},
    "loggers": {
        # The default handlers mail tracebacks with local variables; ours are the only ones.
        "django": {"handlers": [], "level": "INFO", "propagate": True},
        # Their finer lines hold addresses and texts
        "smpp": {"level": "WARNING"},
        "urllib3": {"level": "WARNING"},
        "procrastinate": {"level": "WARNING"},  # jobs say themselves what they did
        "django.server": {"handlers": [], "level": "INFO", "propagate": True},
    },
}
structlog.configure(
    processors=[*_PROCESSORS, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
    logger_factory=structlog.stdlib.LoggerFactory(),
    cache_logger_on_first_use=True,
)
