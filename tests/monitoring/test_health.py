from collections.abc import Iterator

import pytest
import redis
from django.conf import LazySettings
from django.db import OperationalError, connection
from django.test import Client

from discovery.services import catalogue
from monitoring import celery, health
from monitoring.health import Check
from tests.discovery.conftest import NOON, SERIES, lines_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def no_valkey(settings: LazySettings) -> None:
    settings.REDIS_URL = settings.CACHE_URL = "unix:///nowhere/valkey.sock"


@pytest.fixture
def no_database(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    def refuse(*_: object, **__: object) -> None:
        raise OperationalError("postgres://user:hunter2@db")

    with monkeypatch.context() as patched:
        patched.setattr(connection, "cursor", refuse)
        yield


def statuses(client: Client) -> dict[str, str]:
    checks = client.get("/health").json()["checks"]
    return {name: check["status"] for name, check in checks.items()}


def test_everything_is_told_with_the_version(client: Client, valkey: redis.Redis) -> None:
    health.beat_heart()

    answer = client.get("/health").json()

    assert set(answer) == {"status", "version", "checks"}
    named = {"database", "cache", "broker", "workers", "search_index", "batch", "upstreams"}
    assert set(answer["checks"]) == named


def test_an_empty_index_is_degraded_not_unhealthy(client: Client, valkey: redis.Redis) -> None:
    health.beat_heart()

    answer = client.get("/health")

    assert (answer.status_code, answer.json()["status"]) == (200, "degraded")
    assert statuses(client)["search_index"] == "down"


def test_all_well_is_healthy(
    client: Client, valkey: redis.Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    health.beat_heart()
    monkeypatch.setattr("discovery.health.search_index", lambda: Check("ok"))

    assert client.get("/health").json()["status"] == "healthy"


def test_a_worker_that_shows_no_life_is_down(client: Client, valkey: redis.Redis) -> None:
    assert statuses(client)["workers"] == "down"

    health.beat_heart()

    assert statuses(client)["workers"] == "ok"
    assert 0 < valkey.ttl(health.HEARTBEAT) <= health.HEARTBEAT_LASTS


@pytest.mark.usefixtures("no_valkey")
def test_without_valkey_the_service_is_degraded(client: Client) -> None:
    answer = client.get("/health")

    assert (answer.status_code, answer.json()["status"]) == (200, "degraded")
    assert statuses(client) | {"search_index": ""} == {
        "database": "ok",
        "cache": "down",
        "broker": "down",
        "workers": "down",
        "search_index": "",
        "batch": "ok",
        "upstreams": "ok",
    }


@pytest.mark.usefixtures("no_database")
def test_without_the_database_the_service_is_unhealthy(client: Client) -> None:
    answer = client.get("/health")

    assert (answer.status_code, answer.json()["status"]) == (503, "unhealthy")
    assert answer.json()["checks"]["search_index"] == {
        "status": "down",
        "detail": "needs the database",
    }
    assert b"hunter2" not in answer.content


def test_the_service_is_ready_once_it_is_migrated(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert client.get("/health/ready").status_code == 200

    monkeypatch.setattr(health.MigrationExecutor, "migration_plan", lambda *_: ["0002"])

    assert client.get("/health/ready").status_code == 503


@pytest.mark.usefixtures("no_database")
def test_the_service_is_not_ready_without_the_database(client: Client) -> None:
    assert client.get("/health/ready").status_code == 503


@pytest.mark.usefixtures("no_database", "no_valkey")
def test_the_process_lives_without_anything_else(client: Client) -> None:
    answer = client.get("/health/live")

    assert (answer.status_code, answer.json()) == (200, {"status": "alive"})


@pytest.mark.parametrize("path", ["/health", "/health/live", "/health/ready", "/health/"])
def test_health_is_public_and_never_kept(path: str, client: Client) -> None:
    answer = client.get(path)

    assert answer.status_code == 200
    assert "no-store" in answer["Cache-Control"]
    assert client.post(path).status_code == 405


def test_series_that_wait_for_an_embedding_degrade_the_index(
    client: Client,
) -> None:
    catalogue.load(lines=lines_of(SERIES), at=NOON)

    check = client.get("/health").json()["checks"]["search_index"]

    assert check == {"status": "degraded", "detail": "5 series wait for an embedding"}


def test_a_heart_beats_until_the_worker_stops(
    valkey: redis.Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(celery, "EVERY", 0.0)
    celery.stop_heart()

    celery._beat_until_stopped()

    assert valkey.exists(health.HEARTBEAT)
    celery._stopping.clear()


@pytest.mark.usefixtures("no_valkey")
def test_a_heart_survives_a_lost_valkey(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(celery, "EVERY", 0.0)
    celery.stop_heart()

    celery._beat_until_stopped()

    celery._stopping.clear()
