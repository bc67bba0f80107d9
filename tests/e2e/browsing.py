"""Chromium, told what to do by Playwright, and what it is to complain of."""

import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from playwright.sync_api import Browser, BrowserContext, Dialog, Page, sync_playwright

NAMES = ("chromium", "chromium-browser", "google-chrome")
ARGUMENTS = (
    *("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync"),
    *("--disable-background-networking", "--disable-component-update"),
)
# Runs before everything on a page: what a page is not allowed to do is noted there.
WATCH = """
window.violations = [];
document.addEventListener("securitypolicyviolation", (event) => window.violations.push(
  `${event.violatedDirective} ${event.blockedURI} ${event.sourceFile}:${event.lineNumber} ${event.sample}`));
"""


class NoBrowser(Exception):
    """The message says what to install."""


@dataclass
class Visit:
    """A browser of its own, with what went wrong on its pages."""

    context: BrowserContext
    page: Page
    complaints: list[str] = field(default_factory=list)

    def open(self, path: str) -> Page:
        self.page.goto(path)
        return self.page

    def call(self, method: str, path: str, body: Mapping[str, object]) -> dict[str, Any]:
        """Call the API as whoever is signed in here; return what it says."""
        token = next(one["value"] for one in self.context.cookies() if "csrf" in one["name"])
        said = self.context.request.fetch(
            f"/api/v2/{path}", method=method, data=body, headers={"X-CSRFToken": token}
        )
        assert said.ok, said.text()
        told: dict[str, Any] = said.json()
        return told


def program() -> str:
    """Return Chromium.

    :raises NoBrowser: if there is none
    """
    found = next(filter(None, map(shutil.which, NAMES)), None)
    if found is None:
        raise NoBrowser("There is no Chromium: `make browser` installs Debian's.")
    return found


@contextmanager
def browser() -> Iterator[Browser]:
    """Run Chromium while the block lasts.

    :raises NoBrowser: if there is none
    """
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=program(), args=list(ARGUMENTS))
        yield started
        started.close()


@contextmanager
def visiting(browser: Browser, site: str, **options: Any) -> Iterator[Visit]:
    """Open a window that knows nothing yet.

    :param options: of Playwright's `new_context`, such as `color_scheme` and `viewport`
    """
    context = browser.new_context(base_url=site, **options)
    context.add_init_script(WATCH)
    context.set_default_timeout(60_000)
    page = context.new_page()
    visit = Visit(context, page)
    page.on("dialog", lambda one: _dismiss(visit, one))
    page.on("pageerror", lambda error: visit.complaints.append(f"error: {error}"))
    page.on("console", lambda said: _note(visit, said.type, said.text))
    yield visit
    visit.complaints += page.evaluate("window.violations")
    context.close()


def _dismiss(visit: Visit, dialog: Dialog) -> None:
    visit.complaints.append(f"dialog: {dialog.message}")
    dialog.dismiss()


def _note(visit: Visit, kind: str, text: str) -> None:
    """Keep what a policy forbade; that an answer was a 404 is no fault of a page."""
    if kind == "error" and "Content Security Policy" in text:
        visit.complaints.append(text)
