"""The states of the breakers, by their names in settings."""

from collections.abc import Iterator

from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from common.breaker import STATES
from monitoring import breakers


class BreakerCollector(Collector):
    def collect(self) -> Iterator[Metric]:
        told = GaugeMetricFamily(
            "omicsoracle_breaker",
            "1 for the state that the breaker of a service is in.",
            labels=["service", "state"],
        )
        for service, breaker in breakers.all_breakers().items():
            present = breaker.state()
            for state in STATES:
                told.add_metric([service, state], state == present)
        yield told
