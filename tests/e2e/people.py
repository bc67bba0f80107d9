"""What a person does on the pages, by what they read there."""

import re

from playwright.sync_api import Page

from tests.fakes.smtp import Smtp


def sign_in(page: Page, email: str, password: str) -> None:
    page.goto("/login")
    page.get_by_label("E-mail").fill(email)
    page.get_by_label("Password", exact=True).fill(password)
    page.get_by_role("button", name="Sign in", exact=True).click()
    page.wait_for_url(lambda url: "/login" not in url)


def link_in_mail(mails: Smtp, email: str) -> str:
    """Return the path of the last mail's link to somebody."""
    texts = [one.text() for one in mails.mails if email in one.recipients]
    found = re.search(r"https?://[^/\s]+(/\S+)", texts[-1])
    assert found is not None
    return found[1]
