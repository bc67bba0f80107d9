"""`make pictures`: starts everything anew, goes to every page, and writes docs/images/ and docs/web-app.md."""

import gzip
import signal
import statistics
import sys
import tempfile
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser

from tests import documents
from tests.e2e import browsing
from tests.e2e.browsing import Visit
from tests.e2e.people import sign_in
from tests.e2e.places import PRIVATE, PUBLIC, STAFF
from tests.performance.circumstances import commit_and_machine
from tests.ports import free_port
from tests.running import Run, login_in

IMAGES = documents.DOCS / "images"
DESK, PHONE = {"width": 1280, "height": 900}, {"width": 390, "height": 844}
FORMS: Mapping[str, Mapping[str, Any]] = {
    "light": {"color_scheme": "light", "viewport": DESK},
    "dark": {"color_scheme": "dark", "viewport": DESK},
    "phone": {"color_scheme": "light", "viewport": PHONE},
}
TIMES = 5
RESOURCES = "performance.getEntriesByType('resource').map((one) => one.name)"
SHIFT = """() => new Promise((told) => {
  let sum = 0;
  new PerformanceObserver((list) => {
    for (const one of list.getEntries()) if (!one.hadRecentInput) sum += one.value;
  }).observe({type: "layout-shift", buffered: true});
  setTimeout(() => told(sum), 200);
})"""


@dataclass
class Page:
    """What a page weighs, and how long it takes."""

    name: str
    requests: int = 0
    bytes: int = 0  # as a proxy that compresses would send it
    answered_ms: list[float] = field(default_factory=list)
    loaded_ms: list[float] = field(default_factory=list)
    shift: float = 0.0


def main() -> None:
    IMAGES.mkdir(exist_ok=True)
    with (
        tempfile.TemporaryDirectory(prefix="oo-pictures-") as folder,
        browsing.browser() as browser,
    ):
        port = free_port()
        run = Run(Path(folder) / "var", port, Path(folder) / "said", LIVE_PORT=str(free_port()))
        try:
            up = run.wait_for("Ready in")
            _visit_all(browser, f"http://127.0.0.1:{port}", *login_in(run.said()), up=up)
        finally:
            run.end(signal.SIGTERM)


def _visit_all(browser: Browser, site: str, email: str, password: str, *, up: float) -> None:
    with browsing.visiting(browser, site, viewport=DESK) as visit:
        first = _first_answer(visit)
    with browsing.visiting(browser, site, viewport=DESK) as visit:
        sign_in(visit.page, email, password)
        places = {**PUBLIC, **_filled(visit), **STAFF}
        pages = [_measured(visit, name, path) for name, path in places.items()]
    for form, options in FORMS.items():
        with browsing.visiting(browser, site, **options) as visit:
            _take(visit, form, PUBLIC)
            sign_in(visit.page, email, password)
            _take(visit, form, {name: places[name] for name in (*PRIVATE, *STAFF)})
        sys.stdout.write(f"{form}: {visit.complaints or 'no complaints'}\n")
    figures = (
        f"{commit_and_machine()}. Everything was up {up:.0f} s after its start; from then to the first ranked answer in a browser,"
        f" by one click on an example: **{first:.1f} s**.\n\n{_table(pages)}"
    )
    sys.stdout.write(figures + "\n")
    documents.put("web-app.md", "pages", figures)


def _first_answer(visit: Visit) -> float:
    """Return how many seconds a newcomer needs to the first answer."""
    started = time.monotonic()
    page = visit.open("/")
    page.locator(".examples a").first.click()
    page.locator(".result").first.wait_for()
    return time.monotonic() - started


def _filled(visit: Visit) -> dict[str, str]:
    """Ask something and run a job, so that there is something to be seen; return the pages' addresses."""
    visit.open(PRIVATE["results"])
    job = {
        "workflow_type": "simple_search",
        "queries": ["breast cancer", "Alzheimer", "mouse liver"],
    }
    job_id = visit.call("POST", "batch/jobs", job)["id"]
    visit.open(f"/batch/{job_id}").locator("#progress .completed").wait_for(timeout=120_000)
    asked = visit.context.request.get("/api/v2/history/queries").json()["results"][0]["id"]
    return {name: path.format(job=job_id, question=asked) for name, path in PRIVATE.items()}


def _measured(visit: Visit, name: str, path: str) -> Page:
    """Open a page again and again: first with nothing kept, whose weight counts."""
    found = Page(name)
    session = visit.context.new_cdp_session(visit.page)
    session.send("Network.clearBrowserCache")
    visit.open(path).wait_for_load_state("networkidle")
    loaded = [path, *visit.page.evaluate(RESOURCES)]
    found.requests = len(loaded)
    found.bytes = sum(len(gzip.compress(visit.context.request.get(one).body())) for one in loaded)
    found.shift = float(visit.page.evaluate(SHIFT))
    for _ in range(TIMES):
        timing = visit.open(path).evaluate(
            "() => performance.getEntriesByType('navigation')[0].toJSON()"
        )
        found.answered_ms.append(timing["responseEnd"])
        found.loaded_ms.append(timing["loadEventEnd"] or timing["domContentLoadedEventEnd"])
    return found


def _table(pages: list[Page]) -> str:
    rows = [
        f"| {one.name} | {one.requests} | {one.bytes / 1000:.0f} kB | {statistics.median(one.answered_ms):.0f} ms"
        f" | {statistics.median(one.loaded_ms):.0f} ms | {one.shift:.3f} |"
        for one in pages
    ]
    heading = "| page | requests | compressed | answered | loaded | layout shift |\n| --- | ---: | ---: | ---: | ---: | ---: |"
    return "\n".join([heading, *rows])


def _take(visit: Visit, form: str, places: Mapping[str, str]) -> None:
    for name, path in places.items():
        page = visit.open(path)
        page.wait_for_load_state("networkidle")
        page.screenshot(path=IMAGES / f"{name}-{form}.png")


if __name__ == "__main__":
    main()
