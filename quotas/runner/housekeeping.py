"""Months of usage, made before they come and dropped when nobody keeps them any longer."""

from datetime import datetime, timedelta
from typing import Any

import structlog
from django.conf import settings
from django.db.models import QuerySet

from quotas.models import (
    ActiveMonth,
    SiteHour,
    SiteSum,
    UsageDay,
    UsageDayKind,
    UsageHour,
    UsageMonth,
)
from quotas.runner import accounts, storing

MONTH = timedelta(days=31)
BATCH = 10_000

logger = structlog.get_logger(__name__)


def turn_months(*, at: datetime) -> dict[str, int]:
    """Make this month and the next, close the days that are over, drop what is older than is kept.

    Say how much went.
    """
    closed = accounts.close_days(at=at)
    storing.make_month(at)
    storing.make_month(at.replace(day=1) + MONTH)
    oldest = _months_before(at, settings.USAGE_KEPT_MONTHS)
    gone = {
        "months": storing.drop_before(oldest),
        "hours": _forget(UsageHour.objects.filter(hour__lt=oldest)),
        "days": _forget(UsageDay.objects.filter(day__lt=oldest.date())),
        "kinds in days": _forget(UsageDayKind.objects.filter(day__lt=oldest.date())),
        "sums of months": _forget(UsageMonth.objects.filter(month__lt=oldest.date())),
        "active months": _forget(ActiveMonth.objects.filter(month__lt=oldest.date())),
        "hours of the site": _forget(SiteHour.objects.filter(hour__lt=oldest)),
        "sums of the site": _forget(SiteSum.objects.filter(start__lt=oldest)),
    }
    logger.info("months of usage turned", gone=gone, days_closed=closed)
    return gone


def _months_before(at: datetime, months: int) -> datetime:
    """Return the first moment of the month that lies so many months before."""
    number = at.year * 12 + at.month - 1 - months
    return at.replace(
        year=number // 12, month=number % 12 + 1, day=1, hour=0, minute=0, second=0, microsecond=0
    )


def _forget(rows: QuerySet[Any]) -> int:
    gone = 0
    while batch := list(rows.values_list("pk", flat=True)[:BATCH]):
        gone += rows.model.objects.filter(pk__in=batch).delete()[0]
    return gone
