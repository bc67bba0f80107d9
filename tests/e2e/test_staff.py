"""The staff's site in a browser: unfold's scripts do what they must under our policy, and ask before they act."""

import re

import pytest
from playwright.sync_api import expect

from omicsoracle.staff.figures import list_of
from omicsoracle.staff.navigation import GROUPS
from tests.e2e.browsing import Visit
from tests.e2e.conftest import Platform
from tests.e2e.people import sign_in

pytestmark = pytest.mark.allow_hosts(["127.0.0.1"])


@pytest.fixture
def staff(visit: Visit, platform: Platform) -> Visit:
    sign_in(visit.page, platform.email, platform.password)
    return visit


def test_no_page_of_the_staffs_site_breaks_the_policy(staff: Visit) -> None:
    lists = [list_of(model) for items in GROUPS.values() for _, _, model in items]

    for path in ["/admin/", *lists, "/admin/quotas/override/add/"]:
        page = staff.open(path)
        assert page.evaluate("window.violations") == [], path


def test_a_person_is_found_and_reached_by_the_keyboard(staff: Visit, platform: Platform) -> None:
    page = staff.open("/admin/")
    page.keyboard.press("Control+k")
    page.get_by_placeholder("Type to search").press_sequentially(platform.email[:8])
    page.locator("#command-results a").first.click()

    expect(page.get_by_role("link", name="sessions", exact=True)).to_be_visible()
    assert re.search(r"/admin/accounts/user/[\w-]+/change/", page.url)


def test_an_action_of_a_list_asks_and_can_be_taken_back(staff: Visit) -> None:
    page = staff.open("/admin/accounts/session/")
    page.locator("input.action-select").first.check()
    page.locator("select[name=action]").select_option("end")
    page.get_by_role("button", name="Run").click()
    expect(page.get_by_text("End the selected sessions?")).to_be_visible()

    page.get_by_role("link", name="No, take me back").click()

    page.wait_for_url("**/admin/accounts/session/")
