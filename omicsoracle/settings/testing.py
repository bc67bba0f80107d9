"""`make test`: like development, keys that never change, servers of tests/servers.py."""

import os

# Whatever the environment and .env say, tests touch no servers but those of tests/servers.py.
os.environ |= {"ENV_FILE": os.devnull, "DATABASE_URL": "", "REDIS_URL": "", "CACHE_URL": ""}
os.environ["DATABASE_REPLICA_URL"] = ""
os.environ |= {"OTEL_EXPORTER_OTLP_ENDPOINT": "", "SENTRY_DSN": ""}
os.environ["NCBI_EMAIL"] = ""  # who tests NCBI sets the address of a stand-in on loopback too
# Each process of a test run ("gw0", "gw1", …) has its own database in the one Valkey.
os.environ["VALKEY_DATABASE"] = os.environ.get("PYTEST_XDIST_WORKER", "").removeprefix("gw")

from omicsoracle.settings.base import *

DEBUG = False
DEMO_ALLOWED = True
SECRET_KEY = "only-for-tests-" + "s" * 40
JWT_SIGNING_KEYS = {"1": "only-for-tests-" + "j" * 40}
API_KEY_PEPPERS = {"1": "only-for-tests-" + "p" * 40}
ALLOWED_HOSTS = ["testserver", "localhost", "127.0.0.1"]
STATIC_ROOT = None  # whitenoise serves the files from where they lie
WHITENOISE_USE_FINDERS = True
WHITENOISE_AUTOREFRESH = True  # else each new client would look at all static files first
SUMMARY_WRITER = ""
ANONYMOUS_REQUESTS_A_MINUTE = 1_000_000  # all tests come from one address
