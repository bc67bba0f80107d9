"""What somebody has used, and what they may still use: as the limiter counts it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db.models import Sum
from django.utils.module_loading import import_string

from accounts.models import User
from quotas.durations import in_milliseconds
from quotas.limits import DAY, HOUR, Level
from quotas.models import (
    ActiveMonth,
    Override,
    TierChange,
    UsageDay,
    UsageDayKind,
    UsageHour,
    UsageLog,
    UsageMonth,
)
from quotas.services import counting, effective
from quotas.tiers import Limits

ROWS_EXPORTED = 10_000


@dataclass(frozen=True, slots=True)
class Filling:
    """How full one window is."""

    used: int
    limit: int | None
    remaining: int | None
    reset_at: datetime | None


@dataclass(frozen=True, slots=True)
class Quota:
    """What somebody may do, and how much of it is left."""

    tier: str
    limits: Limits
    hour: Filling
    day: Filling
    jobs_running: int
    override: Override | None

    @property
    def jobs_remaining(self) -> int | None:
        limit = self.limits.concurrent_jobs
        return None if limit is None else max(0, limit - self.jobs_running)


def quota_of(*, user: User, at: datetime) -> Quota:
    """Return a user's quota; to ask for it uses none of it."""
    decision = counting.count(user=user, cost=0)
    return Quota(
        tier=user.tier,
        limits=effective.memory.get(user).limits,
        hour=_filling(decision.of(HOUR)),
        day=_filling(decision.of(DAY)),
        jobs_running=_running_jobs(user),
        override=effective.override_of(user, at=at),
    )


def by_endpoint(*, user: User, at: datetime) -> Sequence[dict[str, Any]]:
    """Return how often a user called what since midnight (UTC), most first: some seconds late."""
    today = UsageHour.objects.filter(user=user, hour__gte=_midnight(at))
    sums = today.values("endpoint", "method").annotate(count=Sum("requests"))
    return [dict(row) for row in sums.order_by("-count", "endpoint", "method")]


def today_of(*, user_ids: Sequence[UUID], at: datetime) -> dict[UUID, int]:
    """Return how many requests each of these users made since midnight (UTC)."""
    today = UsageDay.objects.filter(user__in=user_ids, day=_midnight(at).date())
    return dict(today.values_list("user", "requests"))


def of_user(*, user: User) -> dict[str, Any]:
    """Return what this app stores about a user, for the export of all that is stored."""
    mine = {"user": user}
    override = ("values", "reason", "expires_at", "created_at")
    kind = ("endpoint", "method", "status_code")
    hours = ("hour", *kind, "requests", "cost", "total_ms", "took")
    days = ("day", "requests", "errors", "cost", "took")
    kinds = ("day", *kind, "requests", "took")
    months = ("month", *kind, "requests", "cost", "took")
    rows = (
        *("id", "api_key_id", "endpoint", "method", "status_code", "execution_time_ms"),
        *("cost", "created_at"),
    )
    newest = UsageLog.objects.filter(**mine).order_by("-created_at")[:ROWS_EXPORTED]
    return {
        "override": list(Override.objects.filter(**mine).values(*override)),
        "tier_changes": list(TierChange.objects.filter(**mine).values("before", "after", "at")),
        "hours": _timed(UsageHour, "hour", user, hours),
        "days": _timed(UsageDay, "day", user, days),
        "days_by_kind": _timed(UsageDayKind, "day", user, kinds),
        "months": _timed(UsageMonth, "month", user, months),
        "active_months": list(ActiveMonth.objects.filter(**mine).values("month", "days")),
        "newest_requests": list(newest.values(*rows)),
    }


def _timed(model: Any, at: str, user: User, columns: Sequence[str]) -> list[dict[str, Any]]:
    """Return sums with how many requests took about how many milliseconds."""
    rows = model.objects.filter(user=user).order_by(at).values(*columns)
    return [{**row, "took": in_milliseconds(row["took"])} for row in rows]


def _filling(level: Level) -> Filling:
    reset_at = None
    if level.reset_ms is not None:
        reset_at = datetime.fromtimestamp(0, UTC) + timedelta(milliseconds=level.reset_ms)
    return Filling(level.used, level.limit, level.remaining, reset_at)


def _running_jobs(user: User) -> int:
    """Ask who runs batch jobs: settings name it, since it stands above us."""
    return int(import_string(settings.RUNNING_JOBS)(user=user)) if settings.RUNNING_JOBS else 0


def _midnight(at: datetime) -> datetime:
    return at.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
