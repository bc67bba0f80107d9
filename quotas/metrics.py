"""The stream of usage for Prometheus: how far those who store it are behind."""

import time
from collections.abc import Iterator
from typing import Any

import redis
from django.conf import settings
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from monitoring import health
from quotas import limiter
from quotas.runner.consuming import GROUP


class UsageCollector(Collector):
    """What waits in the stream. Entries go when they are stored: so the first is the oldest that waits.

    :raises redis.RedisError: if Valkey is away
    """

    def collect(self) -> Iterator[Metric]:
        with health.client(settings.REDIS_URL) as client:
            waiting: Any = client.xlen(limiter.STREAM)
            first: Any = client.xrange(limiter.STREAM, count=1)
            taken = _taken(client)
            processed = client.exists(limiter.EPOCH)
        for name, says, value in (
            ("events_waiting", "Usage events that are not in PostgreSQL yet.", waiting),
            ("events_taken", "Those that a consumer has taken and not stored yet.", taken),
            ("lag_seconds", "How old the oldest of them is.", _age(first)),
            ("counts_known", "0 after Valkey lost its counts, until they are put back.", processed),
        ):
            yield GaugeMetricFamily(f"omicsoracle_usage_{name}", says, value=float(value))


def _taken(client: redis.Redis) -> int:
    try:
        groups: Any = client.xinfo_groups(limiter.STREAM)
    except redis.ResponseError:  # there is no stream before the first event
        return 0
    return sum(one["pending"] for one in groups if one["name"] == GROUP.encode())


def _age(entries: list[tuple[bytes, Any]]) -> float:
    """Return the age of an entry, whose name begins with the time of Valkey's clock."""
    if not entries:
        return 0.0
    return max(0.0, time.time() - int(entries[0][0].partition(b"-")[0]) / 1000)
