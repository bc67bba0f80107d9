"""`make bench-accounts`."""

import sys
from pathlib import Path

import django

django.setup()  # models can be imported only after it

from tests.evaluation.compare import put_between  # noqa: E402
from tests.performance.accounts import (  # noqa: E402
    enumeration,
    flood,
    guesses,
    refreshes,
    revocation,
)
from tests.performance.accounts.world import two_servers  # noqa: E402

REPORT = Path(__file__).parents[3] / "docs" / "accounts-measured.md"
PARTS = {
    "revocation": revocation.measure,
    "refresh": refreshes.measure,
    "guesses": guesses.measure,
    "enumeration": enumeration.measure,
    "flood": flood.measure,
}


def main(chosen: list[str]) -> None:
    """Measure the chosen parts, or all; only all of them go into the document."""
    found = []
    with two_servers() as site:
        for name in chosen or PARTS:
            found.append(PARTS[name](site))
            sys.stdout.write(found[-1] + "\n\n")
            sys.stdout.flush()
    if not chosen:
        put_between(REPORT, "\n\n".join(found))


main(sys.argv[1:])
