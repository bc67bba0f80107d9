"""The page of a series, and its parts."""

import re
from html import unescape

import pytest
from django.test import Client

from accounts.models import Tier, User
from discovery.models import Platform
from tests.omicsoracle.pages.finding.conftest import HOSTILE

pytestmark = pytest.mark.django_db
PAGE = "/datasets/GSE101"


def test_a_series_is_shown_with_all_that_is_known_of_it(browser: Client) -> None:
    titled = {"title": f"HiSeq 2500 {HOSTILE}"}
    Platform.objects.update_or_create(accession="GPL16791", defaults=titled)

    page = browser.get("/datasets/gse101").text

    assert "<h1>Breast tumours before and after chemotherapy</h1>" in page
    assert 'href="https://pubmed.ncbi.nlm.nih.gov/1/"' in page
    assert 'href="https://www.ncbi.nlm.nih.gov/sra?term=SRP1"' in page
    assert "HiSeq 2500" in page
    assert '<th scope="row">Raw data</th>' in page
    assert "GSE101_family.soft.gz" in page
    assert "@misc{GSE101," in page
    assert HOSTILE not in page


def test_a_whole_and_its_parts_lead_to_each_other(browser: Client) -> None:
    assert 'href="/datasets/GSE201"' in browser.get("/datasets/GSE104").text
    assert 'href="/datasets/GSE104"' in browser.get("/datasets/GSE201").text


def test_a_page_of_a_series_counts_two_and_is_not_kept_as_a_question(browser: Client) -> None:
    browser.get(PAGE)

    assert browser.get("/api/v2/users/usage").json()["hour"]["used"] == 2


@pytest.mark.parametrize(
    ("accession", "says"),
    [
        ("GSE999", "/search?q=GSE999&amp;source=ncbi"),
        ("GSM1", "no accession of a series"),
        ("bröst √", "no accession of a series"),
        ("..", "no accession of a series"),
    ],
)
def test_an_unknown_series_is_a_friendly_404(accession: str, says: str, browser: Client) -> None:
    page = browser.get(f"/datasets/{accession}")

    assert page.status_code == 404
    assert says in page.text


def test_samples_come_in_pages_with_their_characteristics(browser: Client) -> None:
    first = browser.get("/datasets/GSE201")
    further = re.search(r'<a href="(/datasets/GSE201/samples\?[^"]+)"', first.text)
    assert further
    second = browser.get(unescape(further[1]), headers={"HX-Request": "true"})
    alone = browser.get(unescape(further[1]))

    assert '<th scope="col">tissue</th>' in first.text
    assert "acc=GSM20" in first.text
    assert "acc=GSM21" not in first.text
    assert "<td>breast 21</td>" in second.text
    assert "<html" not in second.text
    assert "<html" in alone.text
    assert HOSTILE not in first.text + second.text


def test_a_series_without_samples_says_where_they_are(browser: Client) -> None:
    assert "has no table of samples" in browser.get(PAGE).text


def test_who_may_not_have_summaries_is_told_which_tiers_have(browser: Client, ada: User) -> None:
    refused = browser.get(f"{PAGE}/summary")
    User.objects.filter(pk=ada.pk).update(tier=Tier.PRO)

    summary = browser.get(f"{PAGE}/summary")

    assert refused.status_code == 403
    assert 'href="/plans"' in refused.text
    assert "<blockquote>" in summary.text
    assert "summary of GSE101" in summary.text


def test_similar_series_come_with_what_they_share(browser: Client) -> None:
    page = browser.get("/datasets/GSE102/similar", headers={"HX-Request": "true"})

    assert page.status_code == 200
    assert "<html" not in page.text
