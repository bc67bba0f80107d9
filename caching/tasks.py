"""Work that the cache leaves to Celery."""

from celery import shared_task
from django.utils import timezone

from caching.runner import housekeeping, warming
from common.wake import wake


@shared_task(ignore_result=True)
def warm_waiting() -> None:
    """Answer what waits for it, a task's share; the rest in a further task."""
    if warming.run(at=timezone.now()):
        wake(warm_waiting)


@shared_task(ignore_result=True)
def clean_up() -> None:
    housekeeping.clean_up(at=timezone.now())
