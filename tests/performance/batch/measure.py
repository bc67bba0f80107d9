"""Measures the parts that were named, or all; all together, whole, are written into the document."""

import argparse
import sys
import time
from collections.abc import Callable
from pathlib import Path

import psutil

from tests.evaluation.compare import put_between
from tests.performance.accounts.report import Row, markdown
from tests.performance.batch import faults, speed, submitting
from tests.performance.batch.servers import serving
from tests.performance.circumstances import commit_and_machine

REPORT = Path(__file__).parents[3] / "docs" / "batch-measured.md"
PARTS: dict[str, Callable[..., list[Row]]] = {
    "throughput": speed.throughput,
    "fairness": speed.fairness,
    "parallel": submitting.parallel,
    "unannounced": submitting.unannounced,
    "restarts": faults.restarts,
    "resuming": faults.resuming,
    "kills": faults.kills,
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
    measured: list[Row] = []
    with serving() as site:
        for name in (one for one in PARTS if one in chosen):
            started, load = time.monotonic(), psutil.getloadavg()[0]
            measured += PARTS[name](site, short=given.short)
            sys.stderr.write(
                f"{name}: {time.monotonic() - started:.0f} s, load before {load:.1f}\n"
            )
            sys.stderr.write(markdown(measured) + "\n")
    figures = markdown(measured)
    sys.stdout.write(figures + "\n")
    if set(chosen) == set(PARTS) and not given.short:
        put_between(REPORT, f"{_circumstances()}\n\n{figures}")


def _circumstances() -> str:
    return (
        f"{commit_and_machine()}, {psutil.cpu_count()} cores, shared by two processes that work on"
        " queries, the web server, the other worker, beat, PostgreSQL (which syncs to disk) and Valkey."
    )
