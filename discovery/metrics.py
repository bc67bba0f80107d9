"""What comes of our calls to NCBI, over all processes, for Prometheus."""

from collections.abc import Iterator
from typing import cast

import redis
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from common.breaker import STATES
from discovery import ncbi
from discovery.services import summaries


class NcbiCollector(Collector):
    """Calls by what came of them, and the state of the breakers. Without Valkey there is no count."""

    def collect(self) -> Iterator[Metric]:
        calls = CounterMetricFamily(
            "omicsoracle_ncbi_calls", "Calls by what came of them.", labels=["service", "outcome"]
        )
        for name, number in _counted().items():
            calls.add_metric(name.split(":"), number)
        yield calls
        breakers = GaugeMetricFamily(
            "omicsoracle_breaker",
            "1 for the state that the breaker of a service is in.",
            labels=["service", "state"],
        )
        services = {name: ncbi.breaker(name) for name in (ncbi.EUTILS, ncbi.PAGES)}
        for service, breaker in (services | {"llm": summaries.breaker()}).items():
            present = breaker.state()
            for state in STATES:
                breakers.add_metric([service, state], state == present)
        yield breakers


def _counted() -> dict[str, int]:
    try:
        counts = cast("dict[bytes, bytes]", ncbi.valkey().hgetall(ncbi.CALLS))
    except redis.RedisError:
        return {}
    return {name.decode(): int(number) for name, number in counts.items()}
