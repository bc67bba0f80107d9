"""What is promised about the cache, over two servers; each part is written into its place."""

from functools import partial

from tests.performance.accounts.servers import THREADS, serving
from tests.performance.caching import crossing, faults, lag, replay, stampede
from tests.performance.parts import Part, measure

PARTS: dict[str, Part] = {
    "faults": faults.measure,
    "stampede": stampede.measure,
    "lag": lag.measure,
    "crossing": crossing.measure,
    "replay": replay.measure,
}


def main() -> None:
    measure(
        PARTS,
        over=partial(serving, web_servers=0),
        shared_by=f"the clients, two web servers of {THREADS} threads, PostgreSQL, two Valkeys",
        document="caching-measured.md",
        about=__doc__,
    )
