"""Settings. Values come from `env.py`; docs/settings.md describes each one."""

import warnings
from datetime import timedelta
from pathlib import Path
from typing import Any

import django_stubs_ext
from csp.constants import NONCE, NONE, SELF

from widgetapp.env import BASE_DIR, channel_layers, databases, development_secret, env, failpoints, redis_hosts
from widgetapp.limits import limit

# ModelAdmin[Thing], ModelForm[Thing] …: Django itself allows the brackets only for some classes.
django_stubs_ext.monkeypatch()

DEBUG = env.bool("DEBUG", default=True)
SECRET_KEY = env.str("SECRET_KEY", default="") or (development_secret() if DEBUG else "")
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=["localhost", "127.0.0.1", "[::1]"])
# HTTPS is the production default; a development server speaks plain HTTP on loopback.
HTTPS = env.bool("HTTPS", default=not DEBUG)

INSTALLED_APPS = [
    # The first that has a command has it: its `runserver` is daphne's. daphne itself is no app here, because as one it
    # brings Twisted into every process, a fifth of the time that one takes to start.
    "widgetapp",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "channels",
    "corsheaders",
    "rest_framework",
    "django_filters",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "knox",
    "streaming",
    "accounts",
    "things",
    "widgetapp.site",
]

MIDDLEWARE = [
    "widgetapp.request_ids.RequestIdMiddleware",
    "widgetapp.middleware.EdgeMiddleware",
    "widgetapp.caching.PrivateAnswers",
    "widgetapp.transport.HttpsApi",
    "django.middleware.security.SecurityMiddleware",
    "widgetapp.origins.RefusedPreflights",
    "corsheaders.middleware.CorsMiddleware",
    "widgetapp.short_way.ShortWay",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "widgetapp.middleware.SlashMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "accounts.middleware.DoorsMiddleware",
    "widgetapp.rates.WriteRates",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "csp.middleware.CSPMiddleware",
    "widgetapp.policy.BrowsableApiStyle",
    "widgetapp.middleware.QuotaMiddleware",
    "widgetapp.failures.UnreadableAdmin",
]

ROOT_URLCONF = "widgetapp.urls"
ASGI_APPLICATION = "widgetapp.asgi.application"

TEMPLATES: list[dict[str, Any]] = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "csp.context_processors.nonce",
            ],
        },
    },
]

DATABASES = databases()
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

CHANNEL_LAYERS = channel_layers()
REDIS_HOSTS = redis_hosts()

CACHES = {"default": env.cache_url("CACHE_URL", default="locmemcache://")}

# --- people ---------------------------------------------------------------------------------
AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = ["accounts.backends.PasswordBackend"]
SESSION_ENGINE = "accounts.sessions"
LOGIN_URL = "accounts:sign_in"
LOGIN_REDIRECT_URL = "things:gallery"
LOGOUT_REDIRECT_URL = "accounts:sign_in"
AUTH_PASSWORD_VALIDATORS = [
    {
        "NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator",
        "OPTIONS": {"user_attributes": ("email", "name")},
    },
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator"},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]
# How long the link of a password reset is good.
PASSWORD_RESET_TIMEOUT = 3600
DEMO = env.bool("DEMO", default=DEBUG)  # one-click demo sign-in
# Its migrations would make a table of tokens that nobody uses, and that PostgreSQL guards when tests clean up.
MIGRATION_MODULES = {"knox": None}
KNOX_TOKEN_MODEL = "accounts.Token"  # noqa: S105 — a model, not a token
REST_KNOX = {"TOKEN_PREFIX": "wap_", "TOKEN_TTL": None, "AUTH_HEADER_PREFIX": "Bearer"}
TICKET_LIFETIME = timedelta(seconds=30)

# --- mail -----------------------------------------------------------------------------------
# Where none is set up, development prints mail, and production sends none and says so.
EMAIL_URL = env.str("EMAIL_URL", default="consolemail://" if DEBUG else "dummymail://")
vars().update(env.email_url_config(EMAIL_URL))
DEFAULT_FROM_EMAIL = env.str("DEFAULT_FROM_EMAIL", default="WidgetApp <noreply@localhost>")
SENDS_MAIL = not EMAIL_URL.startswith("dummymail:")

# --- HTTP API -------------------------------------------------------------------------------
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "accounts.authentication.TokenAuthentication",
        "accounts.authentication.SessionAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["accounts.authentication.InScope"],
    "DEFAULT_THROTTLE_CLASSES": ["widgetapp.rates.WriteThrottle"],
    "DEFAULT_PARSER_CLASSES": ["widgetapp.parsers.StrictJSONParser"],
    "DEFAULT_RENDERER_CLASSES": [
        "widgetapp.renderers.JSONRenderer",
        "widgetapp.browsable.ExampleRenderer",
    ],
    "DEFAULT_CONTENT_NEGOTIATION_CLASS": "widgetapp.browsable.Negotiation",
    "DEFAULT_SCHEMA_CLASS": "widgetapp.openapi.described.Described",
    "DEFAULT_FILTER_BACKENDS": ["django_filters.rest_framework.DjangoFilterBackend"],
    "EXCEPTION_HANDLER": "widgetapp.problems.exception_handler",
    "COERCE_DECIMAL_TO_STRING": False,
    "NUM_PROXIES": 0,  # EdgeMiddleware has found the caller's address already
}
# Pages of other origins: with a token, never with a cookie (widgetapp/origins.py).
API_ORIGINS = CORS_ALLOWED_ORIGINS = env.list("API_ORIGINS", default=[])
CORS_URLS_REGEX = r"^/api/"
CORS_ALLOW_CREDENTIALS = False
CORS_ALLOW_HEADERS = ["accept", "authorization", "content-type", "if-none-match", "x-request-id"]
CORS_EXPOSE_HEADERS = [
    "ETag",
    "Location",
    "RateLimit",
    "RateLimit-Policy",
    "Retry-After",
    "Stream-Position",
    "X-Request-ID",
]
SPECTACULAR_SETTINGS = {
    "TITLE": "WidgetApp",
    "DESCRIPTION": "Things, editor actions and the tickets of the Streaming API.",
    "VERSION": "1",
    "OAS_VERSION": "3.1.1",
    "SERVE_INCLUDE_SCHEMA": False,
    "SERVE_PERMISSIONS": ["accounts.authentication.InScope"],
    "COMPONENT_SPLIT_REQUEST": True,
    "SERVERS": [{"url": "/", "description": "This site"}],
    "CONTACT": {"name": "Whoever runs this site"},
    "LICENSE": {"name": "MIT", "identifier": "MIT"},
    "TAGS": [
        {"name": "Things", "description": "Designs, their state, their log."},
        {"name": "Actions", "description": "What can be done in a Thing, and doing it."},
        {"name": "Sharing", "description": "Who may enter a Thing."},
        {"name": "Inbox", "description": "What concerns you."},
        {"name": "Account", "description": "You and your personal tokens."},
        {"name": "Stream", "description": "The way into the Streaming API."},
        {"name": "Start", "description": "Where everything is."},
    ],
    "POSTPROCESSING_HOOKS": ["drf_spectacular.hooks.postprocess_schema_enums", "widgetapp.openapi.hooks.whole"],
    "ENUM_NAME_OVERRIDES": {"Role": "things.models.Role", "GivenRole": "things.models.GIVEN_ROLES"},
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "REDOC_DIST": "SIDECAR",
}
ACTIONS_PER_MINUTE = limit("ACTIONS_PER_MINUTE")
ACTIONS_BURST = limit("ACTIONS_BURST")

# --- limits ---------------------------------------------------------------------------------
# Their numbers and meanings stand in limits.py and docs/limits.md.
HTTP_HEADER_BYTES = limit("HTTP_HEADER_BYTES")
HTTP_HEADER_COUNT = limit("HTTP_HEADER_COUNT")
HTTP_HEADER_SECONDS = limit("HTTP_HEADER_SECONDS")
HTTP_BODY_BYTES = DATA_UPLOAD_MAX_MEMORY_SIZE = limit("HTTP_BODY_BYTES")
HTTP_BODY_SECONDS = limit("HTTP_BODY_SECONDS")
HTTP_UPLOAD_BYTES = limit("HTTP_UPLOAD_BYTES")
HTTP_UPLOAD_SECONDS = limit("HTTP_UPLOAD_SECONDS")
HTTP_BODIES_BYTES = limit("HTTP_BODIES_BYTES")
HTTP_CONNECTIONS_PER_ADDRESS = limit("HTTP_CONNECTIONS_PER_ADDRESS")
WRITE_QUEUE = limit("WRITE_QUEUE")
WRITE_QUEUE_SECONDS = limit("WRITE_QUEUE_SECONDS")
READ_QUEUE = limit("READ_QUEUE")
READ_QUEUE_SECONDS = limit("READ_QUEUE_SECONDS")
REQUESTS_PER_MINUTE = limit("REQUESTS_PER_MINUTE")
ANSWER_ROWS = limit("ANSWER_ROWS")
ANSWER_BYTES = limit("ANSWER_BYTES")
THING_WIDGETS = limit("THING_WIDGETS")
THING_ROWS = limit("THING_ROWS")
THING_BYTES = limit("THING_BYTES")
WORK_STEPS = limit("WORK_STEPS")
LOG_BYTES_PER_DAY = limit("LOG_BYTES_PER_DAY")
PICTURE_CACHE_BYTES = limit("PICTURE_CACHE_BYTES")
THINGS_PER_DAY = limit("THINGS_PER_DAY")
TOKENS_PER_DAY = limit("TOKENS_PER_DAY")
TICKETS_PER_DAY = limit("TICKETS_PER_DAY")
INVITATIONS_PER_DAY = limit("INVITATIONS_PER_DAY")
NOTIFICATIONS_PER_DAY = limit("NOTIFICATIONS_PER_DAY")
DEMO_SIGN_INS_PER_HOUR = limit("DEMO_SIGN_INS_PER_HOUR")
DEMO_VISITOR_DAYS = limit("DEMO_VISITOR_DAYS")
SIGN_IN_TRIES_PER_PERSON = limit("SIGN_IN_TRIES_PER_PERSON")
SIGN_IN_TRIES_PER_ADDRESS = limit("SIGN_IN_TRIES_PER_ADDRESS")
SIGN_IN_SECONDS = limit("SIGN_IN_SECONDS")

# --- serving --------------------------------------------------------------------------------
HTTP_THREADS = env.int("HTTP_THREADS", default=8)

# --- Streaming API --------------------------------------------------------------------------
# The name of this worker process: connection ids begin with it.
WORKER = env.str("WIDGETAPP_WORKER", default="1")
WORKERS = env.int("WEB_CONCURRENCY", default=1)
TRUSTED_PROXIES = env.list("TRUSTED_PROXIES", default=[])
STREAM_ORIGINS = env.list("STREAM_ORIGINS", default=[])
STREAM_FILTERS = [
    "streaming.filters.request_id.RequestId",
    "streaming.filters.edge.Edge",
    "streaming.filters.secure.Secure",
    "streaming.filters.throttle.AddressThrottle",
    "streaming.filters.origin.Origin",
    "streaming.filters.session.Session",
    "accounts.stream_filters.BearerToken",
    "accounts.stream_filters.Ticket",
    "streaming.filters.throttle.UserThrottle",
    "streaming.filters.anonymous.Anonymous",
    "streaming.filters.locale.Locale",
]
# Who reads /metrics in production says this token.
METRICS_TOKEN = env.str("METRICS_TOKEN", default="")
# How long a worker that is told to go lets its clients take to move to another.
DRAIN_SECONDS = env.float("DRAIN_SECONDS", default=10.0)
STREAM_ANONYMOUS = env.bool("STREAM_ANONYMOUS", default=True)
# Of one worker process. Bytes: sent, or waiting to be, and not acknowledged, of all connections together.
STREAM_WORKER_BYTES = limit("STREAM_WORKER_BYTES")
STREAM_CONNECTIONS_PER_ADDRESS = limit("STREAM_CONNECTIONS_PER_ADDRESS")
STREAM_CONNECTIONS_PER_USER = limit("STREAM_CONNECTIONS_PER_USER")
STREAM_WAITING_PER_ADDRESS = limit("STREAM_WAITING_PER_ADDRESS")

# --- for tests ------------------------------------------------------------------------------
# Where this process dies at once, and how often: a system check refuses it where people work.
FAILPOINTS = failpoints()
ALLOW_FAILPOINTS = env.bool("WIDGETAPP_ALLOW_FAILPOINT", default=DEBUG)

# --- static files ---------------------------------------------------------------------------
STATIC_URL = "/static/"
STATIC_ROOT = Path(env.str("STATIC_ROOT", default=str(BASE_DIR / "staticfiles")))
STATICFILES_DIRS = [("clients/javascript", BASE_DIR / "clients" / "javascript")]
_manifest = (STATIC_ROOT / "staticfiles.json").exists() and not DEBUG
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"
        if _manifest
        else "django.contrib.staticfiles.storage.StaticFilesStorage"
    },
}
WHITENOISE_USE_FINDERS = not _manifest
if not _manifest:
    # The finders serve what was not collected: an empty place is no news.
    warnings.filterwarnings("ignore", message="No directory at", category=UserWarning)
WHITENOISE_AUTOREFRESH = DEBUG

# --- language and time ----------------------------------------------------------------------
LANGUAGE_CODE = "en"
USE_I18N = True
TIME_ZONE = "UTC"
USE_TZ = True

# --- security -------------------------------------------------------------------------------
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = HTTPS
SECURE_SSL_REDIRECT = env.bool("SECURE_SSL_REDIRECT", default=HTTPS)
SECURE_HSTS_SECONDS = 31536000 if HTTPS else 0
# Both bind hosts that are not this site's: whoever owns the domain decides.
SECURE_HSTS_INCLUDE_SUBDOMAINS = env.bool("SECURE_HSTS_INCLUDE_SUBDOMAINS", default=False)
SECURE_HSTS_PRELOAD = env.bool("SECURE_HSTS_PRELOAD", default=False)
# Load balancers and Prometheus ask the process itself, without the proxy that ends TLS.
SECURE_REDIRECT_EXEMPT = [r"^(healthz|readyz|metrics)$"]
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
CSRF_FAILURE_VIEW = "widgetapp.failures.csrf_failure"
CSRF_TRUSTED_ORIGINS = env.list("CSRF_TRUSTED_ORIGINS", default=[])
SILENCED_SYSTEM_CHECKS = ["security.W005", "security.W021"]  # HSTS of other hosts, see above

# No inline script but the import map (by its nonce), no inline style but on the browsable API
# (widgetapp/policy.py), nothing from another host.
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF, NONCE],
        "style-src": [SELF],
        "img-src": [SELF, "data:", "blob:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "form-action": [SELF],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
    }
}

LOG_LEVEL = env.str("LOG_LEVEL", default="INFO")
LOGGING: dict[str, Any] = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "{asctime} {levelname} {name}{about} {message}", "style": "{"}},
    "filters": {"about": {"()": "widgetapp.request_ids.RequestIdOfLine"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line", "filters": ["about"]}},
    "root": {"handlers": ["console"], "level": LOG_LEVEL},
    "loggers": {
        # Django brings handlers of its own: with the root's, every line would be there twice.
        "django": {"handlers": []},
        "django.server": {"handlers": [], "propagate": True},
        # At every start it names extras that nobody needs here, and the address, which is told already.
        "daphne.server": {"level": "WARNING"},
        # It logs a traceback a second while Redis is away; the hub says once that it is, and once that it is back.
        "channels_redis": {"level": "CRITICAL"},
    },
}
