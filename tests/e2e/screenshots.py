"""Pictures of every page for docs/images/: `python -m tests.e2e.screenshots URL EMAIL PASSWORD`, while `make run` is up."""

import sys
from pathlib import Path

from tests.e2e import browsing
from tests.e2e.people import sign_in
from tests.e2e.places import PRIVATE, PUBLIC, STAFF

IMAGES = Path(__file__).parents[2] / "docs" / "images"
DESK, PHONE = {"width": 1280, "height": 900}, {"width": 390, "height": 844}
FORMS = {
    "light": {"color_scheme": "light", "viewport": DESK},
    "dark": {"color_scheme": "dark", "viewport": DESK},
    "phone": {"color_scheme": "light", "viewport": PHONE},
}


def main(site: str, email: str, password: str) -> None:
    IMAGES.mkdir(exist_ok=True)
    with browsing.browser() as browser:
        for form, options in FORMS.items():
            with browsing.visiting(browser, site, **options) as visit:
                public = {name: path for name, path in PUBLIC.items() if name != "errors"}
                _take(visit, form, public)
                sign_in(visit.page, email, password)
                _take(visit, form, {**_found(visit), **STAFF})
            print(f"{form}: {visit.complaints or 'no complaints'}")  # noqa: T201


def _found(visit: browsing.Visit) -> dict[str, str]:
    """Return the private pages, with the newest job and question in their addresses."""
    ids = {}
    for name, list_path, kind in (
        ("job", "/api/v2/batch/jobs", "id"),
        ("question", "/api/v2/history/queries", "id"),
    ):
        rows = visit.context.request.get(list_path).json()["results"]
        ids[name] = rows[0][kind] if rows else ""
    filled = {name: path.format(**ids) for name, path in PRIVATE.items()}
    return {name: path for name, path in filled.items() if not path.endswith("/") or path == "/"}


def _take(visit: browsing.Visit, form: str, places: dict[str, str]) -> None:
    for name, path in places.items():
        page = visit.open(path)
        page.wait_for_load_state("networkidle")
        page.screenshot(path=IMAGES / f"{name}-{form}.png", full_page=form != "phone")


if __name__ == "__main__":
    main(*sys.argv[1:])
