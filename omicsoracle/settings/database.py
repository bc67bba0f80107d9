"""PostgreSQL: the primary, a replica if there is one, and how long anything is waited for."""

from typing import Any

from common.database import POOL, PatientConnection
from omicsoracle.settings.processes import *

# The web server sets 4s; commands and workers may take longer over one statement.
STATEMENT_TIMEOUT = env("DATABASE_STATEMENT_TIMEOUT", default="60s")
# Connections to PostgreSQL that a web process has besides one for each thread: for the cache's keeper
# and its refresher, for who follows changes, for who looks at identities again, and for those who tell of health.
SPARE_CONNECTIONS = 6
# Connections that a process keeps and shares among its threads. A pool does not survive Celery's fork.
DATABASE_POOL_SIZE = env.int("DATABASE_POOL_SIZE", default=0)
# Web processes over all servers, each with such a pool, and connections of all other processes.
DATABASE_POOLS = env.int("DATABASE_POOLS", default=WEB_WORKERS)
DATABASE_OTHER_CONNECTIONS = env.int("DATABASE_OTHER_CONNECTIONS", default=20)
# How many seconds old the replica may be; what is older is read from the primary.
DATABASE_REPLICA_MAX_LAG = env.float("DATABASE_REPLICA_MAX_LAG", default=5.0)


def connected(name: str, database: dict[str, Any]) -> dict[str, Any]:
    """Return a database with what holds for each connection to it."""
    options: dict[str, Any] = {
        **database.get("OPTIONS", {}),
        "connect_timeout": 2,
        "tcp_user_timeout": 10_000,
        "keepalives_idle": 30,
        "options": f"-c statement_timeout={STATEMENT_TIMEOUT} -c lock_timeout=2s"
        " -c idle_in_transaction_session_timeout=60s",
    }
    if DATABASE_POOL_SIZE:
        options["pool"] = {
            "min_size": 1,
            "max_size": DATABASE_POOL_SIZE,
            "connection_class": PatientConnection,
            **POOL,
        }
        if name == "replica":  # there is the primary; nobody needs to wait
            options["pool"]["timeout"] = 0.2
    # The same, but statements are counted and timed.
    engine = {"django.db.backends.postgresql": "django_prometheus.db.backends.postgresql"}
    counted = engine.get(database["ENGINE"], database["ENGINE"])
    return {
        **database,
        "ENGINE": counted,
        "CONN_MAX_AGE": 0,
        "CONN_HEALTH_CHECKS": True,
        "OPTIONS": options,
    }


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
if env("DATABASE_REPLICA_URL", default=""):
    DATABASES["replica"] = env.db("DATABASE_REPLICA_URL") | {"TEST": {"MIRROR": "default"}}
DATABASES = {name: connected(name, database) for name, database in DATABASES.items()}
DATABASE_ROUTERS = ["common.replica.PrimaryRouter"]
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
