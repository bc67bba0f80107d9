from collections.abc import Iterator

import pytest
import redis

from quotas import limiter


@pytest.fixture
def counting(valkey: redis.Redis) -> Iterator[redis.Redis]:
    """Return an empty Valkey that has lost nothing."""
    valkey.set(limiter.EPOCH, "1")
    yield valkey
    valkey.flushdb()
