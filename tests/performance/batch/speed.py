"""How many queries an hour, and how long a small job waits beside a big one."""

import time
from functools import partial
from typing import Any

from django.utils import timezone

from batch.models import BatchItem, BatchJob
from batch.services import jobs
from tests.performance.accounts.report import Row
from tests.performance.batch import sending
from tests.performance.batch.servers import PROCESSES, Site, wait

LEAST_AN_HOUR, MOST_SECONDS, MOST_UNSEEN = 100_000, 10.0, 5.0
PATIENCE = 900.0


def throughput(_site: Site, *, short: bool) -> list[Row]:
    counts = {"simple_search": 100 if short else 1_000, "full_analysis": 20 if short else 200}
    return [_speed(kind, count) for kind, count in counts.items()]


def fairness(_site: Site, *, short: bool) -> list[Row]:
    """Send jobs of one query while somebody else's 2,000 are queued, one after the other."""
    big = sending.send(sending.somebody(), sending.questions(200 if short else 2_000))
    wait(lambda: _begun(big), seconds=PATIENCE)
    waits = []
    for query in sending.questions(5 if short else 20):
        small = sending.send(sending.somebody("free"), [query])
        wait(partial(sending.is_over, small), seconds=PATIENCE)
        ended: Any = BatchJob.objects.get(pk=small.pk)
        waits.append((ended.completed_at - ended.created_at).total_seconds())
    still = BatchItem.objects.filter(job=big).open().count()
    BatchItem.objects.filter(job=big).delete()
    BatchJob.objects.filter(pk=big.pk).delete()
    return [
        Row(
            "a job of one query of a free user, while 2,000 of an enterprise user are queued",
            f"{len(waits)} times: median {sorted(waits)[len(waits) // 2]:.1f} s, slowest"
            f" {max(waits):.1f} s; {still:,} of the others were still queued",
            f"≤ {MOST_SECONDS:.0f} s",
            max(waits) <= MOST_SECONDS and still > 0,
        )
    ]


def cancelling(_site: Site, *, short: bool) -> list[Row]:
    """Cancel jobs while they run, and look how long anybody still has a query of theirs in hand."""
    waits = []
    for _ in range(3 if short else 10):
        job = sending.send(sending.somebody(), sending.questions(200), "full_analysis")
        wait(partial(_begun, job), seconds=PATIENCE)
        jobs.cancel(among=BatchJob.objects.all(), job_id=job.pk, at=timezone.now())
        other = sending.send(sending.somebody(), sending.questions(PROCESSES))
        waits.append(wait(partial(sending.is_over, other), seconds=PATIENCE))
        written = BatchItem.objects.filter(job=job, status="completed").count()
        left = BatchJob.objects.get(pk=job.pk)
        if written != left.completed_tasks:
            raise AssertionError("Something was written after the cancellation.")
    return [
        Row(
            "a job cancelled while it runs: until its processes have answered the queries of another job",
            f"{len(waits)} times: median {sorted(waits)[len(waits) // 2]:.1f} s, slowest"
            f" {max(waits):.1f} s; nothing written afterwards",
            f"≤ {MOST_UNSEEN:.0f} s",
            max(waits) <= MOST_UNSEEN,
        )
    ]


def _begun(job: BatchJob) -> bool:
    return BatchItem.objects.filter(job=job, status="completed").exists()


def _speed(kind: str, count: int) -> Row:
    _warm(kind)
    started, at = time.monotonic(), timezone.now()
    job = sending.send(sending.somebody(), sending.questions(count), kind)
    wait(lambda: sending.is_over(job), seconds=PATIENCE)
    seconds = time.monotonic() - started
    ended: Any = BatchJob.objects.get(pk=job.pk)
    an_hour = 3600 * count / seconds
    is_promised = kind == "simple_search"
    return Row(
        f"`{kind}`, {count:,} different questions, {PROCESSES} processes",
        f"{an_hour:,.0f} queries/hour ({seconds:.0f} s; {ended.completed_tasks:,} answered,"
        f" {ended.failed_tasks} failed; the first began after"
        f" {(ended.started_at - at).total_seconds():.1f} s)",
        f"≥ {LEAST_AN_HOUR:,}/hour" if is_promised else "",
        an_hour >= LEAST_AN_HOUR if is_promised else None,
    )


def _warm(kind: str) -> None:
    """Let the processes load their models before the time is taken."""
    job = sending.send(sending.somebody(), sending.questions(10), kind)
    wait(lambda: sending.is_over(job), seconds=PATIENCE)
