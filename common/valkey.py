"""Clients of Valkey for those who would rather go on without an answer than wait for one."""

import redis
from redis.backoff import NoBackoff
from redis.retry import Retry


def impatient(url: str, *, patience: float) -> redis.Redis:
    """Return a client that tries once, and waits for a connection or an answer so many seconds."""
    return redis.Redis.from_url(
        url,
        socket_timeout=patience,
        socket_connect_timeout=patience,
        retry=Retry(NoBackoff(), 0),
    )
