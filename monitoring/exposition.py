"""What Prometheus reads: what processes counted, added up, and what collectors find out when asked.

It does not matter which process is asked. What cannot be found out is left out, and said so: the rest
is needed most when something is away.
"""

import hmac
import time
from collections.abc import Iterator

import redis
import structlog
from django.conf import settings
from django.db import DatabaseError, InterfaceError, OperationalError
from django.utils.module_loading import import_string
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector

from monitoring import slots
from monitoring.collectors.processes import ProcessCollector

LOOPBACK = frozenset({"127.0.0.1", "::1"})

logger = structlog.get_logger(__name__)


class DatabaseReader(Collector):
    """A collector that asks PostgreSQL: when that is away it is not even tried."""


class Collected(Collector):
    """All collectors that settings name, one after the other, and how each fared."""

    def __init__(self) -> None:
        self._is_database_away = False
        self._up = GaugeMetricFamily(
            "omicsoracle_collector_up", "Whether these figures could be had.", labels=["collector"]
        )
        self._seconds = GaugeMetricFamily(
            "omicsoracle_collector_seconds", "How long that took.", labels=["collector"]
        )

    def collect(self) -> Iterator[Metric]:
        for path in settings.METRICS_COLLECTORS:
            started = time.perf_counter()
            found = self._found(import_string(path)())
            name = path.rpartition(".")[2].removesuffix("Collector").lower()
            self._up.add_metric([name], found is not None)
            self._seconds.add_metric([name], time.perf_counter() - started)
            yield from found or ()
        yield from (self._up, self._seconds)

    def _found(self, collector: Collector) -> list[Metric] | None:
        if self._is_database_away and isinstance(collector, DatabaseReader):
            return None
        try:
            return list(collector.collect())
        except (DatabaseError, InterfaceError, redis.RedisError, OSError) as error:
            self._is_database_away |= isinstance(error, OperationalError | InterfaceError)
            logger.warning("no metrics", collector=type(collector).__name__, exc_info=error)
            return None


def exposition() -> bytes:
    """Return all metrics as Prometheus's text."""
    slots.living()  # and nothing of those that are not
    registry = CollectorRegistry()
    MultiProcessCollector(registry, path=str(settings.METRICS_DIR))  # type: ignore[no-untyped-call]
    registry.register(Collected())
    return generate_latest(registry)


def of_processes() -> bytes:
    """Return what processes that share METRICS_DIR counted, and what they take: nothing of servers."""
    slots.living()
    registry = CollectorRegistry()
    MultiProcessCollector(registry, path=str(settings.METRICS_DIR))  # type: ignore[no-untyped-call]
    registry.register(ProcessCollector())
    return generate_latest(registry)


def may_read(*, authorization: str, address: str) -> bool:
    """Say whether a request may read them: by the token, or from this machine if there is none."""
    if not settings.METRICS_TOKEN:
        return address in LOOPBACK
    expected = f"Bearer {settings.METRICS_TOKEN}"
    return hmac.compare_digest(authorization.encode(), expected.encode())
