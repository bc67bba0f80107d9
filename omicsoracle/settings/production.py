"""A real deployment. A missing secret stops the start."""

from omicsoracle.settings.base import *

DEBUG = False
SECRET_KEY = env("SECRET_KEY")
JWT_SIGNING_KEYS = env.dict("JWT_SIGNING_KEYS")
API_KEY_PEPPERS = env.dict("API_KEY_PEPPERS")
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS")
SITE_URL = env("SITE_URL", default=f"https://{ALLOWED_HOSTS[0]}").rstrip("/")
EMAIL_VERIFICATION = env("EMAIL_VERIFICATION", default="required")
CSRF_TRUSTED_ORIGINS = env.list("CSRF_TRUSTED_ORIGINS", default=[])

SECURE_SSL_REDIRECT = env.bool("SECURE_SSL_REDIRECT", default=True)
# Who asks for these is no browser, and asks the process itself: load balancers, and Prometheus.
SECURE_REDIRECT_EXEMPT = [r"^health", r"^metrics$"]
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
SECURE_HSTS_SECONDS = 31_536_000
SECURE_HSTS_INCLUDE_SUBDOMAINS = True
SECURE_HSTS_PRELOAD = True
SESSION_COOKIE_SECURE = True
SESSION_COOKIE_NAME = "__Host-session"
CSRF_COOKIE_SECURE = True
CSRF_COOKIE_NAME = "__Host-csrf"

# What `collectstatic` writes: each file under a name of its content too, which may be kept for ever.
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}
