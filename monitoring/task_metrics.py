"""Counting Celery tasks. The processes of a pool count, each in its slot."""

import time
from typing import Any

from celery import signals

from monitoring import metrics

STARTED = "_omicsoracle_started"  # on a task's request


@signals.task_prerun.connect
def note_start(task: Any, **_: object) -> None:
    setattr(task.request, STARTED, time.perf_counter())


@signals.task_postrun.connect
def count_end(task: Any, state: str | None = None, **_: object) -> None:
    """Count how a task ended; of one that was sent back to the queue the end is still to come."""
    metrics.tasks.labels(task.name, (state or "unknown").lower()).inc()
    if (started := getattr(task.request, STARTED, None)) is not None:
        metrics.task_seconds.labels(task.name).observe(time.perf_counter() - started)
    if state == "SUCCESS":
        metrics.task_succeeded_at.labels(task.name).set_to_current_time()


@signals.task_failure.connect
def count_fault(exception: BaseException, **_: object) -> None:
    metrics.exceptions.labels(type(exception).__name__, "task").inc()
