"""The answer to a question, as a browser without JavaScript shows it, and as htmx asks for it."""

import csv
import io
import re
from html import unescape
from typing import Any

import pytest
from django.test import Client

from accounts.models import User
from omicsoracle.pages.examples import EXAMPLES
from tests.history.conftest import asked
from tests.omicsoracle.pages.finding.conftest import HOSTILE

pytestmark = pytest.mark.django_db
SEARCH = "/search"
AS_HTMX = {"HX-Request": "true"}


def shown(page: Any) -> list[str]:
    """Return the accessions on a page, in their order."""
    return re.findall(r'id="of-(GSE\d+)"', page.text)


def address_beside(page: Any, words: str) -> str:
    """Return where the link with these words leads."""
    found = re.search(rf'<a href="([^"]*)"[^>]*>(?:✓ )?{re.escape(words)}', page.text)
    assert found, words
    return unescape(found[1])


def test_a_visitor_sees_an_answer_with_one_click_and_signs_in_for_others(client: Client) -> None:
    first = client.get("/")
    example = client.get(address_beside(first, EXAMPLES[0]))
    other = client.get(SEARCH, {"q": "yeast"})
    narrowed = client.get(SEARCH, {"q": EXAMPLES[0], "organism": "mouse"})

    assert shown(example)[0] in {"GSE101", "GSE201"}
    assert "Organism is Homo sapiens" in example.text
    assert [one.status_code for one in (other, narrowed)] == [302, 302]
    assert other["Location"] == "/login?next=/search%3Fq%3Dyeast"


def test_a_series_is_shown_with_what_speaks_for_it(browser: Client) -> None:
    page = browser.get(SEARCH, {"q": "breast cancer chemotherapy"})

    text = " ".join(re.sub(r"<(?!/?mark)[^>]+>", " ", page.text).split())
    assert shown(page)[0] == "GSE101"
    assert "<mark>Breast</mark> tumours before and after <mark>chemotherapy</mark>" in text
    assert "Title has “breast”" in text
    assert re.search(r"Quality 0\.\d\d, (good|excellent|fair)", text)
    assert "GSE101 · Homo sapiens · 80 samples · 2019" in text
    assert "Raw data" in text
    assert "MONDO:0007254" in text


def test_what_records_say_is_text(browser: Client) -> None:
    page = browser.get(SEARCH, {"q": f"breast cancer {HOSTILE}"})

    assert "GSE201" in shown(page)
    assert HOSTILE not in page.text
    assert "<b onclick" not in page.text


def test_a_facet_leads_to_the_series_that_have_it_and_back(browser: Client) -> None:
    every = browser.get(SEARCH, {"q": "breast cancer"})

    narrowed = browser.get(SEARCH + address_beside(every, "Homo sapiens"))
    back = browser.get(SEARCH + address_beside(narrowed, "Homo sapiens"))
    of_2019 = browser.get(SEARCH + address_beside(every, "2019"))

    assert set(shown(narrowed)) == {"GSE101", "GSE201"} < set(shown(every))
    assert shown(back) == shown(every)
    assert shown(of_2019) == ["GSE101"]
    assert 'name="organism" value="Homo sapiens"' in narrowed.text


def test_htmx_gets_the_part_that_changes_and_whoever_goes_back_all(browser: Client) -> None:
    asked = {"q": "breast cancer", "min_samples": "50"}
    part = browser.get(SEARCH, asked, headers=AS_HTMX)
    whole = browser.get(SEARCH, asked, headers={**AS_HTMX, "HX-History-Restore-Request": "true"})

    assert shown(part) == shown(whole) == ["GSE101"]
    assert "<html" not in part.text
    assert "1 series found" in part.text
    assert "<html" in whole.text


def test_a_filter_that_cannot_be_is_explained_beside_the_form(browser: Client) -> None:
    page = browser.get(
        SEARCH, {"q": "breast cancer", "min_samples": "9", "max_samples": "many", "platform": "x"}
    )

    assert page.status_code == 400
    assert "max_samples" in page.text
    assert (
        'name="min_samples" type="number" min="0" max="999999999" inputmode="numeric" value="9"'
        in page.text
    )


@pytest.mark.parametrize(
    "name", ["q", "organism", "released_after", "max_results", "mode", "source"]
)
@pytest.mark.parametrize("text", ["a\0b", "\ud800", "9" * 5000, "[]", "<b>", "%s"])
def test_no_address_breaks_the_page(name: str, text: str, browser: Client) -> None:
    asked = {"q": "breast cancer", name: text.encode("utf-8", "surrogatepass")}

    assert browser.get(SEARCH, asked).status_code in {200, 400}


def test_where_nothing_is_found_the_page_says_what_to_do_without(browser: Client) -> None:
    page = browser.get(SEARCH, {"q": "yeast heat shock", "organism": "mouse"})

    without = browser.get(SEARCH + address_beside(page, "Do without the filter “Mus musculus”"))

    assert shown(page) == []
    assert address_beside(page, "Ask NCBI itself").endswith("source=ncbi")
    assert shown(without) == ["GSE103"]


def test_one_look_counts_one_and_is_kept_once(browser: Client, ada: User) -> None:
    page = browser.get(SEARCH, {"q": "breast cancer"})
    used = browser.get("/api/v2/users/usage").json()["hour"]["used"]

    assert page.status_code == 200
    assert used == 1


def test_an_export_has_the_series_of_the_page_and_no_formula(browser: Client) -> None:
    page = browser.get(SEARCH, {"q": "breast cancer"})

    table = browser.get("/search/export", {"q": "breast cancer", "format": "csv"})
    whole = browser.get("/search/export", {"q": "breast cancer", "format": "json"}).json()

    rows = list(csv.DictReader(io.StringIO(table.text)))
    assert table["Content-Disposition"] == 'attachment; filename="omicsoracle-search.csv"'
    assert [one["geo_id"] for one in rows] == shown(page)
    assert [one["geo_id"] for one in whole["datasets"]] == shown(page)
    assert all(not cell.startswith(("=", "+", "-", "@")) for row in rows for cell in row.values())


def test_the_first_page_shows_what_one_asked_last(browser: Client, ada: User) -> None:
    asked(ada, f"mouse liver {HOSTILE}")

    page = browser.get("/")

    assert "mouse liver" in page.text
    assert HOSTILE not in page.text


def test_series_put_aside_wait_in_the_form_of_a_report(browser: Client) -> None:
    for accession in ("GSE101", "GSE102", "GSE101", "no accession"):
        browser.post("/selection", {"add": accession, "next": "/search?q=x"})
    part = browser.post("/selection", {"remove": "GSE102"}, headers=AS_HTMX)
    form = browser.get("/reports")
    back = browser.post("/selection", {"clear": "1", "next": "https://evil.example/"})

    assert "Add to a report" in part.text
    assert "<strong>1</strong> series" in part.text
    assert ">GSE101</textarea>" in form.text
    assert back["Location"] == "/reports"
    assert "></textarea>" in browser.get("/reports").text


def test_no_more_series_are_put_aside_than_a_report_takes(browser: Client) -> None:
    session = browser.session
    session["chosen"] = [f"GSE{number}" for number in range(1, 100)]
    session.save()

    for number in (100, 101):
        browser.post("/selection", {"add": f"GSE{number}"})

    assert browser.session["chosen"][-1] == "GSE100"
