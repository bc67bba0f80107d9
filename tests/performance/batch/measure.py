"""What is promised about batch jobs, over processes that are killed; each part is written into its place."""

from tests.performance.batch import faults, speed, submitting
from tests.performance.batch.servers import serving
from tests.performance.parts import Part, measure

PARTS: dict[str, Part] = {
    "throughput": speed.throughput,
    "fairness": speed.fairness,
    "parallel": submitting.parallel,
    "unannounced": submitting.unannounced,
    "cancelling": speed.cancelling,
    "resuming": faults.resuming,
    "kills": faults.kills,
    "restarts": faults.restarts,
}


def main() -> None:
    measure(
        PARTS,
        over=serving,
        shared_by=(
            "two processes that work on queries, the web server, the other worker, beat,"
            " PostgreSQL (which syncs to disk) and Valkey"
        ),
        document="batch-measured.md",
        about=__doc__,
    )
