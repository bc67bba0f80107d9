"""What is promised about history; each part is written into its place."""

from tests.evaluation.servers import running
from tests.performance.history import hot, rows
from tests.performance.parts import Part, measure

PARTS: dict[str, Part] = {"rows": rows.measure, "hot": hot.measure}


def main() -> None:
    measure(
        PARTS,
        over=running,
        shared_by="the client, the web server, PostgreSQL and Valkey",
        document="history-measured.md",
        about=__doc__,
    )
