"""What is promised about quotas, over two servers; each part is written into its place."""

from tests.performance.parts import Part, measure
from tests.performance.quotas import exactness, faults, rows, surplus, windows
from tests.performance.quotas.servers import THREADS, serving

PARTS: dict[str, Part] = {
    "exactness": exactness.measure,
    "windows": windows.measure,
    "faults": faults.measure,
    "surplus": surplus.measure,
    "rows": rows.measure,  # the last: it works on another database
}


def main() -> None:
    measure(
        PARTS,
        over=serving,
        shared_by=f"the clients, two web servers of {THREADS} threads, PostgreSQL and Valkey",
        document="quotas-measured.md",
        about=__doc__,
    )
