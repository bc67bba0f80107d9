"""A catalogue of five series, somebody who asks, and nobody counted yet."""

from collections.abc import Callable, Iterator
from typing import Any

import orjson
import pytest
import redis
from django.utils import timezone
from rest_framework.test import APIClient

from accounts.models import User
from common.ids import uuid7
from discovery.services import catalogue
from history.models import QueryHistory
from history.runner import keeping
from quotas import degraded
from quotas.services import effective
from tests.discovery.conftest import NOON, SERIES, lines_of
from tests.factories import ApiKeyFactory, UserFactory

Ask = Callable[..., Any]


@pytest.fixture(autouse=True)
def _nobody_is_counted(valkey: redis.Redis) -> Iterator[None]:
    effective.memory.clear()
    degraded.shares = degraded.Shares()
    yield
    valkey.flushdb()


@pytest.fixture
def series(db: None) -> None:
    """Load a catalogue; nothing is embedded, which takes long."""
    catalogue.load(lines=lines_of(SERIES), at=NOON)


@pytest.fixture
def ada(db: None) -> User:
    return UserFactory.create(tier="pro")


def client_of(user: User, **fields: Any) -> APIClient:
    client = APIClient(raise_request_exception=False)
    client.credentials(HTTP_X_API_KEY=ApiKeyFactory(user=user, **fields).text)
    return client


@pytest.fixture
def api(ada: User) -> APIClient:
    return client_of(ada, scopes=["read", "write"])


def asked(user: User, question: str = "breast cancer", **changed: Any) -> QueryHistory:
    """Return a question as it is kept, however long ago it was asked."""
    fields = {
        "id": uuid7(),
        "query_text": question,
        "agent_type": "search",
        "asked": {"query": question, "source": "local"},
        "result": {"total_found": 1, "relevance_score": [["GSE101", 0.9]]},
        "result_count": 1,
        "execution_time_ms": 7,
        "cached": False,
        "created_at": timezone.now(),
    } | changed
    keeping.make_month(fields["created_at"])
    return QueryHistory.objects.create(user=user, **fields)


def written(user: User, question: str = "breast cancer", **changed: Any) -> bytes:
    """Return a usage event in which a question rides."""
    row = {
        "id": uuid7(),
        "user_id": user.pk,
        "execution_time_ms": 7,
        "created_at": timezone.now(),
        "rider": {
            "query_text": question,
            "agent_type": "search",
            "asked": {"query": question},
            "result": {"relevance_score": []},
            "result_count": 0,
            "cached": True,
        },
    }
    return orjson.dumps(row | changed)
