"""What a newcomer does in their first quarter of an hour, from sign-up to a key that is revoked."""

import pytest
from playwright.sync_api import Page, expect

from omicsoracle.run.example import Site
from tests.e2e.browsing import Visit
from tests.e2e.conftest import Platform
from tests.e2e.people import link_in_mail, sign_in

pytestmark = pytest.mark.allow_hosts(["127.0.0.1"])

EMAIL, PASSWORD = "newcomer@example.org", "a-long-and-unusual-phrase-7"


def test_a_visitor_sees_a_ranked_answer_after_one_click(visit: Visit) -> None:
    page = visit.open("/")

    page.locator(".examples a").first.click()

    expect(page.locator(".result").first).to_be_visible()


def test_a_newcomer_comes_from_sign_up_to_a_revoked_key(visit: Visit, platform: Platform) -> None:
    page = visit.page
    _sign_up(page, platform)
    _find_a_series(page)
    _look_at_a_report(page)
    _run_a_batch(page)
    key = _make_a_key(page)

    answered = _status_with(platform, key)
    _revoke_the_key(page)

    assert answered == 200
    assert _status_with(platform, key) == 401


def _sign_up(page: Page, platform: Platform) -> None:
    page.goto("/register")
    page.get_by_label("E-mail").fill(EMAIL)
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Sign up").click()
    expect(page.locator("main")).to_contain_text(EMAIL)
    platform.wait_for_mail(EMAIL)
    page.goto(link_in_mail(platform.mails, EMAIL))
    page.get_by_role("main").get_by_role("button").click()
    sign_in(page, EMAIL, PASSWORD)


def _find_a_series(page: Page) -> None:
    page.goto("/")
    page.get_by_label("Your question").fill("breast cancer RNA-seq in human")
    page.get_by_role("button", name="Find series").click()
    page.locator(".result h2 a").first.click()
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    assert "/datasets/GSE" in page.url


def _look_at_a_report(page: Page) -> None:
    page.goto("/reports")
    page.get_by_label("Series").fill("GSE189389 GSE140186")
    page.get_by_role("button", name="Make the report").click()
    expect(page.get_by_role("main")).to_contain_text("GSE189389")
    expect(page.get_by_role("heading", level=1)).to_be_visible()


def _run_a_batch(page: Page) -> None:
    page.goto("/batch")
    page.get_by_label("Questions").fill("breast cancer\nAlzheimer hippocampus\nmouse liver")
    page.get_by_role("button", name="Run them").click()
    expect(page.locator("#progress .state")).to_have_text("completed", timeout=120_000)
    expect(page.locator("#progress")).to_contain_text("3 of 3 answered")


def _make_a_key(page: Page) -> str:
    page.goto("/keys")
    page.get_by_label("Name", exact=True).fill("notebook")
    page.get_by_role("button", name="Create the key").click()
    return page.locator("code.key").inner_text().strip()


def _revoke_the_key(page: Page) -> None:
    page.goto("/keys")
    page.get_by_role("button", name="Revoke").first.click()
    page.locator("button.danger").click()
    expect(page.locator("#keys .state")).to_have_text("revoked")


def _status_with(platform: Platform, key: str) -> int:
    return Site(platform.port).search("breast cancer", key=key)[0]
