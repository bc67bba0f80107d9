"""What belongs to finding: plans, the quick start, and who sees what."""

import re

import pytest
from django.test import Client

from accounts.models import User
from quotas.models import TierLimits
from tests.factories import ApiKeyFactory

pytestmark = pytest.mark.django_db
SERIES = ["/datasets/GSE101", *(f"/datasets/GSE101/{one}" for one in ("samples", "similar"))]
PRIVATE = [*SERIES, "/datasets/GSE101/summary", "/search/export?q=x", "/reports", "/reports/read"]


@pytest.mark.parametrize("path", PRIVATE)
def test_what_costs_is_for_whoever_is_signed_in(path: str, client: Client) -> None:
    page = client.get(path)

    assert page.status_code == 302
    assert page["Location"].startswith("/login?next=")


def test_series_are_put_aside_by_post_only_and_with_a_token(ada: User) -> None:
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(ada)

    assert strict.get("/selection").status_code == 405
    assert strict.post("/selection", {"add": "GSE1"}).status_code == 403


def test_plans_are_what_the_tiers_say_now(client: Client, browser: Client) -> None:
    TierLimits.objects.filter(tier="pro").update(hour=12_345, monthly_price=31)

    visitors, own = client.get("/plans").text, browser.get("/plans").text

    assert "12,345" in visitors
    assert "$31" in visitors
    assert "(yours)" not in visitors
    assert re.search(r'<th scope="row">Free \(yours\)</th>', own)
    assert "100 of 100 requests are left" in own


def test_the_quick_start_names_ones_keys_and_never_shows_them(browser: Client, ada: User) -> None:
    key = ApiKeyFactory(user=ada, name="notebook <b>")
    others = ApiKeyFactory()

    page = browser.get("/quick-start").text

    assert key.prefix in page
    assert "notebook &lt;b&gt;" in page
    assert key.text not in page
    assert others.prefix not in page
    assert "http://testserver/api/v2/agents/search" in page


def test_the_quick_start_tells_visitors_how_to_get_a_key(client: Client) -> None:
    assert 'href="/register"' in client.get("/quick-start").text


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/search?q=breast+cancer",
        *SERIES,
        "/reports",
        "/reports/read?series=GSE101",
        "/plans",
        "/quick-start",
    ],
)
def test_pages_run_and_style_nothing_inline_and_have_one_heading(
    path: str, browser: Client
) -> None:
    page = browser.get(path).text

    assert re.findall(r"<script(?![^>]*\bsrc=)[^>]*>|<[^>]*\s(?:on\w+|style)=|<style", page) == []
    assert page.count("<h1") == 1
