"""Batch jobs for Prometheus: as PostgreSQL has them, so it does not matter who is asked."""

from collections.abc import Iterator
from typing import Any

from django.db.models import Count
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from batch.models import BatchJob, Delivery
from batch.queue import look
from batch.states import JobState


class BatchCollector(Collector):
    """How much waits and runs, how jobs ended that are kept, and messages that wait."""

    def collect(self) -> Iterator[Metric]:
        queue = look()
        figures = {
            "omicsoracle_batch_queries_due": ("Queries that could be begun now.", queue.due),
            "omicsoracle_batch_queries_running": ("Queries in hand.", queue.running),
            "omicsoracle_batch_oldest_seconds": ("How long the first has waited.", queue.oldest),
            "omicsoracle_batch_workers": ("Processes that have a query in hand.", queue.workers),
            "omicsoracle_batch_webhooks_waiting": (
                "Messages that are to be sent.",
                Delivery.objects.waiting().count(),
            ),
        }
        for name, (says, value) in figures.items():
            yield GaugeMetricFamily(name, says, value=value)
        kept = GaugeMetricFamily("omicsoracle_batch_jobs", "Jobs that are kept.", labels=["status"])
        jobs: Any = BatchJob.objects.values_list("status").annotate(kept=Count("pk"))
        counts = dict(jobs)
        for state in JobState:
            kept.add_metric([state], counts.get(state, 0))
        yield kept
