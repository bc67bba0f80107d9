"""Forgetting old jobs."""

from datetime import datetime, timedelta

import structlog
from django.conf import settings

from batch.models import BatchItem, BatchJob

AT_ONCE = 20  # jobs: each may have ten thousand items

logger = structlog.get_logger(__name__)


def forget(*, at: datetime) -> int:
    """Delete the jobs that ended longer ago than they are kept; say how many."""
    before = at - timedelta(days=settings.BATCH_JOBS_KEPT_DAYS)
    old = BatchJob.objects.finished().filter(completed_at__lt=before).order_by("completed_at")
    count = 0
    while pks := list(old.values_list("pk", flat=True)[:AT_ONCE]):
        for pk in pks:
            BatchItem.objects.filter(job=pk).delete()
            BatchJob.objects.filter(pk=pk).delete()
        count += len(pks)
    logger.info("batch jobs forgotten", count=count)
    return count
