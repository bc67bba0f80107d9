"""The real application behind a port of loopback, somebody who asks it, and a worker for their jobs."""

import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import redis
from django.db import connection
from pytest_django.live_server_helper import LiveServer

from accounts.models import User
from batch.runner import working
from common import wake as waking
from discovery.services import catalogue
from omicsoracle_client import Client
from omicsoracle_client.transport import Patience
from quotas import degraded
from quotas.services import effective
from tests.discovery.conftest import NOON, SERIES, lines_of
from tests.factories import ApiKeyFactory, UserFactory

LOOK = 0.01  # seconds between two looks of the worker


@pytest.fixture(autouse=True)
def _nobody_is_counted(valkey: redis.Redis) -> Iterator[None]:
    effective.memory.clear()
    degraded.shares = degraded.Shares()
    yield
    valkey.flushdb()


@pytest.fixture
def url(live_server: LiveServer) -> str:
    """Return where the service is, with a catalogue; nothing is embedded, which takes long."""
    catalogue.load(lines=lines_of(SERIES), at=NOON)
    return live_server.url.replace("localhost", "127.0.0.1")


@pytest.fixture
def ada(transactional_db: None) -> User:
    return UserFactory.create(email="ada@example.org")


@pytest.fixture
def key(ada: User) -> str:
    made: Any = ApiKeyFactory(user=ada, scopes=["read", "write"])
    return str(made.text)


@pytest.fixture
def client(url: str, key: str) -> Iterator[Client]:
    with Client(url, api_key=key, patience=Patience(seconds=0)) as client:
        yield client


@pytest.fixture
def worker(monkeypatch: pytest.MonkeyPatch, transactional_db: None) -> Iterator[None]:
    """Have jobs answered while the test goes on."""
    monkeypatch.setattr(waking._Broker, "again_at", float("inf"))
    is_over = threading.Event()

    def work() -> None:
        while not is_over.wait(LOOK):
            working.work()
        connection.close()

    thread = threading.Thread(target=work)
    thread.start()
    yield
    is_over.set()
    thread.join()


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return where the command line keeps its key."""
    for name in ("OMICSORACLE_URL", "OMICSORACLE_API_KEY", "OMICSORACLE_EMAIL"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    return tmp_path / "omicsoracle"
