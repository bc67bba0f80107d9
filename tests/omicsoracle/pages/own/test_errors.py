"""What a page says when something is refused, missing or broken, and while the service is worked on."""

from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import quote, urlencode

import pytest
from django.contrib.auth.models import AnonymousUser
from django.test import Client, RequestFactory

from accounts.models import User
from monitoring import flags, follower
from omicsoracle.views import server_error
from tests.factories import ApiKeyFactory, UserFactory
from tests.omicsoracle.pages.own.conftest import browser_of

pytestmark = pytest.mark.django_db
URLENCODED = "application/x-www-form-urlencoded"
FORMS = {
    "/batch": {
        "questions": "liver",
        "workflow_type": "simple_search",
        "report_type": "brief",
        **dict.fromkeys(("name", "max_results", "organism", "released_after", "webhook_url"), ""),
        "once": "a",
    },
    "/keys": {"name": "laptop", "scopes": "read", "days": "30", "once": "a"},
    "/account/name": {"full_name": "Ada"},
    "/account/delete": {"password": "wrong"},
}


@pytest.fixture
def in_maintenance(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Let this process follow the flags, as those do that serve, and know that only staff is served."""
    monkeypatch.setattr(follower, "is_here", lambda: True)
    monkeypatch.setattr(flags._Known, "values", {flags.MAINTENANCE: True})
    yield
    flags._Known.values = None


def test_a_page_that_is_not_there_leads_to_the_search(client: Client) -> None:
    page = client.get("/nowhere")

    assert page.status_code == 404
    assert '<a href="/">Ask for it' in page.text


def test_a_form_without_its_token_says_what_to_do() -> None:
    page = Client(enforce_csrf_checks=True).post("/login", {})

    assert page.status_code == 403
    assert "Send the form once more" in page.text


def test_a_fault_of_ours_has_a_name_and_asks_nothing_of_the_database(
    django_assert_num_queries: Callable[..., Any],
) -> None:
    request = RequestFactory().get("/")
    request.user = AnonymousUser()

    with django_assert_num_queries(0):
        page = server_error(request)

    assert page.status_code == 500
    assert b"on our side" in page.content


def test_a_body_that_is_too_large_is_a_page_for_people_and_a_problem_for_programs(
    browser: Client,
) -> None:
    large = {"questions": "x" * (1024 * 1024 + 1)}

    page, problem = browser.post("/batch", large), browser.post("/api/v2/batch/jobs", large)

    assert (page.status_code, problem.status_code) == (413, 413)
    assert page["Content-Type"].startswith("text/html")
    assert "a body may have 1 MiB" in page.text
    assert problem["Content-Type"] == "application/problem+json"


@pytest.mark.parametrize("rubbish", ["\0", "x" * 200_000, "\x1b[31m", "\ud800", "-1", "٣"])
def test_whatever_is_written_into_a_form_is_no_fault_of_ours(
    browser: Client, limit: Callable[..., None], rubbish: str
) -> None:
    limit(hour=10_000, queries_per_job=1)
    text = rubbish.encode("utf-8", "surrogatepass")
    statuses = set()
    for path, form in FORMS.items():
        for field in form:
            body = urlencode({**form, field: text})
            statuses.add(browser.post(path, body, content_type=URLENCODED).status_code)
    for path in ("/history?q=", "/history?after=", "/batch?cursor=", "/batch?status="):
        statuses.add(browser.get(path + quote(text)).status_code)

    assert statuses <= {200, 201, 302, 400, 403, 422, 429}


@pytest.mark.usefixtures("in_maintenance")
def test_in_maintenance_people_get_a_page_and_programs_a_problem(
    browser: Client, user: User
) -> None:
    page = browser.get("/batch")
    problem = browser.get("/api/v2/agents")
    by_key = Client().get("/api/v2/agents", headers={"X-API-Key": ApiKeyFactory(user=user).text})

    assert [one.status_code for one in (page, problem, by_key)] == [503, 503, 503]
    assert page["Retry-After"] == "300"
    assert "Load this page again in a few minutes" in page.text
    assert by_key.json()["code"] == "service_unavailable"


@pytest.mark.usefixtures("in_maintenance")
def test_in_maintenance_staff_and_who_watches_get_through(client: Client) -> None:
    staff = UserFactory.create(is_staff=True)
    key = {"X-API-Key": ApiKeyFactory(user=staff).text}

    assert browser_of(staff).get("/history").status_code == 200
    assert client.get("/api/v2/agents", headers=key).status_code == 200
    assert client.get("/health/live").status_code == 200
    assert client.get("/login").status_code == 200


def test_maintenance_is_off_until_somebody_switches_it_on() -> None:
    before = flags.all_flags()

    flags.switch(flags.MAINTENANCE, on=True, actor=None)

    assert not before[flags.MAINTENANCE]
    assert before[flags.REGISTRATION]
    assert flags.all_flags()[flags.MAINTENANCE]
    assert not flags.in_maintenance()  # of memory: this process follows nothing
