"""Forgetting old workflows."""

from datetime import datetime, timedelta

import structlog
from django.conf import settings

from discovery.models import Workflow

BATCH = 1_000

logger = structlog.get_logger(__name__)


def forget(*, at: datetime) -> int:
    """Delete the workflows that ended longer ago than they are kept; say how many."""
    before = at - timedelta(days=settings.WORKFLOWS_KEPT_DAYS)
    count = 0
    while True:
        old = Workflow.objects.filter(completed_at__lt=before).values("pk")[:BATCH]
        deleted, _ = Workflow.objects.filter(pk__in=old).delete()
        count += deleted
        if deleted < BATCH:
            logger.info("workflows forgotten", count=count)
            return count
