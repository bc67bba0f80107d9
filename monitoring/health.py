"""What the service needs, and whether it is there. Every check is short, and says nothing secret."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal

import redis
import structlog
from django.conf import settings
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from django.utils.module_loading import import_string

from common.valkey import impatient

logger = structlog.get_logger(__name__)
Status = Literal["ok", "degraded", "down"]
PATIENCE = 0.2  # seconds that Valkey has to answer
HEARTBEAT = "omicsoracle:worker-heartbeat"
HEARTBEAT_LASTS = 30  # seconds


@dataclass(frozen=True, slots=True)
class Check:
    """How one thing is; `detail` says what is wrong, in words that anybody may read."""

    status: Status
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Report:
    """How all of it is: unhealthy without the database, degraded without anything else."""

    status: Literal["healthy", "degraded", "unhealthy"]
    checks: Mapping[str, Check]


def report() -> Report:
    """Ask everything. Without a database the others that need it are not asked."""
    checks = {"database": _safely(database)}
    for name, check in _others().items():
        is_lost = checks["database"].status == "down" and name not in {"cache", "broker", "workers"}
        checks[name] = Check("down", "needs the database") if is_lost else _safely(check)
    if checks["database"].status == "down":
        return Report("unhealthy", checks)
    is_whole = all(check.status == "ok" for check in checks.values())
    return Report("healthy" if is_whole else "degraded", checks)


def is_ready() -> bool:
    """Say whether traffic may come: the database answers, and has all migrations."""
    try:
        executor = MigrationExecutor(connection)
        return not executor.migration_plan(executor.loader.graph.leaf_nodes())
    except DatabaseError:
        return False


def database() -> Check:
    with connection.cursor() as cursor:
        cursor.execute("select 1")
    return Check("ok")


def cache() -> Check:
    client(settings.CACHE_URL).ping()
    return Check("ok")


def broker() -> Check:
    client().ping()
    return Check("ok")


def workers() -> Check:
    """Look for the sign of life that each Celery worker leaves every few seconds."""
    if client().exists(HEARTBEAT):
        return Check("ok")
    return Check("down", "no worker has shown itself for half a minute")


def beat_heart() -> None:
    """Leave a sign of life; a worker does so every few seconds."""
    client().set(HEARTBEAT, int(time.time()), ex=HEARTBEAT_LASTS)


def _others() -> dict[str, Callable[[], Check]]:
    """Return the checks besides the database's; settings name those of the apps above us."""
    named = {name: import_string(path) for name, path in settings.HEALTH_CHECKS.items()}
    return {"cache": cache, "broker": broker, "workers": workers, **named}


def _safely(check: Callable[[], Check]) -> Check:
    try:
        return check()
    except (DatabaseError, redis.RedisError) as error:
        logger.warning("health check failed", check=check.__name__, error=type(error).__name__)
        return Check("down", "does not answer")


def client(url: str = "") -> redis.Redis:
    """Return a client that waits for no answer longer than a moment."""
    return impatient(url or settings.REDIS_URL, patience=PATIENCE)
