"""Settings: defaults for a laptop; the environment overrides them."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from csp.constants import NONE, SELF
from django.core.exceptions import ImproperlyConfigured
from django.utils.translation import gettext_lazy as _

from pochin.core import environment

BASE_DIR = Path(__file__).resolve().parent.parent
HOME = environment.home("POCHIN_HOME", BASE_DIR / "var")
DATA = Path(environment.text("POCHIN_DATA", str(BASE_DIR.parent / "shared" / "data")))
LAKE = environment.place("POCHIN_LAKE", HOME / "lake")
INBOX = environment.place("POCHIN_INBOX", HOME / "inbox")
FILES = HOME / "files"
# The virus scanner: unix:/run/clamav/clamd.ctl or tcp:host:3310; empty means none.
CLAMD = environment.scanner("POCHIN_CLAMD")
CHECKPOINTS = Path(environment.text("POCHIN_CHECKPOINTS", str(HOME / "checkpoints")))
MAIL_FILES = HOME / "mail"

# The country whose companies the centre leads abroad, by its three letters.
COUNTRY = environment.country("POCHIN_COUNTRY", "RUS")

DEMO = environment.flag("POCHIN_DEMO")
DEBUG = environment.flag("POCHIN_DEBUG")
ALLOWED_HOSTS = environment.hosts("POCHIN_HOSTS", "localhost 127.0.0.1 [::1] testserver")
CSRF_TRUSTED_ORIGINS = environment.addresses("POCHIN_ORIGINS")
# Who publishes the site; shown under every page where it is given.
IMPRINT = {
    "publisher": environment.text("POCHIN_PUBLISHER"),
    "registration": environment.text("POCHIN_REGISTRATION"),
    "editor": environment.text("POCHIN_EDITOR"),
    "contact": environment.text("POCHIN_EDITOR_CONTACT"),
    "age": environment.text("POCHIN_AGE_MARK"),
}
# Under which licence the public registers are given away, by its SPDX name.
OPEN_DATA_LICENCE = environment.text("POCHIN_LICENCE", "CC-BY-4.0")
SITE_URL = environment.address("POCHIN_URL", "http://127.0.0.1:8000")
# How many proxies stand before the server: what the last of them says of the client's address is
# believed, so that limits of sign-in hold for one client and not for everybody behind the proxy.
ALLAUTH_TRUSTED_PROXY_COUNT = environment.number(
    "POCHIN_PROXIES", int(SITE_URL.startswith("https://")), most=20
)

SECRET_KEY = environment.secret("POCHIN_SECRET_KEY", HOME)
ROOT_URLCONF = "pochin.urls"
WSGI_APPLICATION = "pochin.cli.wsgi.application"
AUTH_USER_MODEL = "participants.Person"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# In the order of the story, ground floor first; the same order as the import contract.
ROOMS = [
    "pochin.core",
    "pochin.ui",
    "pochin.files",
    "pochin.jobs",
    "pochin.search",
    "pochin.papers",
    "pochin.participants",
    "pochin.needs",
    "pochin.solutions",
    "pochin.sites",
    "pochin.agreements",
    "pochin.coordination",
    "pochin.markets",
    "pochin.news",
    "pochin.applications",
    "pochin.reviews",
    "pochin.pilots",
    "pochin.measurements",
    "pochin.evaluations",
    "pochin.decisions",
    "pochin.deals",
    "pochin.exports",
    "pochin.portfolio",
    "pochin.dossier",
    "pochin.notices",
    "pochin.keeping",
    "pochin.home",
    "pochin.demo",
]
INSTALLED_APPS = [
    "django.contrib.contenttypes",
    "django.contrib.auth",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.socialaccount",
    "allauth.socialaccount.providers.openid_connect",
    "csp",
    "django_htmx",
    "django_tasks",
    "template_partials",
    *ROOMS,
]
MIDDLEWARE = [
    "pochin.keeping.middleware.HealthMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "pochin.ui.middleware.PolicyMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "pochin.participants.middleware.ReaderMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "pochin.ui.programs.ProgramsMiddleware",
    "pochin.ui.middleware.NulMiddleware",
    "pochin.ui.middleware.RefusalMiddleware",
    "pochin.ui.middleware.OnceMiddleware",
]
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        # Before the rooms of libraries, so that sign-in wears our look.
        "DIRS": [BASE_DIR / "pochin" / "ui" / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.messages.context_processors.messages",
                "pochin.home.context.frame",
            ]
        },
    }
]


def _asked_of_postgresql(options: dict[str, str]) -> dict[str, str]:
    from psycopg import ProgrammingError  # noqa: PLC0415 - only where PostgreSQL is asked
    from psycopg.conninfo import make_conninfo  # noqa: PLC0415

    try:
        make_conninfo(**options)
    except ProgrammingError as error:
        raise ImproperlyConfigured(
            "POCHIN_DATABASE_URL asks for what PostgreSQL does not know: "
            f"{str(error).strip().splitlines()[0]}."
        ) from error
    return options


def _database(url: str) -> dict[str, Any]:
    """Read ``sqlite:///path`` or ``postgresql://user:password@host:port/name?host=/socket/dir``."""
    parts = urlsplit(url)
    if parts.scheme == "sqlite":
        pragmas = [
            "journal_mode=WAL",
            "synchronous=FULL",  # what was confirmed survives a power cut
            "foreign_keys=ON",
            "recursive_triggers=ON",  # INSERT OR REPLACE may not slip past what is append-only
            "cache_size=-32000",
            "mmap_size=134217728",
            "journal_size_limit=67108864",
        ]
        return {
            "ENGINE": "pochin.core.sqlite",
            "NAME": parts.path,
            "TEST": {"NAME": ":memory:"},
            "CONN_MAX_AGE": None,
            "OPTIONS": {
                "transaction_mode": "IMMEDIATE",
                "timeout": 20,
                "init_command": ";".join(f"PRAGMA {pragma}" for pragma in pragmas),
            },
        }
    if parts.scheme not in {"postgresql", "postgres"}:
        raise ImproperlyConfigured(
            f"POCHIN_DATABASE_URL begins with “{parts.scheme}:”; sqlite and postgresql are known."
        )
    try:
        port = parts.port
    except ValueError as error:
        raise ImproperlyConfigured(
            "The port in POCHIN_DATABASE_URL is not a number of a port."
        ) from error
    if not parts.path.strip("/"):
        raise ImproperlyConfigured(
            "POCHIN_DATABASE_URL names no database; write postgresql://user:password@host/name."
        )
    # What stands behind the question mark is PostgreSQL's own: sslmode, sslrootcert and others.
    query = {name: values[-1] for name, values in parse_qs(parts.query).items()}
    host = query.pop("host", parts.hostname or "")
    return {
        "ENGINE": "django.db.backends.postgresql",
        "HOST": host,
        "OPTIONS": {"connect_timeout": "10", **_asked_of_postgresql(query)},
        "PORT": port or "",
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "NAME": parts.path.lstrip("/"),
        "CONN_MAX_AGE": 600,
        "CONN_HEALTH_CHECKS": True,
    }


CACHES = {
    # Of all processes and nodes: attempts to sign in, and codes of a second factor that were used.
    "default": {
        "BACKEND": "django.core.cache.backends.db.DatabaseCache",
        "LOCATION": "shared_cache",
        "OPTIONS": {"MAX_ENTRIES": 20_000},
    },
    "near": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"},
}
DATABASE_URL = environment.text("POCHIN_DATABASE_URL", f"sqlite://{HOME / 'db.sqlite3'}")
DATABASES = {"default": _database(DATABASE_URL)}

AUTHENTICATION_BACKENDS = ["pochin.participants.backend.Backend"]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]
AUTH_PASSWORD_VALIDATORS = [
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 12},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
]

LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/"
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_EMAIL_VERIFICATION = "none" if DEMO else "mandatory"
ACCOUNT_EMAIL_VERIFICATION_BY_CODE_ENABLED = not DEMO
ACCOUNT_EMAIL_VERIFICATION_BY_CODE_MAX_ATTEMPTS = 5
ACCOUNT_EMAIL_VERIFICATION_SUPPORTS_RESEND = True
ACCOUNT_EMAIL_VERIFICATION_SUPPORTS_CHANGE = True
ACCOUNT_LOGIN_BY_CODE_ENABLED = False
# Nobody's letter box is filled by who only knows its address.
ACCOUNT_RATE_LIMITS = {"reset_password": "20/m/ip,5/h/key"}
ACCOUNT_PREVENT_ENUMERATION = True
# A browser left open is not enough to change the address or to tie another identity to it.
ACCOUNT_REAUTHENTICATION_REQUIRED = True
# The owner is told of every change to the account; what is said stands in `pochin.ui.security`.
ACCOUNT_EMAIL_NOTIFICATIONS = True
ACCOUNT_ADAPTER = "pochin.ui.entrance.Entrance"
SOCIALACCOUNT_ADAPTER = "pochin.ui.entrance.Identities"
MFA_ADAPTER = "pochin.ui.entrance.Factors"
ACCOUNT_EMAIL_SUBJECT_PREFIX = ""  # the sender is named in the letter, not before its subject
ACCOUNT_SESSION_REMEMBER = True
MFA_SUPPORTED_TYPES = ["totp", "recovery_codes", "webauthn"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_TOTP_ISSUER = "Pochin"
# The staff of a programme needs a second factor; only the demonstration goes without.
SECOND_FACTOR_REQUIRED = not DEMO


def _identities(url: str) -> dict[str, Any]:
    """The organisation's own sign-in, by OpenID Connect."""
    app = {
        "provider_id": "oidc",
        "name": environment.text("POCHIN_OIDC_NAME", "OpenID Connect"),
        "client_id": environment.needed("POCHIN_OIDC_CLIENT", "POCHIN_OIDC_URL"),
        "secret": environment.needed("POCHIN_OIDC_SECRET", "POCHIN_OIDC_URL"),
        # A code that was caught on its way opens nothing without the word of who asked for it.
        "settings": {"server_url": url, "oauth_pkce_enabled": True},
    }
    return {"openid_connect": {"APPS": [app]}}


OIDC_URL = environment.address("POCHIN_OIDC_URL")
SOCIALACCOUNT_PROVIDERS = _identities(OIDC_URL) if OIDC_URL else {}

EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
EMAIL_FILE_PATH = MAIL_FILES
if DEMO or not environment.text("POCHIN_MAIL_HOST"):
    EMAIL_BACKEND = "django.core.mail.backends.filebased.EmailBackend"
EMAIL_HOST = environment.text("POCHIN_MAIL_HOST", "localhost")
EMAIL_PORT = environment.number("POCHIN_MAIL_PORT", 25, most=65_535)
EMAIL_HOST_USER = environment.text("POCHIN_MAIL_USER")
EMAIL_HOST_PASSWORD = environment.text("POCHIN_MAIL_PASSWORD")
EMAIL_USE_TLS = environment.flag("POCHIN_MAIL_TLS")
EMAIL_TIMEOUT = 20  # a mail server that accepts and then says nothing may not hold all work up
DEFAULT_FROM_EMAIL = environment.sender("POCHIN_MAIL_FROM", "Pochin <pochin@localhost>")

# One way out for all logs, and nothing passes it that would open something.
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "filters": {"masked": {"()": "pochin.core.secrecy.Masked"}},
    "formatters": {"plain": {"format": "%(asctime)s %(levelname)s %(name)s: %(message)s"}},
    "handlers": {
        "out": {"class": "logging.StreamHandler", "filters": ["masked"], "formatter": "plain"},
        # Without any handler the last resort of Python would write it down all the same.
        "nowhere": {"class": "logging.NullHandler", "filters": ["masked"]},
    },
    "root": {"handlers": ["out"], "level": "WARNING"},
    "loggers": {
        "django": {"handlers": [], "level": "INFO" if DEBUG else "WARNING"},
        # What is absent or refused is no event; what broke is.
        "django.request": {"handlers": [], "level": "WARNING" if DEBUG else "ERROR"},
        # Anybody can ask by another host's name as often as they like.
        "django.security.DisallowedHost": {"handlers": ["nowhere"], "propagate": False},
        "django.server": {"handlers": ["out"], "level": "INFO", "propagate": False},
    },
}

TASKS = {
    "default": {
        "BACKEND": "pochin.jobs.backend.DatabaseBackend",
        "QUEUES": [],  # any name will do
        "OPTIONS": {"keep_days": environment.number("POCHIN_JOBS_KEEP_DAYS", 30, most=36_500)},
    }
}

LANGUAGE_CODE = "ru"
LANGUAGES = [("ru", _("Russian")), ("en", _("English"))]
LOCALE_PATHS = [BASE_DIR / "pochin" / "locale"]
USE_TZ = True
FORMAT_MODULE_PATH = ["pochin.ui.typed"]
TIME_ZONE = "Europe/Moscow"
USE_THOUSAND_SEPARATOR = False

STATIC_URL = "/static/"
STATIC_ROOT = HOME / "static"
STORAGES = {
    "default": {
        "BACKEND": "django.core.files.storage.FileSystemStorage",
        "OPTIONS": {"location": FILES},
    },
    "staticfiles": {"BACKEND": "pochin.ui.storage.Storage"},
}
if S3_BUCKET := environment.text("POCHIN_S3_BUCKET"):
    STORAGES["default"] = {
        "BACKEND": "storages.backends.s3.S3Storage",
        "OPTIONS": {
            "bucket_name": S3_BUCKET,
            "endpoint_url": environment.address("POCHIN_S3_ENDPOINT") or None,
            "file_overwrite": False,
        },
    }

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
        "base-uri": [NONE],
        "manifest-src": [SELF],
    }
}
SESSION_ENGINE = "pochin.participants.sessions"
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_HTTPONLY = False
CSRF_FAILURE_VIEW = "pochin.ui.views.csrf_failure"
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
if not DEBUG and SITE_URL.startswith("https://"):
    SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = True
    SECURE_HSTS_SECONDS = 31_536_000
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
