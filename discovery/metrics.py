"""What comes of our calls to NCBI, over all processes, for Prometheus."""

from collections.abc import Iterator
from typing import cast

import redis
from prometheus_client.core import CounterMetricFamily, Metric
from prometheus_client.registry import Collector

from discovery import ncbi


class NcbiCollector(Collector):
    """Calls by what came of them. Without Valkey there is no count."""

    def collect(self) -> Iterator[Metric]:
        calls = CounterMetricFamily(
            "omicsoracle_ncbi_calls", "Calls by what came of them.", labels=["service", "outcome"]
        )
        for name, number in _counted().items():
            calls.add_metric(name.split(":"), number)
        yield calls


def _counted() -> dict[str, int]:
    try:
        counts = cast("dict[bytes, bytes]", ncbi.valkey().hgetall(ncbi.CALLS))
    except redis.RedisError:
        return {}
    return {name.decode(): int(number) for name, number in counts.items()}
