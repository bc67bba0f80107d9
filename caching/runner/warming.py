"""Answering questions in advance: one at a time, and as much idle as busy."""

import time
from datetime import datetime

import structlog
from django.conf import settings
from django.utils.module_loading import import_string

from caching import locks
from caching.models import Warming

SHARE = 45.0  # seconds of one task: well inside the task time limit

logger = structlog.get_logger(__name__)


def run(*, at: datetime) -> bool:
    """Work through what waits, oldest first; say whether some is left.

    Only one process does so at a time.
    """
    with locks.held("cache warming") as is_ours:
        if not is_ours:
            return False
        deadline = time.monotonic() + SHARE
        for waiting in Warming.objects.filter(finished_at=None).order_by("pk"):
            if not _go_on(waiting, deadline=deadline, at=at):
                return True
    return False


def _go_on(warming: Warming, *, deadline: float, at: datetime) -> bool:
    """Answer the rest of a warming; say whether there was time for all of it."""
    answer = import_string(settings.CACHE_WARMER)
    for parameters in warming.wanted[warming.done :]:
        started = time.monotonic()
        if started >= deadline:
            return False
        try:
            answer(parameters)
        except Exception as error:  # noqa: BLE001 (one question must not keep the others waiting)
            logger.warning("a question could not be answered", error=type(error).__name__)
            warming.failed += 1
        warming.done += 1
        warming.save(update_fields=["done", "failed"])
        time.sleep(time.monotonic() - started)
    warming.finished_at = at
    warming.save(update_fields=["finished_at"])
    return True
