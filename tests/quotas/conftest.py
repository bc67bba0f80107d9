from collections.abc import Iterator

import pytest
import redis

from quotas import degraded
from quotas.services import effective


@pytest.fixture
def counting(valkey: redis.Redis) -> Iterator[redis.Redis]:
    """Return a Valkey in which nobody has been counted yet."""
    yield valkey
    valkey.flushdb()


@pytest.fixture(autouse=True)
def _nothing_is_remembered() -> None:
    effective.memory.clear()
    degraded.shares = degraded.Shares()
