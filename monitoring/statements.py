"""The statements that took PostgreSQL longest, as the extension pg_stat_statements counts them."""

from dataclasses import dataclass

from django.db import DatabaseError, connection, transaction

MOST, LONGEST = 20, 1_000  # statements, and characters of one
IS_THERE = "select exists (select from pg_extension where extname = 'pg_stat_statements')"
LOOK = """
select left(query, %s), calls, mean_exec_time, total_exec_time, rows
from pg_stat_statements statement
join pg_database base on base.oid = statement.dbid and base.datname = current_database()
order by total_exec_time desc limit %s
"""
MISSING = (
    "The extension pg_stat_statements is not there. Add it to shared_preload_libraries, restart"
    " PostgreSQL, and run `create extension pg_stat_statements` in this database."
)
NOT_COUNTED = (
    "The extension pg_stat_statements cannot be read. Is it in shared_preload_libraries, and may"
    " this role read it (`grant pg_read_all_stats`)?"
)


@dataclass(frozen=True, slots=True)
class Statement:
    """A statement without its values; times in milliseconds."""

    text: str
    calls: int
    mean_ms: float
    total_ms: float
    rows: int


@dataclass(frozen=True, slots=True)
class Slowest:
    """The statements that took most time in all; or why they cannot be told."""

    statements: list[Statement]
    reason: str = ""


def slowest() -> Slowest:
    with connection.cursor() as cursor:
        cursor.execute(IS_THERE)
        (is_there,) = cursor.fetchone()
        if not is_there:
            return Slowest([], MISSING)
        try:
            with transaction.atomic():
                cursor.execute(LOOK, [LONGEST, MOST])
                return Slowest([Statement(*row) for row in cursor.fetchall()])
        except DatabaseError:
            return Slowest([], NOT_COUNTED)
