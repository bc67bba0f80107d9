"""Keeping the third level within its bounds, and forgetting what nobody needs."""

from datetime import datetime, timedelta

import structlog
from django.conf import settings
from django.db import connection
from django.db.models import Exists, Max, OuterRef, Q

from caching import ledger
from caching.models import Demand, Holding, Invalidation, SearchCache, Statistic, Use, Warming

DEMAND_KEPT = timedelta(days=8)
STATISTICS_KEPT = timedelta(days=30)
WARMINGS_KEPT = timedelta(days=30)
USES_KEPT = timedelta(hours=24)

# The most used come first; what no longer fits goes.
EVICT = """
delete from search_cache where id in (
    select id from (
        select id, sum(bytes) over (order by access_count desc, accessed_at desc, id) as together
        from search_cache
    ) as ranked where together > %s
)
"""
COUNT_EVICTIONS = """
insert into cache_statistics as old (hour, level, namespace, event, amount)
values (date_trunc('hour', now()), 'l3', '', 'evictions', %s)
on conflict (hour, level, namespace, event) do update set amount = old.amount + excluded.amount
"""

logger = structlog.get_logger(__name__)


def clean_up(*, at: datetime) -> None:
    """Delete what is over, and what is too much. May run twice, and twice at once."""
    SearchCache.objects.filter(expires_at__lte=at).delete()
    cleared = Invalidation.objects.filter(scope=ledger.EVERYTHING).aggregate(last=Max("pk"))["last"]
    if cleared is not None:
        SearchCache.objects.filter(seen__lt=cleared).delete()
    _evict()
    _forget_invalidations(at)
    Use.objects.filter(used_at__lte=at - USES_KEPT).delete()
    Demand.objects.filter(day__lte=(at - DEMAND_KEPT).date()).delete()
    Statistic.objects.filter(hour__lte=at - STATISTICS_KEPT).delete()
    Holding.objects.filter(seen_at__lte=at - timedelta(minutes=1)).delete()
    Warming.objects.filter(finished_at__lte=at - WARMINGS_KEPT).delete()


def _evict() -> None:
    with connection.cursor() as cursor:
        cursor.execute(EVICT, [settings.CACHE_L3_BYTES])
        if cursor.rowcount:
            logger.info("answers evicted", level="l3", count=cursor.rowcount)
            cursor.execute(COUNT_EVICTIONS, [cursor.rowcount])


def _forget_invalidations(at: datetime) -> None:
    """Delete those that no kept entry is old enough for; of a version the last number stays."""
    longest = timedelta(seconds=max(stale for _, stale in settings.CACHE_LASTING.values()))
    later = Invalidation.objects.filter(scope=OuterRef("scope"), pk__gt=OuterRef("pk"))
    old = Invalidation.objects.filter(created_at__lte=at - longest - timedelta(hours=1))
    old.filter(~Q(scope__startswith=ledger.of_version("")) | Exists(later)).delete()
