"""What workers do for batch jobs. Each is safe to run twice, and at once."""

from typing import Any

from celery import shared_task, signals
from django.conf import settings
from django.utils import timezone

from batch.runner import claiming, delivering, housekeeping, working
from common.wake import wake

QUEUE = "batch"  # of the workers that work on queries


# A message that nobody took for so long is not needed: `reconcile` sends another.
@shared_task(ignore_result=True, expires=60)
def run_items() -> None:
    """Work on queries, a task's share; the rest in a further task."""
    working.warm_up()
    done = working.work()
    if done.is_more:
        wake(run_items)
    if done.jobs_ended:
        wake(send_webhooks)


@shared_task(ignore_result=True)
def reconcile() -> None:
    """Find what nobody works on: messages that were lost, workers that died."""
    if claiming.is_any_due():
        wake_workers()


@signals.worker_ready.connect
def look_at_once(sender: Any, **_: object) -> None:
    """Have a worker that has just come up look for work: whoever died before may have left some."""
    if QUEUE in sender.app.amqp.queues.consume_from:
        wake(reconcile)


@shared_task(ignore_result=True)
def send_webhooks() -> None:
    """Send the messages to webhooks that are due."""
    delivering.send_due(at=timezone.now())


@shared_task(ignore_result=True)
def clean_up() -> None:
    """Delete jobs that are kept no longer."""
    housekeeping.forget(at=timezone.now())


def wake_workers() -> None:
    """Tell as many processes as work on queries that there are some."""
    for _ in range(settings.BATCH_PROCESSES):
        wake(run_items)
