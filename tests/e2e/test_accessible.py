"""Whoever cannot see, point or distinguish colours can use every page."""

import json
from dataclasses import dataclass, field
from typing import Any

import pytest
from django.conf import settings
from playwright.sync_api import Browser, Page

from tests.e2e import browsing
from tests.e2e.conftest import Platform
from tests.e2e.people import sign_in

pytestmark = pytest.mark.allow_hosts(["127.0.0.1"])

AXE = settings.BASE_DIR / "omicsoracle" / "assets" / "node_modules" / "axe-core" / "axe.min.js"
NARROW = {"width": 320, "height": 640}
# What of axe's rules depends on the colours: all others say of a dark page what they say of a light one.
OF_COLOURS = {"runOnly": {"type": "rule", "values": ["color-contrast", "link-in-text-block"]}}


@dataclass
class Walk:
    """What was met on each page that is not as it must be, by the page's name."""

    light: dict[str, list[str]] = field(default_factory=dict)
    dark: dict[str, list[str]] = field(default_factory=dict)


@pytest.fixture(scope="module")
def walk(browser: Browser, platform: Platform, places: dict[str, str]) -> Walk:
    """Open every page once, and look at it in both schemes."""
    met = Walk()
    options = {
        "color_scheme": "light",
        "reduced_motion": "reduce",
    }  # no colour is on its way to another
    with browsing.visiting(browser, platform.url, **options) as visit:
        sign_in(visit.page, platform.email, platform.password)
        for name, path in places.items():
            page = visit.open(path)
            met.light[name] = faults(page)
            page.emulate_media(color_scheme="dark")
            met.dark[name] = faults(page, OF_COLOURS)
            page.emulate_media(color_scheme="light")
    return met


def test_axe_finds_nothing_serious_on_any_page(walk: Walk, places: dict[str, str]) -> None:
    assert walk.light == {name: [] for name in places}


def test_axe_finds_no_colours_that_cannot_be_told_apart_on_any_dark_page(
    walk: Walk, places: dict[str, str]
) -> None:
    assert walk.dark == {name: [] for name in places}


def test_no_page_is_wider_than_a_narrow_telephone(
    browser: Browser, platform: Platform, places: dict[str, str]
) -> None:
    with browsing.visiting(browser, platform.url, viewport=NARROW) as visit:
        sign_in(visit.page, platform.email, platform.password)
        wide = {name: overhang(visit.open(path)) for name, path in places.items()}

    assert {name: by for name, by in wide.items() if by} == {}


def faults(page: Page, options: dict[str, Any] | None = None) -> list[str]:
    """Return what axe has against a page that is serious."""
    return [
        f"{one['id']}: {one['nodes'][0]['html'][:120]}"
        for one in axe(page, options)
        if one["impact"] in {"serious", "critical"}
    ]


def axe(page: Page, options: dict[str, Any] | None = None) -> list[dict[str, Any]]:
    """Return what axe has against a page.

    :param options: axe's own, such as which rules are to run
    """
    if not page.evaluate("'axe' in window"):
        page.evaluate(AXE.read_text(encoding="utf-8"))
    said = page.evaluate(
        "async (options) => JSON.stringify((await axe.run(document, options)).violations)",
        options or {},
    )
    found: list[dict[str, Any]] = json.loads(said)
    return found


def overhang(page: Page) -> int:
    """Return by how many pixels a page must be scrolled sideways."""
    return int(page.evaluate("document.documentElement.scrollWidth - window.innerWidth"))
