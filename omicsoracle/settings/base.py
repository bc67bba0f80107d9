"""What holds everywhere. No secret stands here; `.env.example` explains each variable."""

import hashlib
import os
import tempfile
from datetime import timedelta
from pathlib import Path
from typing import Any

import django_stubs_ext
import environ
from corsheaders.defaults import default_headers
from redis.backoff import NoBackoff
from redis.retry import Retry

from common.version import VERSION
from monitoring import logs
from omicsoracle.settings import oauth

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
WEB_THREADS = env.int("WEB_THREADS", default=8)
WEB_WORKERS = env.int("WEB_WORKERS", default=2)
# Requests that may wait in a process while all its threads work; more are refused (docs/decisions/0011).
WEB_WAITING = env.int("WEB_WAITING", default=32)
# Where people reach us: what stands in mails. Never taken from a request.
SITE_URL = env("SITE_URL", default=f"http://127.0.0.1:{PORT}").rstrip("/")

# --- Applications ------------------------------------------------------------------------------
INSTALLED_APPS = [
    "unfold.apps.BasicAppConfig",
    "accounts.admin_config.StaffAdminConfig",
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
    "allauth",
    "allauth.account",
    "allauth.socialaccount",
    "allauth.socialaccount.providers.github",
    "allauth.socialaccount.providers.google",
    "django_ratelimit",
    "accounts",
    "caching",
    "discovery",
    "quotas",
]

MIDDLEWARE = [
    "common.middleware.RequestIdMiddleware",
    "common.middleware.ClientAddressMiddleware",
    "monitoring.middleware.AccessLogMiddleware",
    "common.middleware.ProblemMiddleware",
    "common.middleware.PrivateMiddleware",
    "common.middleware.TrailingSlashMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "corsheaders.middleware.CorsMiddleware",
    "quotas.middleware.QuotaMiddleware",
    "common.middleware.RequestSizeMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "accounts.middleware.BrowserMiddleware",
    "allauth.account.middleware.AccountMiddleware",
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
            "USER": env("DATABASE_USER", default="postgres"),
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
# Who waits for the broker: a worker long, a request hardly.
BROKER_TIMEOUT = env.float("BROKER_TIMEOUT", default=5.0)
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
    "socket_timeout": BROKER_TIMEOUT,
    "socket_connect_timeout": min(1.0, BROKER_TIMEOUT),
    "health_check_interval": 25,
}
if BROKER_TIMEOUT < 1:
    CELERY_BROKER_TRANSPORT_OPTIONS["max_retries"] = 0
    CELERY_BROKER_CONNECTION_MAX_RETRIES = 0
CELERY_TIMEZONE = "UTC"
CELERY_BEAT_SCHEDULE_FILENAME = str(VAR_DIR / "celerybeat-schedule")
CELERY_BEAT_SCHEDULE = {
    "clean-up-cache": {
        "task": "caching.tasks.clean_up",
        "schedule": timedelta(minutes=1),
        "options": {"expires": 60},
    },
    "warm-what-waits": {
        "task": "caching.tasks.warm_waiting",
        "schedule": timedelta(minutes=1),
        "options": {"expires": 60},
    },
    "index-what-is-waiting": {
        "task": "discovery.tasks.index_waiting",
        "schedule": timedelta(seconds=30),
        "options": {"expires": 30},
    },
    "run-waiting-workflows": {
        "task": "discovery.tasks.run_workflows",
        "schedule": timedelta(seconds=15),
        "options": {"expires": 15},
    },
    "forget-old-workflows": {
        "task": "discovery.tasks.forget_workflows",
        "schedule": timedelta(hours=1),
        "options": {"expires": 3600},
    },
    "refresh-catalogue": {
        "task": "discovery.tasks.refresh_catalogue",
        "schedule": timedelta(minutes=5),
        "options": {"expires": 300},
    },
    "send-mail": {
        "task": "accounts.tasks.send_mail",
        "schedule": timedelta(seconds=15),
        "options": {"expires": 15},
    },
    "warn-of-keys-that-expire": {
        "task": "accounts.tasks.warn_of_expiring_keys",
        "schedule": timedelta(hours=1),
        "options": {"expires": 3600},
    },
    "consume-usage": {
        "task": "quotas.tasks.consume_usage",
        "schedule": timedelta(seconds=2),
        "options": {"expires": 5},
    },
    "turn-months-of-usage": {
        "task": "quotas.tasks.turn_months",
        "schedule": timedelta(hours=12),
        "options": {"expires": 3600},
    },
    "clean-up-accounts": {
        "task": "accounts.tasks.clean_up",
        "schedule": timedelta(hours=1),
        "options": {"expires": 3600},
    },
}

# --- Cache -------------------------------------------------------------------------------------
# A server of its own: it throws away what was not used for long, which broker and limits must not.
CACHE_URL = env("CACHE_URL", default="") or (
    f"unix://{SOCKET_DIR}/cache.sock?db={env('VALKEY_DATABASE', default='') or 0}"
    if EMBEDDED_VALKEY
    else REDIS_URL
)
CACHE_TIMEOUT = env.float("CACHE_TIMEOUT", default=0.05)  # seconds
# The second level of answers, and the counters of HTML forms. Without Valkey those count nothing.
CACHES = {
    "default": {
        "BACKEND": "django_redis.cache.RedisCache",
        "LOCATION": CACHE_URL,
        "KEY_PREFIX": "cache",
        "OPTIONS": {
            "SERIALIZER": "django_redis.serializers.json.JSONSerializer",
            "IGNORE_EXCEPTIONS": True,
            "CONNECTION_POOL_KWARGS": {
                "socket_timeout": CACHE_TIMEOUT,
                "socket_connect_timeout": CACHE_TIMEOUT,
                "retry": Retry(NoBackoff(), 0),
            },
        },
    }
}
DJANGO_REDIS_LOG_IGNORED_EXCEPTIONS = True
# Bytes and seconds. The first level is each process's; the second's bytes are its server's to hold.
CACHE_L1_BYTES = env.int("CACHE_L1_BYTES", default=100_000_000)
CACHE_L2_BYTES = env.int("CACHE_L2_BYTES", default=1_000_000_000)
CACHE_L3_BYTES = env.int("CACHE_L3_BYTES", default=10_000_000_000)
CACHE_L1_TTL, CACHE_L2_TTL, CACHE_L3_TTL = 300.0, 3600.0, 86_400.0
# Namespace → seconds that an answer is fresh, and that it is served at all while it is made anew.
CACHE_LASTING = {
    "geo:query": (3600.0, 86_400.0),
    "ai:summary": (86_400.0, 86_400.0),
    "user": (1.0, 1.0),
    "api:response": (300.0, 3600.0),
}
CACHE_PATIENCE = 10.0  # seconds to wait for another process that is making the same answer
# Whether a thread of each process looks after the cache; else each look at it asks PostgreSQL too.
CACHE_KEEPER = env.bool("CACHE_KEEPER", default=True)
CACHE_WARMER = "discovery.rendered.warm"  # makes the answer to what was asked
CACHE_WARM_TOP = env.int("CACHE_WARM_TOP", default=200)
RATELIMIT_FAIL_OPEN = True  # sign-ins are counted in PostgreSQL besides

# --- Accounts ----------------------------------------------------------------------------------
AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = ["accounts.backends.AccountBackend"]
PASSWORD_HASHERS = [
    "accounts.hashers.Argon2id",
    # What other systems hashed is accepted, and hashed anew at the next sign-in.
    "accounts.hashers.BcryptSHA256",
    "accounts.hashers.Bcrypt",
]
# In one process. Most threads are left for everybody else, however many people sign in at once.
PASSWORD_HASHES_AT_ONCE = min(2, max(1, (os.cpu_count() or 1) // WEB_WORKERS))
PASSWORD_HASHES_WAITING = max(0, min(2, WEB_THREADS - PASSWORD_HASHES_AT_ONCE - 2))
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "accounts.password_rules.Length"},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {
        "NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator",
        "OPTIONS": {"user_attributes": ["email", "full_name"]},
    },
]
ACCESS_TOKEN_LIFETIME = timedelta(minutes=10)
PASSWORD_RESET_TIMEOUT = 3600  # seconds
# "required": nobody signs in before they have followed the link in the mail.
EMAIL_VERIFICATION = env("EMAIL_VERIFICATION", default="optional")
# Whose X-Forwarded-For is believed: addresses, networks, or `unix`.
TRUSTED_PROXIES = env.list("TRUSTED_PROXIES", default=[])
TOKEN_ISSUER = "omicsoracle"
TOKEN_AUDIENCE = "omicsoracle-api"
# Who keeps the audit log: a function like `accounts.audit.record`, for the apps below accounts.
AUDIT_TRAIL = "accounts.audit.record"
# What is stored about somebody, by who stores it: functions of a user, for `GET auth/me/export`.
PERSONAL_DATA = {
    "account": "accounts.services.personal_data.of_account",
    "cache": "caching.services.personal_data.of_user",
    "usage": "quotas.services.usage.of_user",
    "workflows": "discovery.services.workflows.of_user",
}
# Who is told, once that is committed, that a credential ended or somebody's tier or rights changed.
IDENTITY_CHANGED = "quotas.services.effective.renew_user"
DEMO_ALLOWED = False  # whether `manage.py create_demo` may make an admin with a known password

# --- Quotas ------------------------------------------------------------------------------------
# Requests a minute that one address may send without a credential, or with a wrong one.
ANONYMOUS_REQUESTS_A_MINUTE = env.int("ANONYMOUS_REQUESTS_A_MINUTE", default=120)
# Searches, summaries, exports of one user that may run at once, and how many seconds one more waits.
QUOTA_EXPENSIVE_AT_ONCE = env.int("QUOTA_EXPENSIVE_AT_ONCE", default=4)
QUOTA_EXPENSIVE_WAIT = env.float("QUOTA_EXPENSIVE_WAIT", default=0.5)
# Processes that count apart while Valkey is away: each lets in its share of a limit.
QUOTA_PROCESSES = env.int("QUOTA_PROCESSES", default=WEB_WORKERS)
USAGE_KEPT_MONTHS = env.int("USAGE_KEPT_MONTHS", default=13)
# Who counts the batch jobs that a user has running: a function of a user. Without one there are none.
RUNNING_JOBS = ""
# How many requests users made today: a function of their ids, for `GET admin/users`.
USAGE_TODAY = "quotas.services.usage.today_of"
# Who is told, in the same transaction, that staff changed a user's tier.
TIER_LISTENERS = ["quotas.services.tiers.note_change"]

# --- Mail --------------------------------------------------------------------------------------
# smtp://user:password@host:587/?tls=True; without it mails go to the worker's log.
vars().update(env.email_url("EMAIL_URL", default="consolemail://"))
EMAIL_TIMEOUT = 10
DEFAULT_FROM_EMAIL = SERVER_EMAIL = env(
    "DEFAULT_FROM_EMAIL", default="OmicsOracle <noreply@omicsoracle.example>"
)

# --- OAuth: a provider is offered once its id and secret are set -----------------------------------
OAUTH_NAMES = {"github": "GitHub", "google": "Google"}
SOCIALACCOUNT_PROVIDERS = oauth.providers(env)
SOCIALACCOUNT_ADAPTER = "accounts.oauth_adapter.OAuthAdapter"
SOCIALACCOUNT_ONLY = True  # of allauth we take the providers; passwords and mails are our own
SOCIALACCOUNT_EMAIL_VERIFICATION = ACCOUNT_EMAIL_VERIFICATION = "none"
SOCIALACCOUNT_EMAIL_AUTHENTICATION = False
SOCIALACCOUNT_STORE_TOKENS = False
SOCIALACCOUNT_QUERY_EMAIL = True
SOCIALACCOUNT_LOGIN_ON_GET = False
SOCIALACCOUNT_REQUESTS_TIMEOUT = 5
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]

# --- HTTP --------------------------------------------------------------------------------------
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": ["quotas.authentication.CountedCredential"],
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
CORS_ALLOW_HEADERS = [*default_headers, "x-api-key", "x-request-id", "if-none-match"]
CORS_EXPOSE_HEADERS = ["X-Request-ID", "ETag", "Location", "Retry-After"]
CORS_EXPOSE_HEADERS += ["RateLimit", "RateLimit-Policy", "X-RateLimit-Policy"]
CORS_EXPOSE_HEADERS += ["X-RateLimit-Limit", "X-RateLimit-Remaining", "X-RateLimit-Reset"]

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
LOGIN_URL = "sign-in"
LOGIN_REDIRECT_URL = "home"
LOGOUT_REDIRECT_URL = "home"

STATIC_URL = "/static/"
STATIC_ROOT: Path | None = BASE_DIR / "staticfiles"
STATICFILES_DIRS = [BASE_DIR / "omicsoracle" / "static"]

UNFOLD = {"SITE_TITLE": "OmicsOracle", "SITE_HEADER": "OmicsOracle", "SITE_SYMBOL": "genetics"}

LANGUAGE_CODE = "en"
USE_I18N = False
USE_TZ = True
TIME_ZONE = "UTC"
DATE_FORMAT, DATETIME_FORMAT = "Y-m-d", "Y-m-d H:i"

# --- Discovery ---------------------------------------------------------------------------------
STARTER_CATALOGUE = BASE_DIR / "discovery" / "starter.jsonl"
EMBEDDING_CACHE_DIR = VAR_DIR / "embeddings"
# Threads of one embedding call; the web server needs its cores for requests.
EMBEDDING_THREADS = env.int("EMBEDDING_THREADS", default=1)
# A language model for summaries, behind OpenAI's API or any that is like it: used once a key or an
# address is set. Where it is, the settings alone say.
OPENAI_API_KEY = env("OPENAI_API_KEY", default="")
OPENAI_BASE_URL = env("OPENAI_BASE_URL", default="") or "https://api.openai.com/v1"
OPENAI_MODEL = env("OPENAI_MODEL", default="gpt-5-mini")
SUMMARY_WRITER = (
    "discovery.writing.Writer" if OPENAI_API_KEY or env("OPENAI_BASE_URL", default="") else ""
)
# Runs what a workflow asks for; days for which workflows that have ended are kept.
WORKFLOW_EXECUTOR = "discovery.rendered_reports.execute"
WORKFLOWS_KEPT_DAYS = env.int("WORKFLOWS_KEPT_DAYS", default=30)

# --- NCBI: docs/ncbi.md ------------------------------------------------------------------------
# Who NCBI can write to if we are a nuisance. Nothing is asked before this is set.
NCBI_EMAIL = env("NCBI_EMAIL", default="")
NCBI_TOOL = env("NCBI_TOOL", default="omicsoracle")
NCBI_API_KEY = env("NCBI_API_KEY", default="")
NCBI_URL = (
    env("NCBI_URL", default="https://eutils.ncbi.nlm.nih.gov/entrez/eutils").rstrip("/") + "/"
)
NCBI_GEO_URL = (
    env("NCBI_GEO_URL", default="https://www.ncbi.nlm.nih.gov/geo/query").rstrip("/") + "/"
)
# Live searches that one process has under way, and how long one may take: each holds a thread.
NCBI_LIVE_AT_ONCE = env.int("NCBI_LIVE_AT_ONCE", default=max(1, WEB_THREADS // 4))
NCBI_LIVE_SECONDS = env.float("NCBI_LIVE_SECONDS", default=20.0)
NCBI_LIVE_KEPT_FOR = 900.0  # seconds that the answer to a live search is given again
# When the catalogue is brought up to date, in UTC, and whether with whole records.
NCBI_REFRESH_HOUR = env.int("NCBI_REFRESH_HOUR", default=2)
NCBI_REFRESH_FULL = env.bool("NCBI_REFRESH_FULL", default=True)

# --- Monitoring --------------------------------------------------------------------------------
LOGGING = logs.settings(
    level=env("LOG_LEVEL", default="INFO"), form=env("LOG_FORMAT", default="json")
)
# Who may read /metrics from elsewhere: whoever sends it as a Bearer token.
METRICS_TOKEN = env("METRICS_TOKEN", default="")
METRICS_COLLECTORS = ["caching.metrics.CacheCollector", "discovery.metrics.NcbiCollector"]
# Checks of /health besides those that monitoring has itself.
HEALTH_CHECKS = {"search_index": "discovery.health.search_index"}
