"""What is promised about analytics; it is written into its place."""

from tests.evaluation.servers import running
from tests.performance.analytics import calls
from tests.performance.parts import Part, measure

PARTS: dict[str, Part] = {"calls": calls.measure}


def main() -> None:
    measure(
        PARTS,
        over=running,
        shared_by="the client, the web server, PostgreSQL and Valkey",
        document="analytics-measured.md",
        about=__doc__,
    )
