"""A job under kills: what comes of it is what comes of one that nobody disturbs."""

import contextlib
import random
import time
from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from typing import Any

from django.db import DatabaseError, connection
from django.utils import timezone

from batch.models import BatchItem, BatchJob
from omicsoracle.embedded import postgres
from tests.performance.accounts.report import Row
from tests.performance.batch import sending
from tests.performance.batch.servers import WORKERS, Site, wait

PATIENCE = 900.0
MOST_RESUME = 60.0
EVERY = 1.0  # seconds between two faults
FLUSHES = 0.1  # of all faults, the others are kills
COUNT, SHORT_COUNT, RESTARTS_COUNT = 2_000, 400, 500
SECONDS, SHORT_SECONDS = 120.0, 90.0


@dataclass(slots=True)
class Kills:
    """What was done, and when."""

    done: Counter[str] = field(default_factory=Counter)
    at: list[datetime] = field(default_factory=list)


def kills(site: Site, *, short: bool) -> list[Row]:
    count, seconds = (SHORT_COUNT, SHORT_SECONDS) if short else (COUNT, SECONDS)
    calm = _calm(site, count)
    job = sending.send(sending.somebody(), sending.questions(count))
    faults = _disturb(site, job, seconds)
    took = wait(lambda: sending.is_over(job), seconds=PATIENCE)
    what = ", ".join(f"{n} × {name}" for name, n in sorted(faults.done.items()))
    name = f"{count:,} queries, a fault a second for {seconds:.0f} s ({what})"
    return [_verdict(name, job, calm), _resumed(job, faults, took)]


def resuming(site: Site, *, short: bool) -> list[Row]:
    """Kill all that works on queries, and beat, at once, and empty Valkey; wait until it goes on; again."""
    times = 2 if short else 4
    job = sending.send(sending.somebody(), sending.questions(SHORT_COUNT if short else COUNT))
    waits = []
    for _ in range(times):
        wait(partial(_has_more, job, _ended(job)), seconds=PATIENCE)
        site.kill_all([*WORKERS, "beat"])
        site.flush()
        waits.append(_seconds_until_next(job))
    BatchJob.objects.filter(pk=job.pk).delete()
    return [
        Row(
            f"{times} times: both batch workers with their children, and beat, killed at once, Valkey"
            " emptied: seconds to the next query that ended",
            ", ".join(f"{one:.0f}" for one in waits),
            f"≤ {MOST_RESUME:.0f}",
            max(waits) <= MOST_RESUME,
        )
    ]


def _ended(job: BatchJob) -> int:
    return BatchItem.objects.filter(job=job, finished_at__isnull=False).count()


def _has_more(job: BatchJob, before: int) -> bool:
    return _ended(job) > before


def _seconds_until_next(job: BatchJob) -> float:
    time.sleep(0.5)  # what was being committed is
    return 0.5 + wait(partial(_has_more, job, _ended(job)), seconds=PATIENCE)


def restarts(site: Site, *, short: bool) -> list[Row]:
    """Restart PostgreSQL twice, at once and without a farewell, while a job runs."""
    count = SHORT_COUNT if short else RESTARTS_COUNT
    calm = _calm(site, count)
    job = sending.send(sending.somebody(), sending.questions(count))
    faults = Kills()
    for _ in range(2):
        time.sleep(3)
        faults.at.append(timezone.now())
        _restart_postgres(site)
    took = wait(lambda: _is_over_somehow(job), seconds=PATIENCE)
    name = f"{count:,} queries, PostgreSQL restarted twice (SIGQUIT)"
    return [_verdict(name, job, calm), _resumed(job, faults, took)]


def _calm(site: Site, count: int) -> dict[int, str]:
    """Return what comes of so many queries if nobody disturbs: run once, by the same code as the others."""
    if len(site.calm) < count:
        job = sending.send(sending.somebody(), sending.questions(count))
        wait(lambda: sending.is_over(job), seconds=PATIENCE)
        site.calm = sending.checksums(job)
    return dict(list(site.calm.items())[:count])


def _disturb(site: Site, job: BatchJob, seconds: float) -> Kills:
    faults, started = Kills(), time.monotonic()
    while time.monotonic() - started < seconds and not sending.is_over(job):
        faults.at.append(timezone.now())
        if random.random() < FLUSHES:  # noqa: S311 (no secret)
            site.flush()
            faults.done["FLUSHALL"] += 1
        else:
            faults.done[site.kill_one()] += 1
        time.sleep(EVERY)
    return faults


def _restart_postgres(site: Site) -> None:
    connection.close()
    site.running["postgres"].end()
    site.running["postgres"] = postgres.start(site.home)


def _is_over_somehow(job: BatchJob) -> bool:
    with contextlib.suppress(DatabaseError):
        return sending.is_over(job)
    connection.close()
    return False


def _verdict(name: str, job: BatchJob, calm: dict[int, str]) -> Row:
    job.refresh_from_db()
    after = sending.checksums(job)
    lost = len(calm) - len(after) + BatchItem.objects.filter(job=job).open().count()
    different = sum(after.get(index) != one for index, one in calm.items())
    counted = job.completed_tasks + job.failed_tasks
    begun = sum(BatchItem.objects.filter(job=job).values_list("attempts", flat=True))
    crashed = BatchItem.objects.filter(job=job, crashes__gte=1).count()
    return Row(
        name,
        f"job {job.status}; lost {lost}, counted {counted:,} of {job.total_tasks:,}, results that"
        f" differ from an undisturbed run {different}; failed {job.failed_tasks}; begun {begun:,}"
        f" times ({crashed} queries were in hand when a worker died)",
        "0 lost, 0 doubled, 0 different",
        lost == 0 and different == 0 and counted == job.total_tasks,
    )


def _resumed(job: BatchJob, faults: Kills, took: float) -> Row:
    ends = BatchItem.objects.filter(job=job, finished_at__isnull=False)
    found: Any = ends.values_list("finished_at", flat=True)
    moments: list[datetime] = sorted(found)
    gaps = [
        (next(one for one in moments if one > at) - at).total_seconds()
        for at in faults.at
        if moments[-1] > at
    ]
    gaps.sort()
    return Row(
        "… seconds from a fault to the next query that ended",
        f"{len(gaps)} faults: median {gaps[len(gaps) // 2]:.1f}, p95 {gaps[len(gaps) * 95 // 100]:.1f},"
        f" longest {gaps[-1]:.1f}; the job ended {took:.0f} s after the last",
        f"≤ {MOST_RESUME:.0f}",
        gaps[-1] <= MOST_RESUME,
    )
