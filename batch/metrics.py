"""Batch jobs for Prometheus: as PostgreSQL has them, so it does not matter who is asked."""

from collections.abc import Iterator
from typing import Any

from django.db import connection
from django.db.models import Count
from prometheus_client.core import GaugeMetricFamily, Metric

from batch.models import BatchJob, Delivery
from batch.queue import look
from batch.states import JobState
from monitoring.exposition import DatabaseReader

# Jobs that go on have a query in hand, whose lease ends in the future, or one that is put off.
STUCK = """
select count(*) from batch_jobs as job
where job.status in ('pending', 'running') and job.created_at < now() - interval '15 minutes'
    and not exists (
        select from batch_job_items as item where item.job_id = job.id
            and item.status in ('pending', 'running') and item.due_at > now() - interval '15 minutes'
    )
"""


class BatchCollector(DatabaseReader):
    """How much waits and runs, how jobs ended that are kept, and messages that wait."""

    def collect(self) -> Iterator[Metric]:
        queue = look()
        figures = {
            "omicsoracle_batch_queries_due": ("Queries that could be begun now.", queue.due),
            "omicsoracle_batch_queries_running": ("Queries in hand.", queue.running),
            "omicsoracle_batch_oldest_seconds": ("How long the first has waited.", queue.oldest),
            "omicsoracle_batch_workers": ("Processes that have a query in hand.", queue.workers),
            "omicsoracle_batch_jobs_stuck": (
                "Jobs that nobody has worked on for a quarter of an hour.",
                _stuck(),
            ),
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


def _stuck() -> int:
    with connection.cursor() as cursor:
        cursor.execute(STUCK)
        return int(cursor.fetchone()[0])
