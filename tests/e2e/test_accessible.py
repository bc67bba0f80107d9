"""Whoever cannot see, point or distinguish colours can use every page."""

import json
from typing import Any

import pytest
from django.conf import settings
from playwright.sync_api import Browser, Page

from tests.e2e import browsing
from tests.e2e.browsing import Visit
from tests.e2e.conftest import Platform
from tests.e2e.people import sign_in

pytestmark = pytest.mark.allow_hosts(["127.0.0.1"])

AXE = settings.BASE_DIR / "omicsoracle" / "assets" / "node_modules" / "axe-core" / "axe.min.js"
NARROW = {"width": 320, "height": 640}


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_serious_on_any_page(
    browser: Browser, platform: Platform, places: dict[str, str], scheme: str
) -> None:
    with browsing.visiting(browser, platform.url, color_scheme=scheme) as visit:
        sign_in(visit.page, platform.email, platform.password)
        found = {name: _faults(visit, path) for name, path in places.items()}

    assert {name: faults for name, faults in found.items() if faults} == {}


def test_no_page_is_wider_than_a_narrow_telephone(
    browser: Browser, platform: Platform, places: dict[str, str]
) -> None:
    with browsing.visiting(browser, platform.url, viewport=NARROW) as visit:
        sign_in(visit.page, platform.email, platform.password)
        wide = {name: _overhang(visit, path) for name, path in places.items()}

    assert {name: by for name, by in wide.items() if by} == {}


def _faults(visit: Visit, path: str) -> list[str]:
    page = visit.open(path)
    return [
        f"{one['id']}: {one['nodes'][0]['html'][:120]}"
        for one in axe(page)
        if one["impact"] in {"serious", "critical"}
    ]


def axe(page: Page) -> list[dict[str, Any]]:
    """Return what axe has against a page."""
    page.evaluate(AXE.read_text(encoding="utf-8"))
    said = page.evaluate("async () => JSON.stringify((await axe.run(document)).violations)")
    found: list[dict[str, Any]] = json.loads(said)
    return found


def _overhang(visit: Visit, path: str) -> int:
    """Return by how many pixels a page must be scrolled sideways."""
    page = visit.open(path)
    return int(page.evaluate("document.documentElement.scrollWidth - window.innerWidth"))
