"""Reports of faults, as a receiver gets them."""

import os
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import pytest
from django.conf import settings

from accounts import keys
from tests.fakes import sentry

pytestmark = pytest.mark.allow_hosts(["127.0.0.1"])
CANARIES = {
    "password": "canary-of-password",
    "token": "canary-of-token",
    "cookie": "canary-of-cookie",
    "database": "canary-of-database",
    "path": "canary-of-path",
    "key": keys.make().text,
}


@pytest.fixture(scope="module")
def reports() -> Iterator[sentry.Receiver]:
    """Return what was reported of a site that fails, in a process of its own."""
    with sentry.serve() as receiver:
        program = "import tests.monitoring.failing as site; site.main()"
        done = subprocess.run(
            [sys.executable, "-c", program, *(f"{k}={v}" for k, v in CANARIES.items())],
            env=os.environ  # noqa: TID251 (for a child)
            | {
                "DJANGO_SETTINGS_MODULE": "tests.monitoring.reporting",
                "SENTRY_DSN": receiver.dsn,
                "SENTRY_TRACES_SAMPLED": "1.0",
            },
            capture_output=True,
            text=True,
            check=False,
            cwd=settings.BASE_DIR,
        )
        assert done.returncode == 0, done.stderr
        yield receiver


def raised(reports: sentry.Receiver, kind: str) -> dict[str, Any]:
    """Return the one report of an exception."""
    (found,) = [
        one
        for one in reports.items
        if kind in {value["type"] for value in one.get("exception", {}).get("values", [])}
    ]
    return found


def test_a_fault_tells_where_whose_and_under_which_id(reports: sentry.Receiver) -> None:
    report = raised(reports, "RuntimeError")

    frame = report["exception"]["values"][0]["stacktrace"]["frames"][-1]
    assert frame["function"] == "fail"
    assert "vars" not in frame
    assert report["request"] == {"method": "POST", "url": "/api/v2/fail/<str:name>"}
    assert report["user"] == {"id": "0199d0f2-0000-7000-8000-000000000001"}
    assert report["tags"]["correlation_id"] == "req-of-fault"
    assert report["environment"] == "reporting"
    assert report["release"].startswith("omicsoracle@")


def test_a_task_that_fails_is_reported(reports: sentry.Receiver) -> None:
    report = raised(reports, "ValueError")

    assert report["transaction"] == "tests.monitoring.failing.fail_later"


def test_a_line_of_an_error_is_a_report(reports: sentry.Receiver) -> None:
    (report,) = [
        one for one in reports.items if one.get("logentry", {}).get("message") == "it broke"
    ]

    assert report["extra"]["number"] == 7
    assert report["extra"]["secret"] == "[secret]"


def test_transactions_are_sampled_with_the_routes_pattern(reports: sentry.Receiver) -> None:
    names = {one["transaction"] for one in reports.items if one.get("type") == "transaction"}

    assert "/api/v2/fail/{name}" in names


def test_no_report_shows_a_secret(reports: sentry.Receiver) -> None:
    assert len(reports.items) >= 4
    hidden = [*CANARIES.values(), "canary-of-mail"]
    assert [one for one in hidden if one in reports.text] == []
