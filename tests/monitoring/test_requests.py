"""What is counted of requests, tasks and faults, and under which labels."""

import itertools
from collections.abc import Iterable, Iterator
from contextvars import copy_context
from typing import Any
from uuid import uuid4

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.db import OperationalError
from django.test import Client
from django.urls import URLPattern, get_resolver
from prometheus_client import REGISTRY
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from accounts.tasks import send_mail
from monitoring import metrics, requests, task_metrics
from monitoring.exposition import Collected, DatabaseReader
from tests.security.routes import PARAMETER

OURS = "omicsoracle_"


def value(name: str, **labels: str) -> float:
    return REGISTRY.get_sample_value(f"{OURS}{name}", labels) or 0.0


def patterns(resolver: Any = None, prefix: str = "") -> Iterator[str]:
    """Every route of the site, as Django calls it."""
    for entry in (resolver or get_resolver()).url_patterns:
        here = prefix + str(entry.pattern)
        if isinstance(entry, URLPattern):
            yield here
        else:
            yield from patterns(entry, here)


def path_with(route: str, word: str) -> str:
    return "/" + PARAMETER.sub(lambda found: str(uuid4()) if found[1] == "uuid" else word, route)


def visit(client: Client, routes: Iterable[str], word: str) -> None:
    for route in routes:
        client.get(path_with(route, word).replace("^", "").replace("$", ""))


def labels_of_requests() -> set[tuple[str, str, str]]:
    told = (family for family in metrics.http_requests.collect())
    samples = itertools.chain.from_iterable(family.samples for family in told)
    return {(one.labels["route"], one.labels["method"], one.labels["status"]) for one in samples}


@pytest.mark.django_db
def test_no_route_tells_what_it_was_asked_for(client: Client) -> None:
    client.raise_request_exception = False
    there = labels_of_requests()  # of other tests, which have routes of their own
    routes = set(patterns()) - {"api/schema"}  # which takes seconds, and nothing from its path
    visit(client, routes, "canary1")
    client.get("/nowhere/canary1")
    client.get("/static/canary1.css")
    client.generic("CANARY", "/health/live")
    before = labels_of_requests()

    visit(client, (route for route in routes if PARAMETER.search(route)), "canary2")
    client.get("/nowhere/canary2")
    client.generic("CANARIES", "/health/live")

    allowed = {f"/{route}" for route in patterns()} | {requests.UNKNOWN, requests.STATIC}
    assert {route for route, _, _ in before - there} - {requests.TURNED_AWAY} <= allowed
    assert labels_of_requests() == before
    assert len(before) > len(list(patterns())) / 2


def test_a_request_is_counted_once_with_its_route_and_status(client: Client) -> None:
    labels = {"route": "/health/live", "method": "GET"}
    counted = value("http_requests_total", **labels, status="200")
    timed = value("http_request_seconds_count", **labels)

    client.get("/health/live")

    assert value("http_requests_total", **labels, status="200") == counted + 1
    assert value("http_request_seconds_count", **labels) == timed + 1
    assert value("http_requests_in_progress") == 0


def test_what_a_request_waited_before_django_had_it_is_part_of_how_long_it_took(
    client: Client,
) -> None:
    labels = {"route": "/health/live", "method": "GET"}
    seconds = value("http_request_seconds_sum", **labels)
    came_at = requests.time.perf_counter() - 7

    client.get("/health/live", **{requests.CAME_AT: came_at})

    assert value("http_request_seconds_sum", **labels) >= seconds + 7


@pytest.mark.django_db
def test_problems_are_counted_by_their_code(client: Client) -> None:
    before = value("problems_total", code="not_authenticated", status="401")

    client.get("/api/v2/datasets")

    assert value("problems_total", code="not_authenticated", status="401") == before + 1


def test_a_fault_is_counted_by_its_type(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail() -> None:
        raise ImproperlyConfigured

    monkeypatch.setattr("monitoring.views.health.report", fail)
    client.raise_request_exception = False
    before = value("exceptions_total", type="ImproperlyConfigured", where="request")

    client.get("/health")

    assert value("exceptions_total", type="ImproperlyConfigured", where="request") == before + 1


@pytest.mark.django_db
def test_a_task_is_counted_and_timed() -> None:
    assert task_metrics.STARTED
    labels = {"task": send_mail.name}
    ended = value("tasks_total", **labels, state="success")
    timed = value("task_seconds_count", **labels)

    copy_context().run(send_mail.apply)  # what a task binds is not the test's

    assert value("tasks_total", **labels, state="success") == ended + 1
    assert value("task_seconds_count", **labels) == timed + 1
    assert value("task_last_success_timestamp_seconds", **labels) > 0


def test_plain_counts_are_folded_into_the_shared_ones_once() -> None:
    tally = requests.Tally("/folded", "POST", 200, agent="search")
    for seconds in (0.001, 0.02, 40):
        tally.note(seconds)

    tally.fold()
    tally.fold()

    labels = {"route": "/folded", "method": "POST"}
    assert value("http_requests_total", **labels, status="200") == 3
    assert value("http_request_seconds_sum", **labels) == pytest.approx(40.021)
    buckets = {
        bound: value("http_request_seconds_bucket", **labels, le=bound)
        for bound in ("0.005", "0.025", "30.0", "+Inf")
    }
    assert list(buckets.values()) == [1, 2, 2, 3]


class Broken(DatabaseReader):
    """PostgreSQL is away."""

    def collect(self) -> Iterator[Metric]:
        raise OperationalError


class Forbidden(DatabaseReader):
    """Must not be asked then."""

    def collect(self) -> Iterator[Metric]:
        raise AssertionError


class Whole(Collector):
    """Needs nothing."""

    def collect(self) -> Iterator[Metric]:
        yield GaugeMetricFamily("whole", "Is there.", value=1)


def test_what_is_away_takes_nothing_else_with_it(settings: Any) -> None:
    here = "tests.monitoring.test_requests"
    settings.METRICS_COLLECTORS = [f"{here}.Broken", f"{here}.Forbidden", f"{here}.Whole"]

    told = {family.name: family for family in Collected().collect()}

    up = {one.labels["collector"]: one.value for one in told["omicsoracle_collector_up"].samples}
    assert up == {"broken": 0, "forbidden": 0, "whole": 1}
    assert told["whole"].samples[0].value == 1
