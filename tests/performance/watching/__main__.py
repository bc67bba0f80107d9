"""`make alerts-live`: counts, watches, breaks, and writes docs/metrics-measured.md.

python -m tests.performance.watching [counters] [panels] [alerts]
"""

import os
import sys
from collections.abc import Sequence

import django

from tests.documents import put

django.setup()

from tests.performance.circumstances import commit_and_machine  # noqa: E402
from tests.performance.watching import breaking, counting, panels, platform  # noqa: E402
from tests.performance.watching.watchers import WAIT, WINDOW, watching  # noqa: E402

DOCUMENT = "metrics-measured.md"


def main(parts: Sequence[str]) -> int:
    """Run the parts, or all; return 1 if something is not as it should be."""
    wanted = {"counters": count, "panels": look, "alerts": alarm}
    done = [wanted[one]() for one in parts or wanted]
    return int(not all(done))


def count() -> bool:
    with platform.running(workers=4, is_whole=False) as site:
        found = counting.count_over_replaced_workers(site)
    text = (
        f"{found.answered:,} requests were answered with 200 by four web workers, all of which were replaced after"
        f" each hundred ({found.processes} processes in all, {found.slots} slots): `omicsoracle_http_requests_total`"
        f" grew by **{found.told:,}**. {_when()}"
    )
    _put("counters", text)
    return found.answered == found.told == counting.REQUESTS


def look() -> bool:
    with platform.running() as site, watching(site, is_hurried=False) as watchers:
        asked = platform.use(site, seconds=40)
        found = panels.ask_all(watchers)
        series = counting.series_of(watchers)
        size = len(platform.told(site))
    rows = [f"| {name} | {number} |" for name, number in series.items()]
    _put(
        "series",
        f"After {asked:,} requests of all sorts by web, live, worker, batch worker and beat on one machine:"
        f" **{sum(series.values()):,} series** of {len(series)} names, {size / 1000:.0f} kB a look. {_when()}\n\n"
        "| name | series |\n| --- | --- |\n" + "\n".join(rows),
    )
    empty = [one for one in found if not one.series]
    rows = [f"| {one.dashboard} | {one.title} | {one.series} |" for one in found]
    _put(
        "panels",
        f"{len(found)} queries, {len(empty)} of them without data. {_when()}\n\n"
        "| dashboard | panel | series |\n| --- | --- | --- |\n" + "\n".join(rows),
    )
    for one in empty:
        print(f"no data: {one.dashboard}, {one.title}: {one.expression}", file=sys.stderr)  # noqa: T201
    return not empty


def alarm() -> bool:
    with platform.running(is_whole=False) as site, watching(site, is_hurried=True) as watchers:
        found = breaking.break_all(site, watchers)
    rows = [
        f"| `{one.name}` | {one.broken} | {one.fired_after:.0f} s | {one.resolved_after:.0f} s |"
        for one in found
    ]
    _put(
        "alerts",
        f"Windows of five minutes were {WINDOW}, `for` was {WAIT}; thresholds are the plan's. {_when()}\n\n"
        "| alert | what was broken | told after | told that it is over, after mending |\n| --- | --- | --- | --- |\n"
        + "\n".join(rows),
    )
    return len(found) == len(breaking.FAULTS)


def _put(name: str, figures: str) -> None:
    put(DOCUMENT, name, figures)
    print(f"\n{name}\n\n{figures}", flush=True)  # noqa: T201


def _when() -> str:
    return f"({commit_and_machine()}, load average {os.getloadavg()[0]:.1f}.)"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
