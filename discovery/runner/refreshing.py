"""What changed at GEO, night after night."""

from datetime import date, datetime, time, timedelta

from django.conf import settings

from discovery.geo import terms
from discovery.models import Harvest

# Entrez indexes a change some time after it was made.
OVERLAP = timedelta(days=1)
FIRST_TIME = timedelta(days=7)


def current(*, at: datetime) -> Harvest | None:
    """Return the refresh to work on: one that is not finished, or tonight's if it is time for it."""
    unfinished = Harvest.objects.filter(kind=Harvest.Kind.REFRESH, finished_at=None).first()
    if unfinished:
        return unfinished
    latest = _latest()
    if latest and latest.started_at >= _last_night(at):
        return None
    return begin(since=due_since(at=at), is_full=settings.NCBI_REFRESH_FULL, at=at)


def due_since(*, at: datetime) -> date:
    """Return the day from which on changes may not be known yet."""
    latest = _latest()
    return (latest.started_at - OVERLAP if latest else at - FIRST_TIME).date()


def begin(*, since: date, is_full: bool, at: datetime) -> Harvest:
    return Harvest.objects.create(
        kind=Harvest.Kind.REFRESH,
        query=terms.changed_since(since),
        is_full=is_full,
        started_at=at,
        touched_at=at,
    )


def _latest() -> Harvest | None:
    finished = Harvest.objects.filter(kind=Harvest.Kind.REFRESH).exclude(finished_at=None)
    return finished.order_by("-started_at").first()


def _last_night(at: datetime) -> datetime:
    """Return when refreshing was last due."""
    tonight = datetime.combine(at.date(), time(settings.NCBI_REFRESH_HOUR), at.tzinfo)
    return tonight if tonight <= at else tonight - timedelta(days=1)
