"""Takes every migration back and forward on a database with rows, and writes down the locks it held."""

import argparse
import sys
import time
from collections.abc import Callable

import psutil
from django.db import connection

from tests.documents import put
from tests.evaluation.catalogue import use_database
from tests.evaluation.servers import running
from tests.omicsoracle.test_migrations import FIRST, Name, Steps
from tests.performance.accounts.report import Row, markdown
from tests.performance.analytics import filling
from tests.performance.circumstances import commit_and_machine
from tests.performance.migrations.watching import tables_with_rows, watched
from tests.performance.starter import drop_database

DATABASE = "migrations_measured"
ROWS = 20_000
QUESTIONS = """
select query_history_make_month(month) from generate_series(
    (select min(created_at) from usage_logs), now() + interval '1 month', interval '1 month'
) as month;
insert into query_history (id, user_id, query_text, agent_type, asked, execution_time_ms, created_at)
select id, user_id, 'cancer of ' || endpoint, 'search', '{}', 1, created_at from usage_logs
where user_id is not null
"""


def main() -> None:
    """Measure, print the table, and write it into the document."""
    argparse.ArgumentParser(description=__doc__).parse_args()
    with running():
        filling.filled(ROWS)
        connection.close()
        connection.settings_dict["NAME"] = "postgres"
        drop_database(DATABASE)
        use_database(DATABASE, template=filling.DATABASE.format(ROWS))
        with connection.cursor() as cursor:
            cursor.execute("set statement_timeout = 0")
            cursor.execute(QUESTIONS)
        figures = markdown(_measured())
        connection.close()
    sys.stdout.write(figures + "\n")
    machine = (
        f"{commit_and_machine()}, {psutil.cpu_count()} cores, load {psutil.getloadavg()[0]:.0f}."
    )
    put("storage-measured.md", "migrations", f"{machine}\n\n{figures}")


def _measured() -> list[Row]:
    steps = Steps()
    rows = []
    for name in reversed([one for one in steps.names if one != FIRST]):
        back = _told(steps.back, name)
        # Forward with all the rows that are there without it; then on, further back.
        forward = _told(steps.forward, name)
        steps.back(name)
        rows.append(Row("-".join(name), f"back: {back}; forward: {forward}"))
        sys.stderr.write(".")
        sys.stderr.flush()
    return rows[::-1]


def _told(step: Callable[[Name], None], name: Name) -> str:
    with watched(tables_with_rows()) as held:
        started = time.perf_counter()
        step(name)
        took = (time.perf_counter() - started) * 1000
    return f"{held.strongest()} (of {took:.0f} ms)"
