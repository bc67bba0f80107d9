"""Making answers before somebody asks."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import Sum

from caching.models import Demand, Warming
from caching.tasks import warm_waiting
from common.wake import wake

REMEMBERED = timedelta(days=7)


def warm(*, questions: Sequence[str], top: int, at: datetime) -> Warming:
    """Have these questions answered in the background, and the most asked ones of the last week."""
    wanted = [{"query": one} for one in questions] + _most_asked(top, at)
    warming = Warming.objects.create(
        wanted=wanted, created_at=at, finished_at=None if wanted else at
    )
    if wanted:
        wake(warm_waiting)
    return warming


def warm_most_asked(*, at: datetime) -> None:
    """Do so after the answers have changed. One that waits already will do."""
    if Demand.objects.exists() and not Warming.objects.filter(finished_at=None, done=0).exists():
        warm(questions=[], top=settings.CACHE_WARM_TOP, at=at)


def _most_asked(top: int, at: datetime) -> list[dict[str, object]]:
    recent = Demand.objects.filter(day__gt=(at - REMEMBERED).date())
    asked = recent.values("parameters").annotate(times=Sum("asked")).order_by("-times")
    return [one["parameters"] for one in asked[:top]]
