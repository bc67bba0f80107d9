"""What the servers say that the settings name."""

from collections.abc import Iterator
from typing import Any

import redis
from django.conf import settings
from django.contrib.auth import get_user_model
from django.core import checks
from django.db import DEFAULT_DB_ALIAS, DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor

from monitoring import health
from monitoring.production.findings import Finding, Status, judged

# Who we are there, and what the server promises.
ASKED = """
select rolsuper or rolbypassrls, rolcreaterole or rolcreatedb,
    exists (select from pg_class c join pg_namespace n on n.oid = c.relnamespace
        where n.nspname = 'public' and c.relkind in ('r', 'p') and pg_has_role(current_user, c.relowner, 'member')),
    has_table_privilege('audit_log', 'update') or has_table_privilege('audit_log', 'delete'),
    current_setting('fsync')::boolean and current_setting('full_page_writes')::boolean,
    current_setting('data_checksums')::boolean,
    current_setting('archive_mode') <> 'off',
    (select last_archived_time > now() - interval '10 minutes' from pg_stat_archiver),
    coalesce((select ssl from pg_stat_ssl where pid = pg_backend_pid()), false) or inet_server_addr() is null
        or inet_server_addr() << any (array['127.0.0.0/8', '10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16']::inet[])
from pg_roles where rolname = current_user
"""


# How a check of /health is judged here.
SEEN_AS: dict[str, Status] = {"ok": "ok", "degraded": "warn", "down": "fail"}


def django_checks() -> Iterator[Finding]:
    """Tell what `manage.py check --deploy --database default` says."""
    said = checks.run_checks(include_deployment_checks=True, databases=[DEFAULT_DB_ALIAS])
    for one in said:
        status: Status = "fail" if one.level >= checks.ERROR else "warn"
        if one.level >= checks.WARNING:
            yield Finding("django", status, f"{one.id}: {one.msg}", one.hint or "")
    if not said:
        yield Finding("django", "ok", "`check --deploy` has nothing to say.")


def database() -> Iterator[Finding]:
    try:
        with connection.cursor() as cursor:
            cursor.execute(ASKED)
            row: tuple[Any, ...] = cursor.fetchone()
    except DatabaseError as error:
        yield Finding("database", "fail", f"PostgreSQL: {error}".strip(), "Look at DATABASE_URL.")
        return
    (
        is_super,
        is_maker,
        is_owner,
        may_rewrite,
        is_durable,
        has_sums,
        is_archiving,
        is_recent,
        is_closed,
    ) = row
    yield judged(
        "database",
        is_well=not (is_super or is_maker or is_owner),
        says="The application's role owns no table and makes no roles.",
        otherwise="The application's role owns tables, or may do anything.",
        advice="Give servers and workers a DATABASE_URL for omicsoracle_app (docs/security.md); only `migrate` is the owner.",
    )
    yield judged(
        "database",
        is_well=not may_rewrite,
        says="The audit log can only be added to.",
        otherwise="The application's role may change the audit log.",
        advice="Run `migrate` as the owner, with the role omicsoracle_app there; servers use that role.",
    )
    yield judged(
        "database",
        is_well=is_durable,
        says="What is committed survives a power cut.",
        otherwise="What is committed may be lost in a power cut.",
        advice="Switch PostgreSQL's fsync and full_page_writes on.",
    )
    yield judged(
        "database",
        is_well=has_sums,
        says="Pages have checksums.",
        otherwise="Pages have no checksums: a bad disk is not noticed.",
        advice="Stop PostgreSQL and run `pg_checksums --enable`.",
        is_grave=False,
    )
    yield judged(
        "database",
        is_well=is_closed,
        says="The way to PostgreSQL is private or encrypted.",
        otherwise="PostgreSQL is asked in the clear over a public network.",
        advice="Add ?sslmode=verify-full to DATABASE_URL.",
    )
    yield judged(
        "backups",
        is_well=is_archiving and bool(is_recent),
        says="PostgreSQL archives its log: the last minutes can be brought back.",
        otherwise="PostgreSQL has not archived its log in the last ten minutes.",
        advice="Set it up as docs/backup-and-recovery.md says, or use the means of whoever runs PostgreSQL for you.",
        is_grave=False,
    )


def migrations() -> Iterator[Finding]:
    try:
        executor = MigrationExecutor(connection)
        missing = len(executor.migration_plan(executor.loader.graph.leaf_nodes()))
    except DatabaseError:
        return  # said above
    yield judged(
        "migrations",
        is_well=not missing,
        says="All migrations are there.",
        otherwise=f"{missing} migrations are missing.",
        advice="Run `manage.py migrate` as the database's owner.",
    )


def accounts() -> Iterator[Finding]:
    """Look for addresses that nobody real has: `create_demo` makes one, with a known password."""
    try:
        count = get_user_model().objects.filter(email__iendswith=".example").count()
    except DatabaseError:
        return  # said above
    yield judged(
        "access",
        is_well=not count,
        says="There are no accounts of examples.",
        otherwise=f"{count} accounts have addresses of examples, perhaps the demo's administrator.",
        advice="Delete them on the admin site.",
    )


def limits() -> Iterator[Finding]:
    """Look at the Valkey of limits and messages, which must not lose anything."""
    info = _said(settings.REDIS_URL)
    if not info:
        yield _away("limits", "REDIS_URL")
        return
    yield _closed("limits", "REDIS_URL", settings.REDIS_URL)
    yield judged(
        "limits",
        is_well=info["maxmemory_policy"] == "noeviction",
        says="What limits and messages are in throws nothing away.",
        otherwise=f"What limits and messages are in throws some away ({info['maxmemory_policy']}).",
        advice="Set its maxmemory-policy to noeviction, and give answers a server of their own (CACHE_URL).",
    )
    yield judged(
        "limits",
        is_well=bool(info["aof_enabled"]),
        says="Limits and messages are written to disk.",
        otherwise="Limits and messages are lost when that server restarts.",
        advice="Set `appendonly yes` there.",
    )
    yield judged(
        "limits",
        is_well=info["maxmemory"] > 0,
        says=f"It may use {info['maxmemory'] / 1e6:,.0f} MB.",
        otherwise="It may use all memory of its machine, and be killed for it.",
        advice="Set its maxmemory; an alert tells when it is nearly full.",
        is_grave=False,
    )


def cache() -> Iterator[Finding]:
    info, other = _said(settings.CACHE_URL), _said(settings.REDIS_URL)
    if not info:
        yield _away("cache", "CACHE_URL")
        return
    yield _closed("cache", "CACHE_URL", settings.CACHE_URL)
    yield judged(
        "cache",
        is_well=info["run_id"] != other.get("run_id"),
        says="Kept answers have a server of their own.",
        otherwise="Kept answers share a server with limits and messages, and may fill it.",
        advice="Set CACHE_URL to another Valkey.",
        is_grave=False,
    )
    yield judged(
        "cache",
        is_well=info["maxmemory"] > 0 and info["maxmemory_policy"].startswith("allkeys"),
        says="What was not used for long makes room for what is new.",
        otherwise="The cache fills up, or takes all memory of its machine.",
        advice="Set its maxmemory, and maxmemory-policy allkeys-lru.",
    )


def health_checks() -> Iterator[Finding]:
    """Tell what /health says: workers, index, batch jobs, whom we ask."""
    for name, check in health.report().checks.items():
        if name in {"database", "cache", "broker"}:
            continue  # said above, and more of it
        says = check.detail or "well"
        status = SEEN_AS[check.status]
        yield Finding("health", status, f"{name}: {says}", "" if status == "ok" else "Ask /health.")


def _said(url: str) -> dict[str, Any]:
    try:
        with health.client(url) as client:
            info: dict[str, Any] = client.info()
            return info
    except redis.RedisError:
        return {}


def _away(topic: str, variable: str) -> Finding:
    return Finding(topic, "fail", "It does not answer.", f"Look at {variable}, and at the server.")


def _closed(topic: str, variable: str, url: str) -> Finding:
    return judged(
        topic,
        is_well=url.startswith("unix:") or "@" in url,
        says="It is asked with a password, or over a socket.",
        otherwise="It is asked without a password.",
        advice=f"Give it one, and put it into {variable}.",
    )
