"""PostgreSQL, as its own statistics tell."""

from collections.abc import Iterator

from django.db import connection
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric

from monitoring.exposition import DatabaseReader

STATES = ("active", "idle", "idle in transaction", "idle in transaction (aborted)")
# What others' sessions do is hidden from the application's role, even that they are sessions: but
# not how many there are.
CONNECTIONS = """
select state, count(*) from pg_stat_activity
where backend_type = 'client backend' and state is not null group by 1
"""
ALL = "select sum(numbackends) from pg_stat_database"
# Since the role may not see what others' sessions do, ages are of what it may see.
NOW = """
select current_setting('max_connections')::int - current_setting('superuser_reserved_connections')::int,
    pg_database_size(current_database()),
    (select coalesce(max(extract(epoch from now() - xact_start)), 0) from pg_stat_activity
        where backend_type = 'client backend' and pid <> pg_backend_pid()),
    (select count(*) from pg_stat_activity where wait_event_type = 'Lock'),
    (select coalesce(extract(epoch from now() - pg_last_xact_replay_timestamp()), 0)
        where pg_is_in_recovery()),
    current_setting('archive_mode') <> 'off',
    (select extract(epoch from now() - last_archived_time) from pg_stat_archiver),
    (select failed_count from pg_stat_archiver)
"""
SINCE_THE_START = """
select xact_commit, xact_rollback, deadlocks, temp_bytes, blks_hit, blks_read
from pg_stat_database where datname = current_database()
"""
COUNTERS = {
    "commits": "Transactions that were committed.",
    "rollbacks": "Transactions that were rolled back.",
    "deadlocks": "Deadlocks.",
    "temporary_bytes": "Bytes that did not fit into memory.",
    "blocks_hit": "Blocks that were in its memory.",
    "blocks_read": "Blocks that were not.",
}


class DatabaseCollector(DatabaseReader):
    """Connections, size, what waits; the archive of its log, where there is one."""

    def collect(self) -> Iterator[Metric]:
        with connection.cursor() as cursor:
            cursor.execute(CONNECTIONS)
            states = dict(cursor.fetchall())
            cursor.execute(ALL)
            total = cursor.fetchone()[0]
            cursor.execute(NOW)
            most, size, oldest, waiting, lag, is_archiving, archived, failed = cursor.fetchone()
            cursor.execute(SINCE_THE_START)
            counts = cursor.fetchone()
        yield _connections(states, int(total))
        for name, says, value in (
            ("connections_max", "Connections that it lets in, without those of superusers.", most),
            ("size_bytes", "Bytes on disk.", size),
            ("oldest_transaction_seconds", "How long the oldest transaction has run.", oldest),
            ("sessions_waiting", "Sessions that wait for a lock.", waiting),
            ("replica_lag_seconds", "How old a replica is that is asked itself; else 0.", lag or 0),
        ):
            yield GaugeMetricFamily(f"omicsoracle_database_{name}", says, value=float(value))
        for (name, says), count in zip(COUNTERS.items(), counts, strict=True):
            yield CounterMetricFamily(f"omicsoracle_database_{name}", says, value=float(count))
        yield from _archive(float(failed), archived) if is_archiving else _archive(None, None)


def _archive(failed: float | None, age: float | None) -> Iterator[Metric]:
    """Tell of the archive of its log; without one, or before the first part, there are no figures."""
    yield CounterMetricFamily(
        "omicsoracle_database_archive_failures",
        "Times that a part of its log could not be archived.",
        value=failed,
    )
    yield GaugeMetricFamily(
        "omicsoracle_database_archive_age_seconds",
        "How long ago a part of its log was archived.",
        value=None if age is None else float(age),
    )


def _connections(states: dict[str, int], total: int) -> Metric:
    family = GaugeMetricFamily(
        "omicsoracle_database_connections", "Connections, by what they do.", labels=["state"]
    )
    for state in STATES:
        family.add_metric([state], float(states.get(state, 0)))
    known = sum(states.get(state, 0) for state in STATES)
    family.add_metric(["other"], float(max(0, total - known)))
    return family
