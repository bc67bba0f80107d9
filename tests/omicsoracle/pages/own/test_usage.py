"""Limits and charts."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import User
from tests.history.used import SEARCH, used

pytestmark = pytest.mark.django_db


def test_limits_are_shown_with_what_is_used_and_whose_they_are(
    browser: Client, limit: Callable[..., None]
) -> None:
    limit(hour=2_000)
    browser.get("/api/v2/agents")

    page = browser.get("/usage").text

    assert 'max="2000" value="1"' in page
    assert "1 of 2,000 used, <strong>1,999 left</strong>" in page
    assert "Staff have set other limits for you: a test." in page


def test_charts_have_their_figures_and_tables_that_say_the_same(
    browser: Client, user: User
) -> None:
    now = timezone.now()
    used(user, now, now - timedelta(days=1), endpoint=SEARCH, method="POST")
    used(user, now, status_code=429)

    page = browser.get("/usage?interval=day")

    drawn = page.context["drawn"]
    assert len(drawn["time"]["at"]) == 30
    assert drawn["time"]["at"][-1] == f"{now:%Y-%m-%d}"
    assert sum(drawn["time"]["requests"]) == 3
    assert sum(drawn["time"]["errors"]) == 1
    assert drawn["endpoint"]["names"] == ["POST agents/search", "GET datasets"]
    groups = {name: rows for name, _, rows in page.context["groups"]}
    assert groups["status"] == [("200", 2, 0), ("429", 1, 1)]
    assert groups["agent"] == [("search", 2, 0), ("other calls", 1, 1)]
    assert page.text.count("<tr>") > 30
    assert '<script id="drawn" type="application/json">' in page.text


def test_who_has_nothing_left_still_sees_what_and_until_when(
    browser: Client, limit: Callable[..., None]
) -> None:
    limit(hour=0)

    page = browser.get("/usage")

    assert page.status_code == 200
    assert "<strong>0 left</strong>" in page.text
    assert "data-countdown=" in page.text


def test_another_interval_than_there_is_is_days(browser: Client) -> None:
    assert browser.get("/usage?interval=second").context["interval"] == "day"
