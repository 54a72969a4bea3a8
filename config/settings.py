"""Every setting, in one file, read from the environment. README.md lists the variables."""

import zoneinfo
from pathlib import Path
from urllib.parse import urlsplit

import environ
from django.utils.translation import gettext_lazy as _

from config import colours
from config.unfold import UNFOLD as UNFOLD

# The operating system's zone files may be years old; only the pinned tzdata wheel is read.
zoneinfo.reset_tzpath(to=[])
zoneinfo.ZoneInfo.clear_cache()

BASE_DIR = Path(__file__).resolve().parent.parent
env = environ.Env()

# ---- Who we are -------------------------------------------------------------------------------
SITE_URL = env.str("SITE_URL").rstrip("/")
SITE_HOST = urlsplit(SITE_URL).hostname or ""
IS_LOCAL = SITE_HOST in {"127.0.0.1", "localhost", "::1"}
IS_HTTPS = SITE_URL.startswith("https://")
# The right-hand side of every calendar UID and Message-ID. It must never change.
UID_HOST = env.str("UID_HOST", default=SITE_HOST)
ORGANISATION_NAME = env.str("ORGANISATION_NAME", default="Patient Webinars")
# A file, SVG or PNG, that the head of the pages shows in place of the name: see config/look.py.
ORGANISATION_LOGO = env.str("ORGANISATION_LOGO", default="")
# Of links, buttons and large areas: see config/colours.py. Empty: our own.
ACCENT_COLOUR = env.str("ACCENT_COLOUR", default="")
PALETTE = colours.palette(ACCENT_COLOUR)
# The one mailbox that every email comes from and every invite names as its organizer.
DEFAULT_FROM_EMAIL = env.str("DEFAULT_FROM_EMAIL", default=f"webinars@{SITE_HOST}")
SERVER_EMAIL = DEFAULT_FROM_EMAIL
ADMINS = [("Operators", address) for address in env.list("ADMINS", default=[])]

# ---- Secrets ----------------------------------------------------------------------------------
SECRET_KEY = env.str("SECRET_KEY")
# Keys of the private links, newest first. Kept apart from the database: a stolen dump opens none.
LINK_KEYS = env.list("LINK_KEYS")

# ---- Django -----------------------------------------------------------------------------------
DEBUG = env.bool("DEBUG", default=False)
ALLOWED_HOSTS = env.list(
    "ALLOWED_HOSTS", default=["127.0.0.1", "localhost", "[::1]"] if IS_LOCAL else [SITE_HOST]
)
LOGIN_REDIRECT_URL = "admin:index"  # only staff sign in
ROOT_URLCONF = "config.urls"
WSGI_APPLICATION = "config.wsgi.application"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

INSTALLED_APPS = [
    "unfold",
    "unfold.contrib.filters",
    "unfold.contrib.forms",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.postgres",
    "config.apps.Config",
    "webinars",
    "registrations",
    "notifications",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "config.middleware.PageLanguage",
    "config.middleware.ContentSecurityPolicy",
]

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "config" / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "config.context.organisation",
            ],
        },
    },
]

# Django 6's default, taken early: a link typed without a scheme is https.
FORMS_URLFIELD_ASSUME_HTTPS = True

# ---- Data -------------------------------------------------------------------------------------
DATABASES = {"default": env.db("DATABASE_URL", engine="config.postgresql")}
DATABASES["default"]["CONN_MAX_AGE"] = env.int("CONN_MAX_AGE", default=60)
DATABASES["default"]["CONN_HEALTH_CHECKS"] = True
OPTIONS = DATABASES["default"].setdefault("OPTIONS", {})
OPTIONS.setdefault("connect_timeout", 10)  # seconds; a host may swallow packets
# The delivery core's statements are planned once for each connection. Off for a pooler that
# cannot keep prepared statements (PgBouncer before 1.21).
PREPARED_STATEMENTS = env.bool("PREPARED_STATEMENTS", default=True)

# ---- Public pages -----------------------------------------------------------------------------
# For so many seconds a process gives the same bytes to everybody, and knows what a posted form is
# read by (0: never). Browsers and proxies keep the pages for a minute in all.
PAGES_KEPT_SECONDS = env.int("PAGES_KEPT_SECONDS", default=5)
PAGES_KEPT = 300  # addresses
CACHES = {
    "default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"},
    "pages": {
        "BACKEND": "django.core.cache.backends.locmem.LocMemCache",
        "LOCATION": "pages",
        "OPTIONS": {"MAX_ENTRIES": PAGES_KEPT},
    },
}

# ---- Email ------------------------------------------------------------------------------------
# A Django email backend in place of SMTP, an email service's for instance; EMAIL_URL is not needed
# then. ANYMAIL holds its settings as JSON; Amazon's keys and region are AWS_… variables.
OTHER_BACKEND = env.str("EMAIL_BACKEND", default="")
EMAIL_CONFIG = env.email_url(
    "EMAIL_URL", **({"default": "", "backend": OTHER_BACKEND} if OTHER_BACKEND else {})
)
EMAIL_BACKEND = EMAIL_CONFIG["EMAIL_BACKEND"]
ANYMAIL = env.json("ANYMAIL", default={})
# A repeat after a lost answer is the outbox's to decide: a library's own makes duplicates, and so
# does a short patience with an answer. (boto3 would try five times.)
ANYMAIL.setdefault("REQUESTS_TIMEOUT", (10, 120))  # seconds to connect, and for the answer
AMAZON_SES = ANYMAIL.setdefault("AMAZON_SES_CLIENT_PARAMS", {})
AMAZON_SES["config"] = {
    "connect_timeout": 10,
    "read_timeout": 120,
    **AMAZON_SES.get("config", {}),
    "retries": {"total_max_attempts": 1},
}
# A private link is not to lead through somebody else's counter.
ANYMAIL.setdefault("MAILGUN_SEND_DEFAULTS", {"track_clicks": False, "track_opens": False})
EMAIL_HOST = EMAIL_CONFIG.get("EMAIL_HOST")
EMAIL_PORT = EMAIL_CONFIG.get("EMAIL_PORT")
EMAIL_HOST_USER = EMAIL_CONFIG.get("EMAIL_HOST_USER") or ""
EMAIL_HOST_PASSWORD = EMAIL_CONFIG.get("EMAIL_HOST_PASSWORD") or ""
EMAIL_USE_TLS = EMAIL_CONFIG.get("EMAIL_USE_TLS", False)
EMAIL_USE_SSL = EMAIL_CONFIG.get("EMAIL_USE_SSL", False)
# What the relay allows us, over all processes and hosts: connections at once (Postfix: 50 of one
# client), and messages a second (0: as many as it takes).
RELAY_CONNECTIONS = env.int("RELAY_CONNECTIONS", default=40)
RELAY_RATE = env.float("RELAY_RATE", default=0)
SENDER_CONNECTIONS = env.int("SENDER_CONNECTIONS", default=16)  # of one worker, at most
EMAIL_TIMEOUT = 30  # for error reports to ADMINS; the outbox has timeouts per phase of its own

# ---- Celery: wake-ups only (no results, no eta, no countdown) -----------------------------------
CELERY_BROKER_URL = env.str("REDIS_URL")
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_DEFAULT_QUEUE = "bulk"
CELERY_TASK_ROUTES = {"notifications.tasks.drain_urgent": {"queue": "urgent"}}
CELERY_TASK_SERIALIZER = "json"
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_TIMEZONE = "UTC"
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_DISABLE_PREFETCH = True  # a busy worker leaves the bell to an idle one
CELERY_WORKER_MAX_TASKS_PER_CHILD = 1000
CELERY_WORKER_MAX_MEMORY_PER_CHILD = 400_000  # KiB
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_WORKER_SOFT_SHUTDOWN_TIMEOUT = 10.0
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_CONNECTION_MAX_RETRIES = None
CELERY_BROKER_CONNECTION_TIMEOUT = 1.0
CELERY_BROKER_POOL_ACQUIRE_TIMEOUT = 1.0
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "socket_timeout": 5,
    "socket_connect_timeout": 1,
    "health_check_interval": 30,
    "visibility_timeout": 600,
    # A publisher gives up at once when the broker is away: the row is written, `watch` sends it.
    "max_retries": 0,
    "interval_start": 0,
}
TICK_SECONDS = 5
CELERY_BEAT_SCHEDULE = {
    "tick": {
        "task": "notifications.tasks.tick",
        "schedule": TICK_SECONDS,
        "options": {"expires": TICK_SECONDS},
    },
}

# ---- Time and language --------------------------------------------------------------------------
USE_TZ = True
TIME_ZONE = "UTC"
LANGUAGE_CODE = "en"
LANGUAGES = [("en", _("English")), ("es", _("Spanish"))]
LOCALE_PATHS = [BASE_DIR / "config" / "locale"]

# ---- Static files -------------------------------------------------------------------------------
STATIC_URL = "/static/"
STATIC_ROOT = BASE_DIR / "var" / "static"
STATICFILES_DIRS = [BASE_DIR / "config" / "static"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}

# ---- Security -----------------------------------------------------------------------------------
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in ("MinimumLengthValidator", "CommonPasswordValidator", "NumericPasswordValidator")
]
SECURE_SSL_REDIRECT = IS_HTTPS
SECURE_REDIRECT_EXEMPT = [r"^health/(delivery/)?$"]  # probes inside the network speak plain HTTP
SECURE_HSTS_SECONDS = 31_536_000 if IS_HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = IS_HTTPS
SECURE_HSTS_PRELOAD = IS_HTTPS
SESSION_COOKIE_SECURE = IS_HTTPS
CSRF_COOKIE_SECURE = IS_HTTPS
SESSION_COOKIE_AGE = 8 * 3600
SECURE_REFERRER_POLICY = "same-origin"  # private pages say no-referrer themselves
X_FRAME_OPTIONS = "DENY"
if env.bool("BEHIND_PROXY", default=IS_HTTPS):
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")

# ---- Logs: ids only, never a name, an address, a token or a topic --------------------------------
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "%(asctime)s %(levelname)s %(name)s %(message)s"}},
    "filters": {"without_links": {"()": "config.logs.WithoutLinks"}},
    "handlers": {
        "console": {
            "class": "logging.StreamHandler",
            "formatter": "line",
            "filters": ["without_links"],
        },
    },
    "root": {"handlers": ["console"], "level": env.str("LOG_LEVEL", default="INFO")},
    # Django would email whole requests, forms included, to the admins.
    "loggers": {
        "django": {"handlers": [], "propagate": True},
        # At DEBUG they log whole requests, addresses included.
        "botocore": {"level": "INFO"},
        "boto3": {"level": "INFO"},
    },
}
