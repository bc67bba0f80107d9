"""Usage out of Valkey's stream into PostgreSQL.

A consumer takes up to a thousand events, stores them in one transaction, and acknowledges them
after that. One that dies in between leaves them to the next: they are stored once all the same.
"""

import os
import socket
from collections.abc import Sequence
from datetime import datetime
from functools import cache
from typing import Any
from uuid import UUID

import redis
import structlog
from django.conf import settings
from django.db import DatabaseError

from quotas import limiter, valkey
from quotas.events import UsageEvent
from quotas.runner import restoring, storing

GROUP = "store"
BATCH = 1_000
BATCHES = 50  # in one run; what is left is the next run's
CLAIM_AFTER_MS = 30_000  # what a consumer has not acknowledged by then is another's
PATIENCE = 2.0  # seconds for an answer: nobody waits for this one

Entry = tuple[bytes, dict[bytes, bytes]]
logger = structlog.get_logger(__name__)


def consume(*, at: datetime) -> int:
    """Store what waits in the stream; say how many events were new. If counts were lost, put them back."""
    client = _client(settings.REDIS_URL)
    if not client.exists(limiter.EPOCH):
        restoring.restore(at=at)
    _make_group(client)
    stored = _finish_others(client)
    for _ in range(BATCHES):
        entries = _fresh(client)
        stored += _store(client, entries)
        if len(entries) < BATCH:
            break
    return stored


def riders_of(user_id: UUID) -> list[UsageEvent]:
    """Return a user's newest events in the stream in which something rides; none if Valkey is away."""
    try:
        written = limiter.events_with_riders(user_id, newest=BATCH)
    except valkey.Away:
        return []
    events = [event for one in written for event in _read(one)]
    return [event for event in events if event.user_id == user_id]


def _finish_others(client: redis.Redis) -> int:
    """Store what a consumer took and never acknowledged."""
    answer: Any = client.xautoclaim(
        limiter.STREAM, GROUP, _name(), min_idle_time=CLAIM_AFTER_MS, count=BATCH
    )
    return _store(client, answer[1])


def _fresh(client: redis.Redis) -> Sequence[Entry]:
    answer: Any = client.xreadgroup(GROUP, _name(), {limiter.STREAM: ">"}, count=BATCH)
    return answer[0][1] if answer else []


def _store(client: redis.Redis, entries: Sequence[Entry]) -> int:
    if not entries:
        return 0
    written = [fields.get(b"e", b"") for _, fields in entries]
    try:
        stored = storing.store_written(written)
    except (DatabaseError, UnicodeDecodeError):
        stored = storing.store([event for one in written for event in _read(one)])
    _acknowledge(client, [name for name, _ in entries])
    return stored


def _acknowledge(client: redis.Redis, names: Sequence[bytes]) -> None:
    pipe = client.pipeline(transaction=True)
    pipe.xack(limiter.STREAM, GROUP, *names)
    pipe.xdel(limiter.STREAM, *names)
    pipe.execute()


def _read(written: bytes) -> list[UsageEvent]:
    """Return an entry's event; none if it is not one of ours, so that the rest goes on."""
    try:
        return [UsageEvent.loads(written)]
    except ValueError:
        logger.error("an entry in the stream of usage is no event")  # noqa: TRY400 (what it is says nothing)
        return []


def _make_group(client: redis.Redis) -> None:
    try:
        client.xgroup_create(limiter.STREAM, GROUP, id="0", mkstream=True)
    except redis.ResponseError as error:
        if "BUSYGROUP" not in str(error):
            raise


def _name() -> str:
    return f"{socket.gethostname()}-{os.getpid()}"


@cache
def _client(url: str) -> redis.Redis:
    return redis.Redis.from_url(url, socket_timeout=PATIENCE, socket_connect_timeout=PATIENCE)
