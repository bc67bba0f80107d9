"""Months of questions, made before they come and dropped when no tier keeps them any longer."""

import random
import time
from collections.abc import Iterator
from datetime import datetime, timedelta
from functools import partial
from uuid import UUID

import structlog
from django.conf import settings
from django.db import connection
from django.db.models import QuerySet

from accounts.models import Tier, User
from common.ids import uuid7
from common.patience import patiently
from history.runner import keeping

MONTH = timedelta(days=31)
MONTHS_AHEAD = 2
USERS = 200  # whose questions are looked at in one statement
BATCH = 5_000  # questions deleted in one
FIRST = UUID(int=0)
SHARE = 60.0  # seconds of one run; the next begins with others

# By user, for each has an index of their own questions; old ones of other tiers are not passed over.
FORGET = """
delete from query_history where created_at < %(before)s and id in (
    select id from query_history
    where user_id = any(%(users)s) and created_at < %(before)s limit %(most)s
)
"""

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
        for users in _in_parts(User.objects.filter(tier=tier)):
            if time.monotonic() > ends_at:
                break
            count += _forget(users, before)
    logger.info("old questions forgotten", count=count)
    return count


def _in_parts(users: QuerySet[User]) -> Iterator[list[UUID]]:
    """Yield all users, some at a time, beginning anywhere: so nobody is always the last."""
    ids = users.order_by("pk").values_list("pk", flat=True)
    ends = sorted([(ids.first() or FIRST).int, uuid7().int])
    start = UUID(int=random.randint(*ends))  # noqa: S311 (no secret)
    for some in (ids.filter(pk__gt=start), ids.filter(pk__lte=start)):
        part = list(some[:USERS])
        while part:
            yield part
            part = list(some.filter(pk__gt=part[-1])[:USERS])


def _forget(users: list[UUID], before: datetime) -> int:
    count, deleted = 0, BATCH
    with connection.cursor() as cursor:
        while deleted == BATCH:
            cursor.execute(FORGET, {"users": users, "before": before, "most": BATCH})
            deleted = cursor.rowcount
            count += deleted
    return count


def _longest() -> int:
    return max(settings.HISTORY_KEPT_DAYS.values())
