"""Work that discovery leaves to Celery."""

from celery import shared_task
from django.conf import settings

from caching.services import raise_version
from discovery import indexing
from discovery.models import VERSION

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
