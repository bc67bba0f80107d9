"""Work that discovery leaves to Celery."""

from celery import shared_task
from django.conf import settings
from django.utils import timezone

from caching.services import raise_version
from common.wake import wake
from discovery import indexing
from discovery.models import VERSION
from discovery.runner import workflows

# One task's share: well inside the task time limit, so that a stop never waits long.
SERIES_A_TASK = 512


@shared_task(ignore_result=True)
def index_waiting() -> None:
    """Embed series that wait for it, and go on in a further task while some are left."""
    done = indexing.embed_waiting(threads=settings.EMBEDDING_THREADS, at_most=SERIES_A_TASK)
    if done:
        raise_version(VERSION)  # meaning ranks what it did not before
    if done >= SERIES_A_TASK:
        index_waiting.delay()


@shared_task(ignore_result=True)
def run_workflows() -> None:
    """Run workflows that wait, a task's share; the rest in a further task."""
    if workflows.run_waiting(at=timezone.now()):
        wake(run_workflows)


@shared_task(ignore_result=True)
def forget_workflows() -> None:
    """Delete the workflows that are kept no longer."""
    workflows.forget(at=timezone.now())
