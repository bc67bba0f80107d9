"""Who signs in, and how; mails; OAuth."""

import os
from datetime import timedelta

from omicsoracle.settings import oauth
from omicsoracle.settings.processes import *

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
    "batch_jobs": "batch.services.jobs.of_user",
    "cache": "caching.services.personal_data.of_user",
    "history": "history.services.personal_data.of_user",
    "usage": "quotas.services.usage.of_user",
    "workflows": "discovery.services.workflows.of_user",
}
# Who takes away what does not go with the row of a user: called before it goes, in the transaction.
ERASED_BY = ["caching.services.personal_data.erase", "history.services.personal_data.erase"]
# Who is told, once that is committed, that a credential ended or somebody's tier or rights changed.
IDENTITY_CHANGED = "quotas.services.effective.renew_user"
DEMO_ALLOWED = False  # whether `manage.py create_demo` may make an admin with a known password

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
