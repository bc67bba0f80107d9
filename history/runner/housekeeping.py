"""Months of questions, made before they come and dropped when no tier keeps them any longer."""

import time
from datetime import datetime, timedelta
from functools import partial
from uuid import UUID

import structlog
from django.conf import settings
from django.db import connection

from accounts.models import Tier
from common.patience import patiently
from history.runner import keeping

MONTH = timedelta(days=31)
MONTHS_AHEAD = 2
BATCH = 5_000
SHARE = 60.0  # seconds of one run; what is left is the next run's
FIRST = UUID(int=0)

# In the order of the ids, so that each batch begins where the last one ended.
OLDEST = """
select history.id from query_history as history join users on users.id = history.user_id
where users.tier = %s and history.created_at < %s and history.id > %s
order by history.id limit %s
"""
DELETE = "delete from query_history where id = any(%s) and created_at < %s"

logger = structlog.get_logger(__name__)


def turn_months(*, at: datetime) -> int:
    """Make this month and those to come, drop what no tier keeps; say how many months went."""
    month = at
    for _ in range(MONTHS_AHEAD + 1):
        patiently(partial(keeping.make_month, month))
        month = month.replace(day=1) + MONTH
    oldest = at - timedelta(days=_longest())
    dropped = patiently(lambda: keeping.drop_before(oldest))
    logger.info("months of history turned", dropped=dropped)
    return dropped


def forget_old(*, at: datetime) -> int:
    """Delete what each tier keeps no longer; say how much."""
    ends_at = time.monotonic() + SHARE
    count = 0
    for tier in Tier.values:
        before = at - timedelta(days=settings.HISTORY_KEPT_DAYS.get(tier, _longest()))
        count += _forget(tier, before, ends_at=ends_at)
    logger.info("old questions forgotten", count=count)
    return count


def _forget(tier: str, before: datetime, *, ends_at: float) -> int:
    count, last = 0, FIRST
    with connection.cursor() as cursor:
        while time.monotonic() < ends_at:
            cursor.execute(OLDEST, [tier, before, last, BATCH])
            ids = [row[0] for row in cursor.fetchall()]
            if not ids:
                break
            cursor.execute(DELETE, [ids, before])
            count, last = count + cursor.rowcount, ids[-1]
    return count


def _longest() -> int:
    return max(settings.HISTORY_KEPT_DAYS.values())
