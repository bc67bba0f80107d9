"""Quotas over HTTP, for users and for staff."""

from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.utils import timezone
from rest_framework.test import APIClient

from accounts.models import Action, AuditEntry, User
from quotas.models import ActiveMonth, Override, UsageDay, UsageHour
from tests.factories import UserFactory, access_token

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("counting")]
USAGE, QUOTA, COUNTED = "/api/v2/users/usage", "/api/v2/users/quota", "/api/v2/datasets"


def client_of(user: User) -> APIClient:
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {access_token(user)}")
    return client


@pytest.fixture
def user() -> User:
    return UserFactory.create()


@pytest.fixture
def client(user: User) -> APIClient:
    return client_of(user)


@pytest.fixture
def admin() -> APIClient:
    return client_of(UserFactory.create(is_staff=True, is_superuser=True))


@pytest.fixture
def put(admin: APIClient, user: User, django_capture_on_commit_callbacks: Any) -> Any:
    """Return what sets the user's override, and is committed then."""

    def put(**body: object) -> Any:
        with django_capture_on_commit_callbacks(execute=True):
            return admin.put(path_of(user), {"reason": "a course", **body}, format="json")

    return put


def path_of(user: User) -> str:
    return f"/api/v2/admin/users/{user.pk}/quota"


def test_usage_is_what_was_counted_to_the_last_request(client: APIClient) -> None:
    for _ in range(3):
        client.get(COUNTED)

    usage = client.get(USAGE).json()

    assert usage["tier"] == "free"
    hour, day = usage["hour"], usage["day"]
    assert (hour["used"], hour["limit"], hour["remaining"]) == (3, 100, 97)
    assert (day["used"], day["limit"], day["remaining"]) == (3, 1000, 997)
    assert usage["concurrent_jobs"] == {"used": 0, "limit": 5}


def test_used_quota_comes_back_within_the_window_and_a_bucket(client: APIClient) -> None:
    client.get(COUNTED)

    reset_at = datetime.fromisoformat(client.get(USAGE).json()["hour"]["reset_at"])

    assert reset_at.tzinfo == UTC
    wait = reset_at - timezone.now()
    assert timedelta(minutes=59) < wait <= timedelta(minutes=61)


def test_looking_costs_nothing_and_works_when_all_is_used_up(client: APIClient, user: User) -> None:
    Override.objects.create(user=user, values={"hour": 1}, reason="a test")
    client.get(COUNTED)
    client.get(COUNTED)

    answers = [client.get(path) for path in (USAGE, QUOTA) * 3]

    assert {one.status_code for one in answers} == {200}
    assert answers[-2].json()["hour"]["used"] == 1
    assert answers[-1]["X-RateLimit-Remaining"] == "0"


def test_usage_says_what_was_called_today(client: APIClient, user: User) -> None:
    hour = timezone.now().replace(minute=0, second=0, microsecond=0)
    sums = {"cost": 1, "total_ms": 1, "status_code": 200, "method": "GET"}
    for endpoint, requests, at in (
        ("/b", 2, hour),
        ("/a", 5, hour),
        ("/a", 9, hour - timedelta(days=1)),
    ):
        UsageHour.objects.create(user=user, endpoint=endpoint, requests=requests, hour=at, **sums)

    assert client.get(USAGE).json()["by_endpoint"] == [
        {"endpoint": "/a", "method": "GET", "count": 5},
        {"endpoint": "/b", "method": "GET", "count": 2},
    ]


def test_the_quota_is_told_as_the_contract_says(client: APIClient) -> None:
    client.get(COUNTED)

    quota = client.get(QUOTA).json()

    assert quota["tier"] == "free"
    assert quota["limits"] == {
        "hour": 100,
        "day": 1000,
        "concurrent_jobs": 5,
        "queries_per_job": 100,
        "ai": False,
    }
    assert quota["remaining"] == {"hour": 99, "day": 999, "concurrent_jobs": 5}
    assert set(quota["reset_at"]) == {"hour", "day"}
    assert quota["override"] is None


def test_running_jobs_are_asked_of_whom_the_settings_name(client: APIClient, settings: Any) -> None:
    settings.RUNNING_JOBS = "tests.quotas.test_api.two_jobs"

    assert client.get(QUOTA).json()["remaining"]["concurrent_jobs"] == 3
    assert client.get(USAGE).json()["concurrent_jobs"] == {"used": 2, "limit": 5}


def two_jobs(*, user: User) -> int:
    return 2


def test_no_limit_is_null(user: User, client: APIClient) -> None:
    User.objects.filter(pk=user.pk).update(tier="enterprise")

    quota = client.get(QUOTA).json()

    assert quota["limits"]["hour"] is quota["remaining"]["day"] is None


def test_an_override_holds_from_the_next_request_on(client: APIClient, put: Any) -> None:
    client.get(COUNTED)

    answer = put(hour=3, day=None)

    assert answer.status_code == 200
    shown = client.get(COUNTED)
    assert (shown["X-RateLimit-Limit"], shown["X-RateLimit-Remaining"]) == ("3", "1")


def test_an_override_is_shown_with_what_it_sets_and_why(client: APIClient, put: Any) -> None:
    end = (timezone.now() + timedelta(days=7)).isoformat()
    put(hour=None, ai=True, expires_at=end)

    shown = client.get(QUOTA).json()["override"]

    assert (shown["hour"], shown["ai"], shown["reason"]) == (None, True, "a course")
    assert "day" not in shown
    assert shown["expires_at"].endswith("Z")


def test_a_second_override_replaces_the_first_whole(client: APIClient, put: Any) -> None:
    put(hour=3)
    put(day=7)

    assert client.get(QUOTA).json()["limits"]["hour"] == 100
    assert client.get(QUOTA).json()["limits"]["day"] == 7


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"hour": 5, "reason": ""}, "reason"),
        ({"hour": 5, "reason": None}, "reason"),
        ({"hour": -1}, "hour"),
        ({"hour": "5"}, "hour"),
        ({"hour": True}, "hour"),
        ({"hour": 2**40}, "hour"),
        ({"ai": "yes"}, "ai"),
        ({"hour": 5, "expires_at": "2001-01-01T00:00:00Z"}, "expires_at"),
    ],
)
def test_an_override_that_makes_no_sense_is_refused(
    put: Any, body: dict[str, object], field: str
) -> None:
    answer = put(**body)

    assert answer.status_code == 400
    assert field in answer.json()["errors"]
    assert not Override.objects.exists()


def test_an_override_that_sets_nothing_is_refused(put: Any) -> None:
    assert put().status_code == 400


def test_without_the_override_the_tier_holds_again(
    client: APIClient,
    admin: APIClient,
    user: User,
    put: Any,
    django_capture_on_commit_callbacks: Any,
) -> None:
    put(hour=3)

    with django_capture_on_commit_callbacks(execute=True):
        answer = admin.delete(path_of(user))

    assert answer.status_code == 204
    assert client.get(COUNTED)["X-RateLimit-Limit"] == "100"


def test_removing_an_override_that_is_not_there_is_told(admin: APIClient, user: User) -> None:
    assert admin.delete(path_of(user)).status_code == 404


def test_a_reset_empties_both_windows(client: APIClient, admin: APIClient, user: User) -> None:
    for _ in range(3):
        client.get(COUNTED)

    answer = admin.post(f"{path_of(user)}/reset")

    assert answer.status_code == 200
    assert answer.json()["remaining"] == {"hour": 100, "day": 1000, "concurrent_jobs": 5}
    assert client.get(COUNTED)["X-RateLimit-Remaining"] == "99"


def test_each_step_of_staff_is_in_the_audit_log(admin: APIClient, user: User, put: Any) -> None:
    put(hour=3)
    admin.delete(path_of(user))
    admin.post(f"{path_of(user)}/reset", {"reason": "asked for it"}, format="json")

    entries: Any = AuditEntry.objects.filter(subject=user.audit_id).order_by("id")

    assert [entry.action for entry in entries] == [
        Action.QUOTA_OVERRIDDEN,
        Action.QUOTA_OVERRIDE_REMOVED,
        Action.QUOTA_RESET,
    ]
    assert entries[0].after["values"] == {"hour": 3}
    assert entries[0].after["reason"] == entries[1].before["reason"] == "a course"
    assert entries[2].after == {"reason": "asked for it"}


@pytest.mark.parametrize(("method", "ending"), [("get", ""), ("put", ""), ("post", "/reset")])
def test_a_user_that_is_not_there_is_told(admin: APIClient, method: str, ending: str) -> None:
    body = {"hour": 5, "reason": "a course"}

    answer = getattr(admin, method)(f"/api/v2/admin/users/{uuid4()}/quota{ending}", body, "json")

    assert answer.status_code == 404


def test_support_reads_anybodys_quota_and_changes_nothing(user: User) -> None:
    support = client_of(UserFactory.create(is_staff=True))

    assert support.get(path_of(user)).json()["tier"] == "free"
    assert support.put(path_of(user), {"hour": 5, "reason": "no"}, "json").status_code == 403
    assert support.post(f"{path_of(user)}/reset").status_code == 403


def test_the_export_of_ones_data_has_ones_usage(client: APIClient, put: Any) -> None:
    put(hour=3)

    exported = client.get("/api/v2/auth/me/export").json()["usage"]

    assert exported["override"][0]["values"] == {"hour": 3}
    assert set(exported) == {
        *("override", "tier_changes", "hours", "days", "months", "active_months"),
        *("days_by_kind", "newest_requests"),
    }


def test_the_export_of_ones_data_tells_days_and_months(client: APIClient, user: User) -> None:
    UsageDay.objects.create(user=user, day=date(2026, 3, 4), requests=8, cost=8)
    ActiveMonth.objects.create(user=user, month=date(2026, 3, 1), days=1)

    answer = client.get("/api/v2/auth/me/export")

    assert answer.status_code == 200
    usage = answer.json()["usage"]
    assert [one["day"] for one in usage["days"]] == ["2026-03-04"]
    assert usage["active_months"] == [{"month": "2026-03-01", "days": 1}]


def test_staff_see_what_users_used_today(admin: APIClient, user: User) -> None:
    today = timezone.now().date()
    for day, requests in ((today, 8), (today - timedelta(days=1), 5)):
        UsageDay.objects.create(user=user, day=day, requests=requests, cost=requests)

    listed = admin.get("/api/v2/admin/users", {"q": user.email}).json()["results"]
    alone = admin.get(f"/api/v2/admin/users/{user.pk}").json()

    assert [one["usage_today"] for one in listed] == [8]
    assert alone == listed[0]
