"""What holds everywhere. No secret stands here; `.env.example` explains each variable."""

from datetime import UTC, datetime
from pathlib import Path

import django_stubs_ext
from corsheaders.defaults import default_headers

from common.version import VERSION
from monitoring import logs
from omicsoracle.settings.accounts import *
from omicsoracle.settings.batch import *
from omicsoracle.settings.cache import *
from omicsoracle.settings.database import *
from omicsoracle.settings.discovery import *
from omicsoracle.settings.history import *
from omicsoracle.settings.live import *
from omicsoracle.settings.monitoring import *
from omicsoracle.settings.processes import *
from omicsoracle.settings.quotas import *
from omicsoracle.settings.reporting import *
from omicsoracle.settings.staff import *
from omicsoracle.settings.tasks import *

django_stubs_ext.monkeypatch()  # lets QuerySet[Dataset] and the like stand in class definitions

# --- Applications ------------------------------------------------------------------------------
INSTALLED_APPS = [
    "unfold.apps.BasicAppConfig",
    "unfold.contrib.filters",
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
    "django_htmx",
    "django_ratelimit",
    "waffle",
    "common",
    "monitoring",
    "accounts",
    "caching",
    "discovery",
    "quotas",
    "history",
    "batch",
]

MIDDLEWARE = [
    "monitoring.requests.MetricsMiddleware",
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
    "history.middleware.HistoryMiddleware",
    "common.second_try.SecondTryMiddleware",
    "common.middleware.RequestSizeMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "accounts.middleware.BrowserMiddleware",
    "accounts.maintenance.MaintenanceMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "omicsoracle.pages.middleware.RefusalMiddleware",
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
                "omicsoracle.pages.context.everywhere",
            ],
            "builtins": ["omicsoracle.pages.tags"],
        },
    }
]

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
    "ENUM_NAME_OVERRIDES": {
        "BatchStatus": ["pending", "running", "completed", "failed", "cancelled"],
        "DeliveryStatus": ["pending", "delivered", "failed"],
        "QualityLevel": ["excellent", "good", "fair", "poor"],
        "WorkflowStatus": "discovery.models.WorkflowStatus.choices",
    },
    "POSTPROCESSING_HOOKS": [
        "drf_spectacular.hooks.postprocess_schema_enums",
        "common.schema.add_problems",
    ],
}

# Version 2.0 below /api/v1/, which needs no credential, and when it ends: thirty days after the start by default.
LEGACY_ANONYMOUS_ACCESS = env.bool("LEGACY_ANONYMOUS_ACCESS", default=False)
LEGACY_SUNSET = env("LEGACY_SUNSET", default="") and datetime.fromisoformat(
    env("LEGACY_SUNSET")
).replace(tzinfo=UTC)

X_FRAME_OPTIONS = "DENY"
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": ["'self'"],
        "connect-src": ["'self'", LIVE_URL],  # where sockets are, without nginx in front
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

LANGUAGE_CODE = "en"
USE_I18N = False
USE_TZ = True
TIME_ZONE = "UTC"
DATE_FORMAT, DATETIME_FORMAT = "Y-m-d", "Y-m-d H:i"

# --- Monitoring --------------------------------------------------------------------------------
LOG_FORMAT = env("LOG_FORMAT", default="json")
LOGGING = logs.settings(level=env("LOG_LEVEL", default="INFO"), form=LOG_FORMAT)
# Whether a thread of each process that serves learns of levels and flags that are changed meanwhile.
FOLLOWS_CHANGES = env.bool("FOLLOWS_CHANGES", default=True)
WAFFLE_ENABLE_ADMIN_PAGES = False  # ours (monitoring.admin) tell the audit log
# What is not called while it fails; `monitoring.breakers` shows and moves them.
BREAKERS = {
    "ncbi-eutils": "discovery.ncbi.eutils_breaker",
    "ncbi-geo": "discovery.ncbi.pages_breaker",
    "language-model": "discovery.services.summaries.breaker",
}
# What `make profile` does: a function of a question and a day.
PROFILED = "discovery.rendered.answered_anew"
