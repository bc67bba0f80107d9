"""What is promised about accounts, over two servers; each part is written into its place."""

from tests.performance.accounts import enumeration, flood, refreshes, revocation, throttles
from tests.performance.accounts.servers import THREADS, serving
from tests.performance.parts import Part, measure

PARTS: dict[str, Part] = {
    "revocation": revocation.measure,
    "refreshes": refreshes.measure,
    "enumeration": enumeration.measure,
    "throttles": throttles.measure,
    "flood": flood.measure,
}


def main() -> None:
    measure(
        PARTS,
        over=serving,
        shared_by=f"the clients, two web servers of {THREADS} threads, PostgreSQL and Valkey",
        document="accounts-measured.md",
        about=__doc__,
        may_be_short=False,
    )
