"""Settings, all of them from the environment.

Development needs none of the variables: `manage.py` fills in the addresses of the embedded servers.
Production sets DEBUG=0 and refuses to start without SECRET_KEY, ALLOWED_HOSTS, DATABASE_URL and REDIS_URL.
"""

import os
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from django.core.exceptions import ImproperlyConfigured
from django.utils.translation import gettext_lazy as _

from martunion.administration import look as administration_look
from martunion.embedded import BASE_DIR, data_folder
from martunion.push_keys import push_keys
from martunion.timetable import TIMETABLE

DATA_DIR = data_folder()

# Whether this is somebody's own machine, where nothing needs to be set; production says DEBUG=0.
ON_LAPTOP = os.environ.get("DEBUG", "1") == "1"
# Django's own pages about mistakes show code and settings, so also a laptop's site, which a whole room may be looking
# at, shows them only when asked to.
DEBUG = ON_LAPTOP and os.environ.get("DEBUG_PAGES") == "1"
DEVELOPMENT_SECRET = "a-development-secret-that-production-refuses-to-start-with"


def required(name: str, development: str) -> str:
    """The variable's value; in development the given stand-in, in production a refusal when missing or the stand-in."""
    value = os.environ.get(name, "")
    if ON_LAPTOP:
        return value or development
    if not value or value == development:
        raise ImproperlyConfigured(f"Set {name} in the environment: production does not start without it.")
    return value


def database(url: str) -> dict[str, Any]:
    """Django's database settings from postgresql://user:password@host:port/name?host=/socket/folder."""
    parts = urlsplit(url)
    query = dict(parse_qsl(parts.query))
    return {
        "ENGINE": "core.postgresql",
        "NAME": parts.path.lstrip("/"),
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": query.get("host", parts.hostname or ""),
        "PORT": str(parts.port or ""),
        "CONN_MAX_AGE": int(os.environ.get("CONN_MAX_AGE", "60")),
        "CONN_HEALTH_CHECKS": True,
        # Starting parallel workers takes longer than a page's statement may; under load their cores are others' cores.
        "OPTIONS": {"options": "-c max_parallel_workers_per_gather=0"},
    }


SECRET_KEY = required("SECRET_KEY", DEVELOPMENT_SECRET)
ALLOWED_HOSTS = required("ALLOWED_HOSTS", "*").split(",")
CSRF_TRUSTED_ORIGINS = [origin for origin in os.environ.get("CSRF_TRUSTED_ORIGINS", "").split(",") if origin]
# How many of our own proxies stand in front; only what they write into X-Forwarded-For is believed.
NUM_PROXIES = int(os.environ.get("NUM_PROXIES", "0" if ON_LAPTOP else "1"))
METRICS_TOKEN = os.environ.get("METRICS_TOKEN", "")
SITE_ADDRESS = os.environ.get("SITE_ADDRESS", "http://localhost:8000")

DATABASES = {"default": database(required("DATABASE_URL", "postgresql://postgres@127.0.0.1/martunion"))}
REDIS_URL = required("REDIS_URL", "redis://127.0.0.1:6379/0")

INSTALLED_APPS = [
    "daphne",
    "unfold.apps.BasicAppConfig",
    "unfold.contrib.filters",
    "martunion.administration.apps.AdministrationConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "django.contrib.postgres",
    "django.forms",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "channels",
    "django_htmx",
    "django_prometheus",
    "rest_framework",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "core",
    "accounts",
    "unions",
    "stores",
    "payments",
    "orders",
    "chat",
    "ascc",
    "matching",
    "martunion",
]

MIDDLEWARE = [
    "martunion.operations.OperationsMiddleware",
    "django_prometheus.middleware.PrometheusBeforeMiddleware",
    "martunion.security.ContentSecurityPolicyMiddleware",
    "martunion.security.PrivatePagesMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "martunion.security.NoNulMiddleware",
    "martunion.pages_only.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "martunion.pages_only.AuthenticationMiddleware",
    "unions.middleware.UnionMiddleware",
    "unions.middleware.LanguageMiddleware",
    "martunion.pages_only.VisitorMiddleware",
    "martunion.pages_only.CartMiddleware",
    "martunion.pages_only.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "martunion.pages_only.HtmxMiddleware",
    "martunion.security.WrongMethodMiddleware",
    "django_prometheus.middleware.PrometheusAfterMiddleware",
]

ROOT_URLCONF = "martunion.urls"
WSGI_APPLICATION = "martunion.wsgi.application"
ASGI_APPLICATION = "martunion.asgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "django.template.context_processors.i18n",
                "orders.context.cart_count",
            ],
        },
    },
]

# Our own layout of forms stands in templates/django/forms/.
FORM_RENDERER = "django.forms.renderers.TemplatesSetting"

AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = [
    "django.contrib.auth.backends.ModelBackend",
    "allauth.account.auth_backends.AuthenticationBackend",
]
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator"},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/account/"
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_EMAIL_VERIFICATION = "mandatory"
# Codes and not links: they work in whichever browser the person began in, and no mail scanner follows them.
ACCOUNT_EMAIL_VERIFICATION_BY_CODE_ENABLED = True
ACCOUNT_LOGIN_BY_CODE_ENABLED = True
ACCOUNT_CHANGE_EMAIL = True
ACCOUNT_SESSION_REMEMBER = True
ACCOUNT_EMAIL_SUBJECT_PREFIX = ""
ACCOUNT_EMAIL_NOTIFICATIONS = True
ACCOUNT_REAUTHENTICATION_REQUIRED = True
ACCOUNT_FORMS = {"login": "accounts.forms.SignInForm"}
ACCOUNT_ADAPTER = "accounts.adapter.AccountAdapter"
ACCOUNT_DEFAULT_HTTP_PROTOCOL = "http" if ON_LAPTOP else "https"
# The limits on sign-in count by the shopper's address: counted by our proxy's, one guesser would lock everybody out.
ALLAUTH_TRUSTED_PROXY_COUNT = NUM_PROXIES
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_TOTP_ISSUER = "martunion"
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_PASSKEY_SIGNUP_ENABLED = True
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = ON_LAPTOP

LANGUAGE_CODE = "en"
LANGUAGES = [("en", _("English")), ("zh-hant", _("Traditional Chinese")), ("ko", _("Korean"))]
LOCALE_PATHS = [BASE_DIR / "locale"]
TIME_ZONE = "UTC"
USE_I18N = True
FORMAT_MODULE_PATH = "martunion.formats"
USE_TZ = True

UNFOLD = administration_look.UNFOLD

STATIC_URL = "/static/"
STATICFILES_DIRS = [BASE_DIR / "static"]
STATIC_ROOT = Path(os.environ.get("STATIC_ROOT", BASE_DIR / "staticfiles"))
MEDIA_URL = "/media/"
MEDIA_ROOT = Path(os.environ.get("MEDIA_ROOT", DATA_DIR / "media"))
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    # Papers of enterprises lie outside MEDIA_ROOT; their addresses are a view's, which asks who wants them.
    "papers": {
        "BACKEND": "django.core.files.storage.FileSystemStorage",
        "OPTIONS": {
            "location": Path(os.environ.get("PRIVATE_ROOT", DATA_DIR / "private")) / "papers",
            "base_url": "/account/papers/",
        },
    },
    # What people have asked for of themselves. Files in and out of stores lie with the papers.
    "personal": {
        "BACKEND": "django.core.files.storage.FileSystemStorage",
        "OPTIONS": {"location": Path(os.environ.get("PRIVATE_ROOT", DATA_DIR / "private")) / "personal"},
    },
    # What is sent in conversations, with wishes and in responses: for those who take part.
    "talk": {
        "BACKEND": "django.core.files.storage.FileSystemStorage",
        "OPTIONS": {"location": Path(os.environ.get("PRIVATE_ROOT", DATA_DIR / "private")) / "talk"},
    },
    # Photographs that come with returns: for the shopper and the store.
    "returns": {
        "BACKEND": "django.core.files.storage.FileSystemStorage",
        "OPTIONS": {"location": Path(os.environ.get("PRIVATE_ROOT", DATA_DIR / "private")) / "returns"},
    },
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if ON_LAPTOP
        else "whitenoise.storage.CompressedManifestStaticFilesStorage"
    },
}
WHITENOISE_USE_FINDERS = WHITENOISE_AUTOREFRESH = ON_LAPTOP

CACHES = {"default": {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": REDIS_URL}}
SESSION_ENGINE = "django.contrib.sessions.backends.cached_db"

# Celery has a word of its own for a unix socket.
CELERY_BROKER_URL = REDIS_URL.replace("unix://", "redis+socket://", 1)
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_TIMEZONE = "UTC"
CELERY_BEAT_SCHEDULE = TIMETABLE
# A task that a killed worker had begun is given to another one after so many seconds; Celery's own is an hour. What may
# take longer (files, figures, settlement) takes a lock or a state first, so that a second worker finds it begun.
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "visibility_timeout": int(os.environ.get("TASK_LOST_AFTER", "300")),
    "unacked_restore_interval": 10,
    "unacked_restore_throttle": 1,
}

# What one socket may send: so many frames at once, and so many more each second.
SOCKET_BURST = int(os.environ.get("SOCKET_BURST", "60"))
SOCKET_FRAMES_PER_SECOND = float(os.environ.get("SOCKET_FRAMES_PER_SECOND", "20"))

# Hours for which a block holds the network address as well: who clears their cookies is a new browser. 0: never.
BLOCKED_ADDRESS_HOURS = int(os.environ.get("BLOCKED_ADDRESS_HOURS", "24"))

# Seconds for which whoever held a room's item leaves it to the others there before holding it again.
ROOM_HOLD_REST = int(os.environ.get("ROOM_HOLD_REST", "120"))

# How many sockets one network address may have open in one process: a school or a mobile network shares one.
SOCKETS_PER_ADDRESS = int(os.environ.get("SOCKETS_PER_ADDRESS", "1000"))

# For how long the browsing record of those who agreed is kept.
BROWSING_KEPT_DAYS = int(os.environ.get("BROWSING_KEPT_DAYS", "90"))

# Calls: servers that help browsers find each other, comma-separated ("stun:turn.example.org:3478"), and the secret
# shared with coturn, from which each browser gets a word of its own for some hours.
STUN_URLS = [url for url in os.environ.get("STUN_URLS", "").split(",") if url]
TURN_URLS = [url for url in os.environ.get("TURN_URLS", "").split(",") if url]
TURN_SECRET = os.environ.get("TURN_SECRET", "")
TURN_SECONDS = 6 * 3600

# How long the built-in bank's late accounts think, and what a provider keeps of what it hands over.
BANK_LATE_SECONDS = float(os.environ.get("BANK_LATE_SECONDS", "20"))
PROVIDER_FEE_BP = int(os.environ.get("PROVIDER_FEE_BP", "0"))

EMAIL_BACKEND = os.environ.get(
    "EMAIL_BACKEND",
    "django.core.mail.backends.filebased.EmailBackend" if ON_LAPTOP else "django.core.mail.backends.smtp.EmailBackend",
)
EMAIL_FILE_PATH = DATA_DIR / "mail"
EMAIL_HOST = os.environ.get("EMAIL_HOST", "localhost")
EMAIL_PORT = int(os.environ.get("EMAIL_PORT", "25"))
EMAIL_HOST_USER = os.environ.get("EMAIL_HOST_USER", "")
EMAIL_HOST_PASSWORD = os.environ.get("EMAIL_HOST_PASSWORD", "")
EMAIL_USE_TLS = os.environ.get("EMAIL_USE_TLS", "0") == "1"
# A mail server that takes the call and says nothing must not hold a worker.
EMAIL_TIMEOUT = int(os.environ.get("EMAIL_TIMEOUT", "20"))
# Web Push to managers whose page is closed. Without a key production runs with push off; see docs/operations.md.
PUSH_PRIVATE_KEY, PUSH_PUBLIC_KEY = push_keys(os.environ.get("PUSH_PRIVATE_KEY", ""), DATA_DIR if DEBUG else None)
PUSH_CONTACT = os.environ.get("PUSH_CONTACT") or "mailto:no-reply@martunion.example"
PUSH_SERVICES = (
    os.environ.get("PUSH_SERVICES") or "fcm.googleapis.com push.services.mozilla.com notify.windows.com push.apple.com"
).split()
# Hosts of carriers that may be asked where their parcels are (`api.carrier.example`), or whole origins of a bridge
# beside us (`http://tracking:8080`). Nothing else is called, whatever an office writes on a carrier.
TRACKING_SERVICES = os.environ.get("TRACKING_SERVICES", "").split()
DEFAULT_FROM_EMAIL = os.environ.get("DEFAULT_FROM_EMAIL") or "martunion <no-reply@martunion.example>"

if not ON_LAPTOP:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    SECURE_SSL_REDIRECT = True
    SECURE_HSTS_SECONDS = 31_536_000
    SECURE_HSTS_INCLUDE_SUBDOMAINS = True
    SECURE_HSTS_PRELOAD = True
    SESSION_COOKIE_SECURE = True
    CSRF_COOKIE_SECURE = True
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"

API_RATE_KEY = int(os.environ.get("API_RATE_KEY", "600"))
API_RATE_GUEST = int(os.environ.get("API_RATE_GUEST", "120"))
REST_FRAMEWORK: dict[str, Any] = {
    "DEFAULT_AUTHENTICATION_CLASSES": ["stores.authentication.KeyAuthentication"],
    "DEFAULT_PERMISSION_CLASSES": ["stores.authentication.HasScope"],
    "DEFAULT_SCHEMA_CLASS": "core.api.schema.Schema",
    "DEFAULT_THROTTLE_CLASSES": ["core.api.limits.PerMinute"],
    "DEFAULT_PAGINATION_CLASS": "core.api.pagination.NewestFirst",
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["core.api.parsing.ShallowJSONParser"],
    "DEFAULT_METADATA_CLASS": None,
    "EXCEPTION_HANDLER": "core.api.problems.handle_exception",
    "UNAUTHENTICATED_USER": None,
    "NUM_PROXIES": NUM_PROXIES,
}
SPECTACULAR_SETTINGS: dict[str, Any] = {
    "TITLE": "martunion",
    "DESCRIPTION": "Everything a mart union does, for programs. See docs/api.md for keys, errors and whole stories.",
    "VERSION": "1",
    "SERVE_INCLUDE_SCHEMA": False,
    "SERVE_AUTHENTICATION": [],
    "SERVE_PERMISSIONS": ["rest_framework.permissions.AllowAny"],
    "SCHEMA_PATH_PREFIX": "/api/v1/",
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    # Its rooms are closed at first: one sees them all, by name, before one opens the one that is looked for.
    "SWAGGER_UI_SETTINGS": {"deepLinking": True, "docExpansion": "none", "filter": True, "tagsSorter": "alpha"},
    "POSTPROCESSING_HOOKS": [
        "drf_spectacular.hooks.postprocess_schema_enums",
        "core.api.schema.add_problems",
    ],
}

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "%(asctime)s %(levelname)s %(name)s %(message)s"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["console"], "level": os.environ.get("LOG_LEVEL", "INFO")},
}

# Several processes of one container add up their figures in this folder, which may be an empty memory disk at start.
if os.environ.get("PROMETHEUS_MULTIPROC_DIR"):
    Path(os.environ["PROMETHEUS_MULTIPROC_DIR"]).mkdir(parents=True, exist_ok=True)
