"""Measures the parts that were named, or all; all together, whole, are written into the document."""

import argparse
import sys
import time
from collections.abc import Callable
from pathlib import Path

import psutil

from tests.evaluation.compare import put_between
from tests.performance.accounts.report import Row, markdown
from tests.performance.circumstances import commit_and_machine
from tests.performance.quotas import exactness, faults, rows, surplus, windows
from tests.performance.quotas.servers import THREADS, Site, serving

REPORT = Path(__file__).parents[3] / "docs" / "quotas-measured.md"
WHOLE, SHORT = rows.Extent(10_000_000, 300), rows.Extent(100_000, 30)


def measure_rows(_site: Site, *, short: bool) -> list[Row]:
    return rows.measure(SHORT if short else WHOLE)


PARTS: dict[str, Callable[..., list[Row]]] = {
    "exactness": exactness.measure,
    "windows": windows.measure,
    "faults": faults.measure,
    "surplus": surplus.measure,
    "rows": measure_rows,  # the last: it works on another database
}


def main() -> None:
    """Measure, print the table, and write it into the document if it is whole."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("parts", nargs="*", metavar="part", help=f"any of: {', '.join(PARTS)}")
    parser.add_argument("--short", action="store_true", help="a quick look; nothing is written")
    given = parser.parse_args()
    chosen = given.parts or list(PARTS)
    if unknown := set(chosen) - set(PARTS):
        parser.error(f"no such part: {', '.join(sorted(unknown))}")
    measured = []
    with serving() as site:
        for name in (one for one in PARTS if one in chosen):
            measured += _measured(name, site, short=given.short)
    figures = markdown(measured)
    sys.stdout.write(figures + "\n")
    if set(chosen) == set(PARTS) and not given.short:
        put_between(REPORT, f"{_circumstances()}\n\n{figures}")


def _measured(name: str, site: Site, *, short: bool) -> list[Row]:
    sys.stderr.write(f"{name} …")
    sys.stderr.flush()
    started = time.monotonic()
    measured = PARTS[name](site, short=short)
    sys.stderr.write(f" {time.monotonic() - started:.0f} s\n")
    return measured


def _circumstances() -> str:
    return (
        f"{commit_and_machine()}, {psutil.cpu_count()} cores, shared by the clients, two web servers "
        f"of {THREADS} working threads, PostgreSQL and Valkey."
    )
