"""What staff do while everything runs: flags, breakers, levels, profiles, slow statements."""

from collections.abc import Iterator
from typing import Any

import pytest
import redis
from django.conf import LazySettings
from django.core.management import call_command
from django.db import connection
from django.test import Client
from django.urls import reverse
from rest_framework.test import APIClient

from accounts.models import AuditEntry, User
from accounts.services.registration import require_open
from common.breaker import CircuitOpen
from discovery.services import catalogue, summaries
from monitoring import breakers, flags, follower, levels, profiling, statements
from monitoring.flags import LANGUAGE_MODEL, LIVE_SEARCH, REGISTRATION, SwitchedOff
from tests.discovery.conftest import NOON, SERIES, lines_of
from tests.factories import PASSWORD, ApiKeyFactory, UserFactory

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("valkey")]
ACT, PROFILE = "admin:monitoring_act", "admin:monitoring_profile"
PAGE = "/admin/waffle/switch/"


@pytest.fixture
def staff() -> Client:
    client = Client()
    client.force_login(UserFactory(is_staff=True, is_superuser=True))
    return client


@pytest.fixture
def support() -> Client:
    client = Client()
    client.force_login(UserFactory(is_staff=True))
    return client


@pytest.fixture
def following(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Let this process keep the flags in memory, as those do that serve."""
    monkeypatch.setattr(follower, "is_here", lambda: True)
    monkeypatch.setattr(flags._Known, "values", None)
    yield
    flags._Known.values = None


def off(name: str) -> None:
    flags.switch(name, on=False, actor=None)


def act(client: Client, **sent: str) -> Any:
    return client.post(reverse(ACT), sent, follow=True)


def actions() -> list[str]:
    """Return what the audit log tells besides who signed in."""
    acts = AuditEntry.objects.exclude(action="session.signed_in").order_by("id")
    return list(acts.values_list("action", flat=True))


def test_registration_can_be_switched_off(client: Client) -> None:
    off(REGISTRATION)
    sent = {"email": "ada@example.org", "password": PASSWORD}

    answer = client.post("/api/v2/auth/register", sent, content_type="application/json")

    assert (answer.status_code, answer.json()["code"]) == (503, "service_unavailable")
    assert "not made at the moment" in answer.json()["detail"]
    assert answer["Retry-After"] == "300"
    page = client.post("/register", {**sent, "full_name": "Ada"})
    assert page.status_code == 503
    assert not User.objects.exists()


def test_live_search_can_be_switched_off_and_the_catalogue_serves(
    settings: LazySettings,
) -> None:
    settings.NCBI_EMAIL = "team@example.org"
    off(LIVE_SEARCH)
    client = APIClient()
    client.credentials(HTTP_X_API_KEY=ApiKeyFactory().text)
    asked = {"query": "breast cancer", "source": "ncbi"}

    refused = client.post("/api/v2/agents/search", asked, format="json")
    served = client.post("/api/v2/agents/search", {**asked, "fallback": True}, format="json")

    assert (refused.status_code, refused.json()["code"]) == (503, "upstream_unavailable")
    assert "switched live search off" in refused.json()["detail"]
    assert (served.status_code, served.json()["source"]) == (200, "local")


def test_the_language_model_can_be_switched_off(settings: LazySettings) -> None:
    settings.SUMMARY_WRITER = "discovery.writing.Writer"
    settings.OPENAI_BASE_URL = "http://127.0.0.1:9/v1"
    assert summaries.configured_writer() is not None

    off(LANGUAGE_MODEL)

    assert summaries.configured_writer() is None


def test_what_is_off_can_be_on_again() -> None:
    off(REGISTRATION)
    with pytest.raises(SwitchedOff):
        require_open()

    flags.switch(REGISTRATION, on=True, actor=None)

    require_open()
    assert flags.all_flags() == {name: name not in flags.OFF_AT_FIRST for name in flags.FLAGS}


@pytest.mark.usefixtures("following")
def test_a_process_that_serves_asks_nobody_until_a_flag_is_changed(
    django_assert_num_queries: Any, django_capture_on_commit_callbacks: Any
) -> None:
    flags.refresh()
    with django_assert_num_queries(0):
        assert flags.is_on(REGISTRATION)
        flags.refresh()

    with django_capture_on_commit_callbacks(execute=True):
        off(REGISTRATION)
    assert flags.is_on(REGISTRATION)
    flags.refresh()
    assert not flags.is_on(REGISTRATION)


@pytest.mark.usefixtures("following")
def test_a_change_that_nobody_could_be_told_of_is_known_within_a_minute(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    flags.refresh()
    off(REGISTRATION)  # no commit, so nobody is told

    monkeypatch.setattr(flags, "READ_ANYHOW", 0.0)
    flags.refresh()

    assert not flags.is_on(REGISTRATION)


@pytest.mark.parametrize("name", ["ncbi-eutils", "ncbi-geo", "language-model"])
def test_a_breaker_can_be_held_open_and_closed(name: str, client: Client, staff: Client) -> None:
    act(staff, act="open", name=name, minutes="5")

    breaker = breakers.all_breakers()[name]
    with pytest.raises(CircuitOpen), breaker.calling(failures=(OSError,)):
        pytest.fail("it was called")
    assert breakers.looks()[name].open_for == pytest.approx(300, abs=10)
    check = client.get("/health").json()["checks"]["upstreams"]
    assert check == {"status": "degraded", "detail": f"{name} is open"}

    act(staff, act="close", name=name)

    assert breakers.looks()[name].state == "closed"
    assert actions()[-2:] == ["breaker.opened", "breaker.closed"]


def test_failures_are_seen_before_a_breaker_opens() -> None:
    breaker = breakers.all_breakers()["ncbi-geo"]

    for _ in range(3):
        with pytest.raises(OSError), breaker.calling(failures=(OSError,)):  # noqa: PT011
            raise OSError

    assert (breaker.look().state, breaker.look().failures) == ("closed", 3)


def test_without_valkey_the_page_tells_what_this_process_knows(
    staff: Client, settings: LazySettings
) -> None:
    settings.REDIS_URL = "unix:///nowhere/valkey.sock"

    page = staff.get(PAGE)

    assert page.status_code == 200
    assert "ncbi-eutils" in page.text
    assert "Valkey does not answer" in act(staff, act="open", name="ncbi-geo", minutes="5").text


def test_the_page_does_what_its_buttons_say_and_the_audit_log_tells(staff: Client) -> None:
    assert "live-search is off" in act(staff, act="flag", name=LIVE_SEARCH, on="no").text
    sent = {"act": "level", "logger": "omics.page", "level": "DEBUG", "minutes": "5"}
    assert "omics.page writes from DEBUG on" in act(staff, **sent).text
    assert [one.logger for one in levels.changes()] == ["omics.page"]
    assert "writes as before" in act(staff, act="end-level", logger="omics.page").text

    assert actions() == ["flag.changed", "log_level.changed", "log_level.ended"]
    assert not flags.is_on(LIVE_SEARCH)
    assert AuditEntry.objects.exclude(actor=None).count() == 4


@pytest.mark.parametrize(
    "sent",
    [
        {"act": "explode"},
        {"act": "flag", "name": "no-such", "on": "yes"},
        {"act": "flag"},
        {"act": "open", "name": "no-such", "minutes": "5"},
        {"act": "open", "name": "ncbi-geo", "minutes": "many"},
        {"act": "level", "logger": "a b", "level": "DEBUG", "minutes": "5"},
    ],
)
def test_a_form_that_is_none_changes_nothing(staff: Client, sent: dict[str, str]) -> None:
    answer = act(staff, **sent)

    assert answer.status_code == 200
    assert actions() == []


def test_support_sees_and_does_not_act(support: Client) -> None:
    assert "Hold open" not in support.get(PAGE).text

    assert act(support, act="flag", name=LIVE_SEARCH, on="no").status_code == 403
    assert support.post(reverse(PROFILE), {"path": "/health"}).status_code == 403
    assert flags.is_on(LIVE_SEARCH)


@pytest.mark.parametrize("name", [ACT, PROFILE])
def test_nobody_else_comes_near(name: str, client: Client) -> None:
    sent = {"act": "flag", "name": LIVE_SEARCH, "on": "no", "path": "/health"}
    client.force_login(UserFactory())

    assert client.post(reverse(name), sent).status_code == 302
    assert flags.is_on(LIVE_SEARCH)


def test_a_profile_shows_where_the_time_of_a_request_goes(staff: Client) -> None:
    catalogue.load(lines=lines_of(SERIES), at=NOON)
    sent = {"path": "/api/v2/agents/search", "body": '{"query": "breast cancer"}'}

    page = staff.post(reverse(PROFILE), sent)

    assert "was answered with 200" in page.text
    assert "search" in page.context["profile"].text
    assert actions() == ["process.profiled"]


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/admin/", ""),
        ("/api/v2/auth/logout", "{}"),
        ("/api/v2/agents/search", "x" * 10_001),
        ("http://elsewhere.example/api/v2/", ""),
    ],
)
def test_only_what_reads_is_profiled(path: str, body: str) -> None:
    with pytest.raises(profiling.CannotProfile):
        profiling.profile(path=path, body=body, cookies={})


def test_one_profile_is_taken_at_a_time() -> None:
    with profiling._one_at_a_time, pytest.raises(profiling.CannotProfile, match="Another"):
        profiling.profile(path="/health/live", body="", cookies={})


def test_a_command_profiles_a_search(capsys: pytest.CaptureFixture[str]) -> None:
    call_command("profile", "breast cancer", times=1)

    assert "answered_anew" in capsys.readouterr().out


def test_slow_statements_are_told_or_why_not(valkey: redis.Redis) -> None:
    assert statements.slowest().reason == statements.MISSING
    with connection.cursor() as cursor:
        cursor.execute(
            "select exists (select from pg_available_extensions where name = %s)",
            ["pg_stat_statements"],
        )
        (can_be,) = cursor.fetchone()
        assert can_be
        cursor.execute("create extension pg_stat_statements")

    found = statements.slowest()

    assert found.reason == statements.NOT_COUNTED or found.statements[0].calls > 0
