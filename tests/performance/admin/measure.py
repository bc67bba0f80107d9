"""What is promised about the staff's site; it is written into its place."""

from tests.evaluation.servers import running
from tests.performance.admin import lists
from tests.performance.parts import Part, measure

PARTS: dict[str, Part] = {"lists": lists.measure}


def main() -> None:
    measure(
        PARTS,
        over=running,
        shared_by="the pages' process, PostgreSQL and Valkey",
        document="admin-measured.md",
        about=__doc__,
    )
