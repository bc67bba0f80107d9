"""Measures the parts that were named, or all; what was measured whole is written into the document, part by part."""

import argparse
import hashlib
import sys
import time
from collections.abc import Callable

import psutil
from django.conf import settings

from tests import documents
from tests.performance.accounts.report import Row, markdown
from tests.performance.batch import faults, speed, submitting
from tests.performance.batch.servers import serving
from tests.performance.circumstances import commit_and_machine

REPORT = "batch-measured.md"
PARTS: dict[str, Callable[..., list[Row]]] = {
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
    """Measure, print the tables, and write them into the document if they are whole."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("parts", nargs="*", metavar="part", help=f"any of: {', '.join(PARTS)}")
    parser.add_argument("--short", action="store_true", help="a quick look; nothing is written")
    given = parser.parse_args()
    chosen = given.parts or list(PARTS)
    if unknown := set(chosen) - set(PARTS):
        parser.error(f"no such part: {', '.join(sorted(unknown))}")
    code = _code()
    with serving() as site:
        for name in (one for one in PARTS if one in chosen):
            started, load = time.monotonic(), psutil.getloadavg()[0]
            figures = markdown(PARTS[name](site, short=given.short))
            if _code() != code:  # processes that are started again would not be those before
                sys.exit("The code has changed meanwhile: measure once more.")
            seconds = time.monotonic() - started
            sys.stdout.write(f"{name}, {seconds:.0f} s, load before {load:.1f}\n\n{figures}\n\n")
            if not given.short:
                told = f"{_circumstances()} The load before was {load:.1f}."
                documents.put(REPORT, name, f"{told}\n\n{figures}")


def _code() -> str:
    """Return a digest of all code of ours."""
    digest = hashlib.sha256()
    for folder in sorted(
        one for one in settings.BASE_DIR.iterdir() if (one / "__init__.py").exists()
    ):
        for path in sorted(folder.rglob("*.py")):
            digest.update(path.read_bytes())
    return digest.hexdigest()


def _circumstances() -> str:
    return (
        f"{commit_and_machine()}, {psutil.cpu_count()} cores, shared by two processes that work on"
        " queries, the web server, the other worker, beat, PostgreSQL (which syncs to disk) and Valkey."
    )
