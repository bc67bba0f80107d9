"""How the cache does, over all processes: what happened in the last day, what is held now."""

from collections import Counter
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import Count, Sum

from caching import process
from caching.levels import LevelFailed
from caching.models import Holding, SearchCache, Statistic

Counts = Counter[tuple[str, str, str]]  # (level, namespace, event) → times

WINDOW = timedelta(hours=24)
GONE_AFTER = timedelta(seconds=10)  # without a report a process is over


@dataclass(frozen=True, slots=True)
class LevelFigures:
    """One level. Hits, misses and evictions of the last day; `mean_age` of the hits in seconds."""

    entries: int
    bytes: int
    max_bytes: int
    hits: int
    misses: int
    evictions: int
    damaged: int
    failures: int
    mean_age_seconds: float | None
    ttl_seconds: int
    available: bool


@dataclass(frozen=True, slots=True)
class NamespaceFigures:
    """Questions to one namespace: answered from any level, or not."""

    hits: int
    misses: int
    hit_rate: float | None


@dataclass(frozen=True, slots=True)
class Figures:
    """`hit_rate`: which part of all questions some level answered; None if there were none."""

    levels: dict[str, LevelFigures]
    hit_rate: float | None
    by_namespace: dict[str, NamespaceFigures]
    since: datetime


def figures(*, at: datetime) -> Figures:
    process.here().report()
    since = at - WINDOW
    counts: Counts = Counter()
    rows = Statistic.objects.filter(hour__gte=since).values_list("level", "namespace", "event")
    for level, namespace, event, amount in rows.annotate(total=Sum("amount")):
        counts[level, namespace, event] += amount
    return Figures(
        levels={"l1": _memory(counts, at), "l2": _shared(counts), "l3": _stored(counts, at)},
        hit_rate=_rate(counts, None),
        by_namespace={one: _of_namespace(counts, one) for one in sorted(_namespaces(counts))},
        since=since,
    )


def _memory(counts: Counts, at: datetime) -> LevelFigures:
    alive = Holding.objects.filter(seen_at__gte=at - GONE_AFTER)
    held = alive.aggregate(count=Count("pk"), entries=Sum("entries"), bytes=Sum("bytes"))
    size = (held["entries"] or 0, held["bytes"] or 0, held["count"] * settings.CACHE_L1_BYTES)
    return _level(counts, "l1", size=size, ttl=settings.CACHE_L1_TTL, is_there=True)


def _shared(counts: Counts) -> LevelFigures:
    try:
        told = process.here().shared.figures()
    except LevelFailed:
        return _level(counts, "l2", size=(0, 0, 0), ttl=settings.CACHE_L2_TTL, is_there=False)
    counts["l2", "", "evictions"] = told["evictions"]
    size = (told["entries"], told["bytes"], told["max_bytes"])
    return _level(counts, "l2", size=size, ttl=settings.CACHE_L2_TTL, is_there=True)


def _stored(counts: Counts, at: datetime) -> LevelFigures:
    live = SearchCache.objects.filter(expires_at__gt=at)
    held = live.aggregate(count=Count("pk"), bytes=Sum("bytes"))
    size = (held["count"], held["bytes"] or 0, settings.CACHE_L3_BYTES)
    return _level(counts, "l3", size=size, ttl=settings.CACHE_L3_TTL, is_there=True)


def _level(
    counts: Counts,
    name: str,
    *,
    size: tuple[int, int, int],
    ttl: float,
    is_there: bool,
) -> LevelFigures:
    def total(event: str) -> int:
        return sum(n for (level, _, what), n in counts.items() if (level, what) == (name, event))

    hits = total("hits")
    return LevelFigures(
        entries=size[0],
        bytes=size[1],
        max_bytes=size[2],
        hits=hits,
        misses=total("misses"),
        evictions=total("evictions"),
        damaged=total("damaged"),
        failures=total("failures"),
        mean_age_seconds=round(total("age") / hits, 1) if hits else None,
        ttl_seconds=round(ttl),
        available=is_there,
    )


def _namespaces(counts: Counts) -> set[str]:
    return {name for _, name, event in counts if name and event in {"hits", "misses"}}


def _of_namespace(counts: Counts, name: str) -> NamespaceFigures:
    asked, hits = _asked(counts, name), _hits(counts, name)
    return NamespaceFigures(hits, asked - hits, _rate(counts, name))


def _rate(counts: Counts, namespace: str | None) -> float | None:
    asked = _asked(counts, namespace)
    return round(_hits(counts, namespace) / asked, 4) if asked else None


def _asked(counts: Counts, namespace: str | None) -> int:
    """Return how many questions there were: each is looked up in the first level."""
    return sum(
        n
        for (level, name, event), n in counts.items()
        if level == "l1" and event in {"hits", "misses"} and namespace in {None, name}
    )


def _hits(counts: Counts, namespace: str | None) -> int:
    return sum(
        n for (_, name, event), n in counts.items() if event == "hits" and namespace in {None, name}
    )
