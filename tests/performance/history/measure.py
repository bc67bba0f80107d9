"""Measures the parts that were named, or both; whole ones are written into the document."""

import argparse
import sys
from pathlib import Path

import psutil

from tests.evaluation.servers import running
from tests.performance.accounts.report import markdown
from tests.performance.circumstances import commit_and_machine
from tests.performance.history import hot, rows

REPORT = Path(__file__).parents[3] / "docs" / "history-measured.md"
PARTS = {"rows": rows.measure, "hot": hot.measure}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("parts", nargs="*", metavar="part", help=f"any of: {', '.join(PARTS)}")
    parser.add_argument("--short", action="store_true", help="a quick look; nothing is written")
    given = parser.parse_args()
    for name in given.parts or PARTS:
        with running() as home:
            measured = PARTS[name](home, short=given.short)
        figures = markdown(measured)
        sys.stdout.write(figures + "\n")
        if not given.short:
            _put_between(name, f"{_circumstances()}\n\n{figures}")


def _circumstances() -> str:
    load = psutil.getloadavg()[0]
    return (
        f"{commit_and_machine()}, {psutil.cpu_count()} cores, shared by the client, the web server, "
        f"PostgreSQL and Valkey, and whatever else ran: a load of {load:.0f} at the end."
    )


def _put_between(name: str, figures: str) -> None:
    begin, end = f"<!-- {name}, written by a command -->", f"<!-- end of {name} -->"
    before, _, rest = REPORT.read_text(encoding="utf-8").partition(begin)
    after = rest.partition(end)[2]
    REPORT.write_text(f"{before}{begin}\n\n{figures}\n\n{end}{after}", encoding="utf-8")
