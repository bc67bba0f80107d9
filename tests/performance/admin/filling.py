"""A site that a million people use: their keys, sessions, jobs, usage, and what was done to them."""

import re
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

from django.db import connection

from accounts.models import Mail, User
from history.runner import keeping
from quotas.runner import storing
from tests.evaluation.catalogue import use_database

DATABASE = "admin_{}_measured"
DAYS = 390
FOR_FILLING = """
set statement_timeout = 0; set work_mem = '256MB';
set session_replication_role = replica  -- no triggers, and no looking for users that are there
"""
STATEMENTS = Path(__file__).with_suffix(".sql").read_text(encoding="utf-8")
SECTION = re.compile(r"^-- (\w+) (\d+)$", re.MULTILINE)
WHO = "users[1 + floor(power(random(), 3) * (cardinality(users) - 1))::int]"
DRAWN = """(
    select number, now() - random() * interval '390 days' as at,
        (select array_agg(id) from someone) as users, random() as chance
    from generate_series(1, :rows) as number
) as drawn"""
SOMEONE = "create temporary table someone as select id, audit_id from users order by random() limit 100000"


def filled(users: int) -> None:
    """Make the database if it is not there yet, whole, and work on it."""
    use_database(DATABASE.format(users))
    if Mail.objects.filter(kind="password_reset").exists():  # the last that is written
        return
    today = datetime.now(UTC)
    for days in range(0, DAYS + 31, 28):
        storing.make_month(today - timedelta(days=days))
        keeping.make_month(today - timedelta(days=days))
    with connection.cursor() as cursor:
        cursor.execute(FOR_FILLING)
        tables = list(_statements(users))
        cursor.execute(f"truncate {', '.join(table for table, _ in tables)} cascade")
        for table, statement in tables:
            cursor.execute(statement)
            sys.stderr.write(f"{table} {cursor.rowcount:,}\n")
            if table == "users":
                cursor.execute(SOMEONE)
        cursor.execute("vacuum analyze")
        cursor.execute("reset all")
    Mail.objects.create(kind="password_reset", address=User.objects.latest("created_at").email)
    connection.close()


def _statements(users: int) -> Iterator[tuple[str, str]]:
    """Yield each table with the statement that fills it."""
    _, *parts = SECTION.split(STATEMENTS)
    for table, rows, statement in zip(parts[::3], parts[1::3], parts[2::3], strict=True):
        many = str(max(1, int(rows) * users // 1_000_000))
        yield table, statement.replace(":drawn", DRAWN).replace(":who", WHO).replace(":rows", many)
