"""What staff see first: how the business goes, and whether all is well. No large table is counted."""

import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

import redis
import structlog
from django.db import DatabaseError
from django.http import HttpRequest
from django.utils import timezone

from accounts.models import User
from batch.models import BatchJob, Delivery
from batch.queue import look
from caching.services import figures as cache_figures
from common.estimating import by_value, rows
from common.version import VERSION
from discovery.models import Dataset, Harvest
from history.analytics import sums, usage
from history.analytics.ranges import Interval, Range
from monitoring import backups, breakers, health
from omicsoracle.staff.figures import Card, Figure, list_of
from quotas.models import SiteDay

KEPT_FOR = 30.0  # seconds that this process tells the same again
BACKUP_IS_OLD = 26 * 3600  # seconds: alerting says the same
MOST_COUNTED = 10_000

logger = structlog.get_logger(__name__)


class _Kept:
    """What this process found out last: by title, until when, and the card."""

    cards: dict[str, tuple[float, Card]] = {}


def forget() -> None:
    """Have it found out anew when it is asked for next."""
    _Kept.cards.clear()


def with_figures(request: HttpRequest, context: dict[str, Any]) -> dict[str, Any]:
    """Add the cards that somebody may see to what the first page shows."""
    now = timezone.now()
    may = request.user.has_perm
    cards = [_card(title, now) for title, (needed, _) in CARDS.items() if may(needed)]
    return {**context, "cards": cards, "kept_for": KEPT_FOR, "version": VERSION}


def _card(title: str, now: datetime) -> Card:
    until, card = _Kept.cards.get(title, (0.0, Card(title, ())))
    if time.monotonic() < until:
        return card
    _, find_out = CARDS[title]
    try:
        card = Card(title, find_out(now))
    except (DatabaseError, redis.RedisError, OSError) as error:
        logger.warning("a part of the dashboard is not known", card=title, error=str(error))
        return Card(title, [Figure("not known", type(error).__name__, is_bad=True)])
    _Kept.cards[title] = time.monotonic() + KEPT_FOR, card
    return card


def _people(now: datetime) -> list[Figure]:
    users, today = list_of("accounts.user"), _midnight(now)
    new = User.objects.filter(created_at__gte=today)[:MOST_COUNTED].count()
    tiers = sorted(by_value(User.objects.all(), "tier").items())
    return [
        Figure("users", rows(User.objects.all()), users),
        *[Figure(f"on {name}", number, f"{users}?tier__exact={name}") for name, number in tiers],
        Figure("new today", _up_to(new), f"{users}?created_at_from={today:%Y-%m-%d}"),
    ]


def _use(now: datetime) -> list[Figure]:
    today = Range.over(_midnight(now), now, Interval.DAY)
    read = sums.of_site(today, by_kind=True)
    told = usage.summed(read, today, ()).totals
    active = SiteDay.objects.filter(day=now.date()).values_list("active_users", flat=True).first()
    return [
        Figure("questions today", f"{usage.questions_in(read.kinds):,}"),
        Figure("requests today", f"{told.requests:,}", list_of("quotas.usagelog")),
        Figure("refused or failed", f"{told.errors:,}"),
        Figure("half were quicker than", f"{told.p50_ms or 0} ms"),
        Figure("active users today", f"{active or 0:,}"),
    ]


def _work(_now: datetime) -> list[Figure]:
    jobs, queue = list_of("batch.batchjob"), look()
    going_on = BatchJob.objects.unfinished()[:MOST_COUNTED].count()
    undelivered = Delivery.objects.waiting()[:MOST_COUNTED].count()
    is_stuck = queue.due > 0 and not queue.workers
    return [
        Figure("jobs that go on", _up_to(going_on), f"{jobs}?status__exact=running"),
        Figure("queries that wait", f"{queue.due:,}", is_bad=is_stuck),
        Figure("queries in hand", f"{queue.running:,}"),
        Figure("the first has waited", f"{queue.oldest:.0f} s", is_bad=is_stuck),
        Figure("workers with a query", queue.workers),
        Figure("webhooks that wait", _up_to(undelivered), list_of("batch.delivery")),
    ]


def _catalogue(_now: datetime) -> list[Figure]:
    done = Harvest.objects.filter(kind=Harvest.Kind.REFRESH, finished_at__isnull=False)
    refreshed = done.order_by("-started_at").values_list("finished_at", flat=True).first()
    return [
        Figure("series", rows(Dataset.objects.all()), list_of("discovery.dataset")),
        Figure("harvests that go on", Harvest.objects.filter(finished_at=None).count()),
        Figure("last refresh", f"{refreshed:%Y-%m-%d %H:%M}" if refreshed else "none yet"),
    ]


def _health(now: datetime) -> list[Figure]:
    checks = health.report().checks
    operating = list_of("waffle.switch")
    made_at = backups.last_made_at()
    age = (now - made_at).total_seconds() if made_at else None
    return [
        *[
            Figure(name, check.detail or check.status, is_bad=check.status != "ok")
            for name, check in checks.items()
        ],
        *[
            Figure(f"breaker {name}", seen.state, operating, is_bad=seen.state != "closed")
            for name, seen in breakers.looks().items()
        ],
        Figure(
            "last backup",
            "not known here" if age is None else f"{age / 3600:.1f} h ago",
            is_bad=age is not None and age > BACKUP_IS_OLD,
        ),
    ]


def _cache(now: datetime) -> list[Figure]:
    told, page = cache_figures(at=now), list_of("caching.searchcache")
    rate = "nothing was asked" if told.hit_rate is None else f"{told.hit_rate:.0%}"
    levels = told.levels.items()
    return [
        Figure("answered from it in 24 h", rate, page),
        *[
            Figure(f"entries in {name}", f"{level.entries:,}", page, is_bad=not level.available)
            for name, level in levels
        ],
    ]


def _midnight(now: datetime) -> datetime:
    return now.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)


def _up_to(count: int) -> str:
    return f"{count:,}" if count < MOST_COUNTED else f"{count:,} or more"


# By title: the permission that it takes, and what finds out.
CARDS: Mapping[str, tuple[str, Callable[[datetime], list[Figure]]]] = {
    "People": ("accounts.view_user", _people),
    "Use": ("quotas.view_sitesum", _use),
    "Work": ("batch.view_batchjob", _work),
    "Catalogue": ("discovery.view_dataset", _catalogue),
    "Health": ("waffle.view_switch", _health),
    "Cache": ("caching.view_searchcache", _cache),
}
