"""Traces, as a receiver gets them."""

import json
import subprocess
import sys
from collections.abc import Callable
from typing import Any

import pytest
import redis
from celery import shared_task
from django.conf import LazySettings, settings
from django.test import Client
from rest_framework.test import APIClient

from common.spans import NOTHING, span
from discovery.services import catalogue
from tests.discovery.conftest import NOON, SERIES, lines_of
from tests.discovery.ncbi.conftest import fake, shelf
from tests.factories import ApiKeyFactory
from tests.fakes import otlp
from tests.fakes.ncbi import Ncbi

__all__ = ["fake", "shelf"]
pytestmark = [pytest.mark.django_db, pytest.mark.allow_hosts(["127.0.0.1"])]
SEARCH = "/api/v2/agents/search"
ROOT = "POST api/v2/agents/search"
Traced = Callable[[Callable[[], Any]], otlp.Receiver]


@pytest.fixture
def traced(settings: LazySettings) -> Traced:
    """Return what does something while it is traced, and returns what arrived."""

    def act(something: Callable[[], Any]) -> otlp.Receiver:
        from monitoring.tracing.begin import begin  # noqa: PLC0415 (only here)

        with otlp.serve() as receiver:
            settings.TRACES_TO = receiver.url
            tracing = begin()
            try:
                something()
            finally:
                tracing.end()
            return receiver

    settings.TRACES_HEADERS = {"X-Key": "the-key-of-the-receiver"}
    settings.TRACES_SAMPLED = 1.0
    return act


def ask(**more: Any) -> Any:
    client = APIClient()
    client.credentials(HTTP_X_API_KEY=ApiKeyFactory().text)
    answer = client.post(
        f"{SEARCH}?token=hunter2", {"query": "breast cancer", **more}, format="json"
    )
    assert answer.status_code == 200
    return answer


def place_of(tree: list[str], name: str) -> tuple[int, int]:
    """Return where a span stands in the tree, and how deep."""
    line = next(line for line in tree if line.strip() == name)
    return tree.index(line), len(line) - len(line.lstrip())


def test_one_trace_shows_what_a_request_went_through(
    traced: Traced, fake: Ncbi, capfd: pytest.CaptureFixture[str]
) -> None:
    receiver = traced(lambda: ask(source="ncbi"))

    tree = receiver.tree(ROOT)
    steps = [ROOT, "limiter", "cache", "search of NCBI", "question to NCBI", "POST 127.0.0.1"]
    places = [place_of(tree, step) for step in steps]
    assert places == sorted(places)
    assert any("SQL SELECT" in line for line in tree)
    assert any("EVALSHA" in line for line in tree)
    assert len({one.trace for one in receiver.spans}) == 1
    (line,) = capfd.readouterr().out.splitlines()
    assert json.loads(line)["context"]["trace_id"] == receiver.spans[0].trace


def test_a_local_search_shows_its_statements(traced: Traced, valkey: redis.Redis) -> None:
    catalogue.load(lines=lines_of(SERIES), at=NOON)

    tree = traced(ask).tree(ROOT)

    search, depth = place_of(tree, "search")
    below = [line for line in tree[search + 1 :] if len(line) - len(line.lstrip()) > depth]
    assert sum("SQL" in line for line in below) > 3


def test_who_asked_and_which_request_is_told_and_nothing_secret(traced: Traced, fake: Ncbi) -> None:
    receiver = traced(lambda: ask(source="ncbi"))

    (root,) = [one for one in receiver.spans if one.name == ROOT]
    assert len(root.attributes["enduser.id"]) == 36
    assert root.attributes["correlation_id"]
    everything = "".join(one.text for one in receiver.spans)
    secrets = ["hunter2", "oo_", "the-key", "breast cancer", "team@example.org", SEARCH]
    assert [one for one in secrets if one in everything] == []
    assert receiver.resource["service.name"] == "omicsoracle"
    assert receiver.resource["deployment.environment.name"] == "testing"
    assert receiver.headers[0]["x-key"] == "the-key-of-the-receiver"


def test_what_is_not_sampled_is_not_sent_and_not_named_in_the_log(
    traced: Traced, settings: LazySettings, capfd: pytest.CaptureFixture[str]
) -> None:
    settings.TRACES_SAMPLED = 0.0
    traceparent = f"00-{'1' * 32}-{'2' * 16}-01"

    receiver = traced(lambda: Client().get("/", headers={"traceparent": traceparent}))

    assert receiver.spans == []
    assert "trace_id" not in capfd.readouterr().out


def test_what_threads_ask_by_themselves_is_no_trace(traced: Traced, valkey: redis.Redis) -> None:
    assert traced(valkey.ping).spans == []


@shared_task
def look() -> None:
    with span("look"):
        """Nothing more."""


def test_a_task_is_a_trace(traced: Traced) -> None:
    receiver = traced(look.apply)

    assert receiver.tree(f"run/{look.name}") == [f"run/{look.name}", "  look"]


def test_afterwards_nothing_is_traced(traced: Traced) -> None:
    receiver = traced(lambda: None)

    ask()

    assert (receiver.spans, span("x")) == ([], NOTHING)
    assert not any("opentelemetry" in one for one in settings.MIDDLEWARE)


def test_without_an_address_nothing_of_it_is_imported() -> None:
    code = (
        "import sys, django; django.setup();"
        "from django.test import Client; Client().get('/health/live');"
        "wanted = 'opentelemetry.instrumentation', 'opentelemetry.exporter', 'sentry_sdk';"
        "print([one for one in sys.modules if one.startswith(wanted)])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        check=True,
        cwd=settings.BASE_DIR,
    )

    assert done.stdout.splitlines()[-1] == "[]"
