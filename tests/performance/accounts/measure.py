"""Measures the parts that were named, or all; all together are written into the document."""

import argparse
import sys
import time
from collections.abc import Callable
from pathlib import Path

import psutil

from tests.evaluation.compare import put_between
from tests.performance.accounts import enumeration, flood, refreshes, revocation, throttles
from tests.performance.accounts.report import Row, markdown
from tests.performance.accounts.servers import THREADS, Site, serving
from tests.performance.circumstances import commit_and_machine

REPORT = Path(__file__).parents[3] / "docs" / "accounts-measured.md"
PARTS: dict[str, Callable[[Site], list[Row]]] = {
    "revocation": revocation.measure,
    "refreshes": refreshes.measure,
    "enumeration": enumeration.measure,
    "throttles": throttles.measure,
    "flood": flood.measure,
}


def main() -> None:
    """Measure, print the table, and write it into the document if it is whole."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("parts", nargs="*", metavar="part", help=f"any of: {', '.join(PARTS)}")
    chosen = parser.parse_args().parts or list(PARTS)
    if unknown := set(chosen) - set(PARTS):
        parser.error(f"no such part: {', '.join(sorted(unknown))}")
    rows = []
    with serving() as site:
        for name in chosen:
            rows += _measured(name, site)
    figures = markdown(rows)
    sys.stdout.write(figures + "\n")
    if set(chosen) == set(PARTS):
        put_between(REPORT, f"{_circumstances()}\n\n{figures}")


def _measured(name: str, site: Site) -> list[Row]:
    sys.stderr.write(f"{name} …")
    sys.stderr.flush()
    started = time.monotonic()
    rows = PARTS[name](site)
    sys.stderr.write(f" {time.monotonic() - started:.0f} s\n")
    return rows


def _circumstances() -> str:
    return (
        f"{commit_and_machine()}, {psutil.cpu_count()} cores, shared by the clients, two web servers "
        f"of {THREADS} threads, PostgreSQL and Valkey."
    )
