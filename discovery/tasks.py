"""Work that discovery leaves to Celery."""

import time

import structlog
from celery import shared_task
from django.conf import settings
from django.utils import timezone

from caching.services import raise_version
from common.errors import OracleError
from discovery import indexing
from discovery.models import VERSION, Harvest
from discovery.runner import harvesting, refreshing, workflows

# One task's share: well inside the task time limit, so that a stop never waits long.
SERIES_A_TASK = 512
SECONDS_A_TASK = 45.0
# A harvest that NCBI did not answer is tried again, for some hours.
TRIED_AGAIN_AFTER, MOST_TRIES = 300, 60

logger = structlog.get_logger(__name__)


@shared_task(ignore_result=True)
def index_waiting() -> None:
    """Embed series that wait for it, and go on in a further task while some are left."""
    done = indexing.embed_waiting(threads=settings.EMBEDDING_THREADS, at_most=SERIES_A_TASK)
    if done:
        raise_version(VERSION)  # meaning ranks what it did not before
    if done >= SERIES_A_TASK:
        index_waiting.delay()


@shared_task(ignore_result=True)
def forget_workflows() -> None:
    """Delete the workflows that are kept no longer."""
    workflows.forget(at=timezone.now())


@shared_task(ignore_result=True)
def refresh_catalogue() -> None:
    """Work on tonight's refresh, and go on in a further task while it is not finished."""
    if not settings.NCBI_EMAIL:
        return
    refresh = refreshing.current(at=timezone.now())
    if refresh is None:
        return
    try:
        harvesting.go_on(refresh, until=time.monotonic() + SECONDS_A_TASK)
    except OracleError as error:  # the next one, in five minutes, goes on
        logger.warning("the refresh did not go on", error=error.detail)
        return
    if refresh.finished_at is None:
        refresh_catalogue.delay()


@shared_task(ignore_result=True)
def run_harvest(harvest_id: str, tries: int = 0) -> None:
    """Work on a harvest that staff began, and go on in a further task while it is not finished."""
    harvest = Harvest.objects.filter(pk=harvest_id, finished_at=None).first()
    if harvest is None:
        return
    try:
        harvesting.go_on(harvest, until=time.monotonic() + SECONDS_A_TASK)
    except harvesting.Busy:
        return
    except OracleError as error:  # it stands in the row, too
        logger.warning("a harvest did not go on", error=error.detail)
        if tries < MOST_TRIES:
            run_harvest.apply_async((harvest_id, tries + 1), countdown=TRIED_AGAIN_AFTER)
        return
    if harvest.finished_at is None:
        run_harvest.delay(harvest_id)
    elif harvest.added or harvest.updated:
        index_waiting.delay()
