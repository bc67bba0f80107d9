"""What holds everywhere. No secret stands here; `.env.example` explains each variable."""

import hashlib
import tempfile
from datetime import timedelta
from pathlib import Path
from typing import Any

import django_stubs_ext
import environ

from common.version import VERSION
from monitoring import logs

django_stubs_ext.monkeypatch()  # lets QuerySet[Dataset] and the like stand in class definitions

BASE_DIR = Path(__file__).resolve().parent.parent.parent

env = environ.Env()
env.read_env(env("ENV_FILE", default=BASE_DIR / ".env"))


# --- Embedded servers (omicsoracle/embedded.py) ------------------------------------------------
VAR_DIR = Path(env("VAR_DIR", default=str(BASE_DIR / "var"))).resolve()


def socket_directory(var: Path) -> Path:
    """Return where the embedded servers' sockets lie: a socket's path may have 107 bytes at most."""
    inside = var / "run"
    if len(str(inside).encode()) <= 80:  # noqa: PLR2004
        return inside
    digest = hashlib.sha256(str(var).encode()).hexdigest()[:12]
    return Path(tempfile.gettempdir()) / f"omicsoracle-{digest}"


SOCKET_DIR = socket_directory(VAR_DIR)
EMBEDDED_POSTGRES = not env("DATABASE_URL", default="")
EMBEDDED_VALKEY = not env("REDIS_URL", default="")
PORT = env.int("PORT", default=8000)
WEB_THREADS = env.int("WEB_THREADS", default=2)
WEB_WORKERS = env.int("WEB_WORKERS", default=2)

# --- Applications ------------------------------------------------------------------------------
INSTALLED_APPS = [
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.postgres",
    "corsheaders",
    "rest_framework",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "accounts",
    "discovery",
]

MIDDLEWARE = [
    "common.middleware.RequestIdMiddleware",
    "monitoring.middleware.AccessLogMiddleware",
    "common.middleware.ProblemMiddleware",
    "common.middleware.TrailingSlashMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "corsheaders.middleware.CorsMiddleware",
    "common.middleware.RequestSizeMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]

ROOT_URLCONF = "omicsoracle.urls"
WSGI_APPLICATION = "omicsoracle.wsgi.application"
APPEND_SLASH = False  # TrailingSlashMiddleware answers both forms

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
            ],
        },
    }
]

# --- PostgreSQL --------------------------------------------------------------------------------
DATABASES: dict[str, dict[str, Any]]
if EMBEDDED_POSTGRES:
    DATABASES = {
        "default": {
            "ENGINE": "django.db.backends.postgresql",
            "NAME": env("DATABASE_NAME", default="omicsoracle"),
            "USER": "postgres",
            "HOST": str(SOCKET_DIR),
            "PORT": "5432",
        }
    }
else:
    DATABASES = {"default": env.db("DATABASE_URL")}

DATABASES["default"] |= {"CONN_MAX_AGE": 0, "CONN_HEALTH_CHECKS": True}
DATABASES["default"]["OPTIONS"] = {
    **DATABASES["default"].get("OPTIONS", {}),
    "connect_timeout": 2,
    "tcp_user_timeout": 10_000,
    "keepalives_idle": 30,
    # The web server sets 5s; commands and workers may take longer over one statement.
    "options": f"-c statement_timeout={env('DATABASE_STATEMENT_TIMEOUT', default='60s')}"
    " -c lock_timeout=2s -c idle_in_transaction_session_timeout=60s",
}
# Only for threaded servers: a pool does not survive Celery's fork.
if pool_size := env.int("DATABASE_POOL_SIZE", default=0):
    DATABASES["default"]["OPTIONS"]["pool"] = {
        "min_size": 1,
        "max_size": pool_size,
        "timeout": 2,
        "max_lifetime": 1800,
    }

DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# --- Valkey and Celery -------------------------------------------------------------------------
REDIS_URL = env("REDIS_URL", default="") or (
    f"unix://{SOCKET_DIR}/valkey.sock?db={env('VALKEY_DATABASE', default='') or 0}"
)

CELERY_BROKER_URL = REDIS_URL.replace("unix://", "redis+socket://").replace(
    "?db=", "?virtual_host="
)
CELERY_RESULT_BACKEND = None
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_TASK_ACKS_ON_FAILURE_OR_TIMEOUT = True
CELERY_TASK_TIME_LIMIT = 120
CELERY_TASK_SOFT_TIME_LIMIT = 90
CELERY_TASK_PUBLISH_RETRY = False
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_MAX_TASKS_PER_CHILD = 200
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "visibility_timeout": 600,
    "unacked_restore_interval": 5,
    "unacked_restore_throttle": 1,
    "socket_timeout": 5,
    "socket_connect_timeout": 1,
    "health_check_interval": 25,
}
CELERY_TIMEZONE = "UTC"
CELERY_BEAT_SCHEDULE_FILENAME = str(VAR_DIR / "celerybeat-schedule")
CELERY_BEAT_SCHEDULE = {
    "index-what-is-waiting": {
        "task": "discovery.tasks.index_waiting",
        "schedule": timedelta(seconds=30),
        "options": {"expires": 30},
    },
}

# --- Accounts ----------------------------------------------------------------------------------
AUTH_USER_MODEL = "accounts.User"
PASSWORD_HASHERS = ["accounts.hashers.Argon2id"]
# In one process. A thread is left for everybody else, however many people sign in at once.
PASSWORD_HASHES_AT_ONCE = min(2, max(1, WEB_THREADS - 1))
PASSWORD_HASHES_WAITING = max(0, WEB_THREADS - 1 - PASSWORD_HASHES_AT_ONCE)
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "accounts.password_rules.Length"},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {
        "NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator",
        "OPTIONS": {"user_attributes": ["email", "full_name"]},
    },
]
ACCESS_TOKEN_LIFETIME = timedelta(minutes=10)
TOKEN_ISSUER = "omicsoracle"
TOKEN_AUDIENCE = "omicsoracle-api"
DEMO_ALLOWED = False  # whether `manage.py create_demo` may make an admin with a known password

# --- HTTP --------------------------------------------------------------------------------------
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": ["accounts.authentication.OneCredential"],
    "DEFAULT_PERMISSION_CLASSES": [
        "rest_framework.permissions.IsAuthenticated",
        "accounts.permissions.WithinKeyScopes",
    ],
    "DEFAULT_PARSER_CLASSES": ["common.parsers.StrictJSONParser"],
    "DEFAULT_RENDERER_CLASSES": ["common.renderers.FastJSONRenderer"],
    "DEFAULT_PAGINATION_CLASS": "common.pagination.NewestFirst",
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "EXCEPTION_HANDLER": "common.api.explain",
    "DEFAULT_CONTENT_NEGOTIATION_CLASS": "common.api.LenientNegotiation",
    "UNAUTHENTICATED_USER": "django.contrib.auth.models.AnonymousUser",
    "NUM_PROXIES": 0,
}
MAX_BODY_BYTES = 1024 * 1024
MAX_JSON_DEPTH = 32
DATA_UPLOAD_MAX_MEMORY_SIZE = MAX_BODY_BYTES + 1  # RequestSizeMiddleware answers first, with 413
CORS_ALLOWED_ORIGINS = env.list("CORS_ALLOWED_ORIGINS", default=[])
CORS_URLS_REGEX = r"^/api/"
CORS_EXPOSE_HEADERS = ["X-Request-ID", "Location", "Retry-After"]

SPECTACULAR_SETTINGS = {
    "TITLE": "OmicsOracle",
    "DESCRIPTION": "Ask a plain question, get the GEO series that answer it, ranked and explained.",
    "VERSION": VERSION,
    "OAS_VERSION": "3.1.0",
    "SERVE_INCLUDE_SCHEMA": False,
    "SERVE_AUTHENTICATION": [],
    "SCHEMA_PATH_PREFIX": r"/api/v2",
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "REDOC_DIST": "SIDECAR",
    "COMPONENT_SPLIT_REQUEST": True,
    "POSTPROCESSING_HOOKS": [
        "drf_spectacular.hooks.postprocess_schema_enums",
        "common.schema.add_problems",
    ],
}

X_FRAME_OPTIONS = "DENY"
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": ["'self'"],
        "img-src": ["'self'", "data:"],
        "object-src": ["'none'"],
        "base-uri": ["'self'"],
        "frame-ancestors": ["'none'"],
        "form-action": ["'self'"],
    }
}
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
LOGIN_URL = "admin:login"

STATIC_URL = "/static/"
STATIC_ROOT: Path | None = BASE_DIR / "staticfiles"
STATICFILES_DIRS = [BASE_DIR / "omicsoracle" / "static"]

LANGUAGE_CODE = "en"
USE_I18N = False
USE_TZ = True
TIME_ZONE = "UTC"

# --- Discovery ---------------------------------------------------------------------------------
STARTER_CATALOGUE = BASE_DIR / "discovery" / "starter.jsonl"
EMBEDDING_CACHE_DIR = VAR_DIR / "embeddings"
# Threads of one embedding call; the web server needs its cores for requests.
EMBEDDING_THREADS = env.int("EMBEDDING_THREADS", default=1)

# --- Monitoring --------------------------------------------------------------------------------
LOGGING = logs.settings(
    level=env("LOG_LEVEL", default="INFO"), form=env("LOG_FORMAT", default="json")
)
# Checks of /health besides those that monitoring has itself.
HEALTH_CHECKS = {"search_index": "discovery.health.search_index"}
