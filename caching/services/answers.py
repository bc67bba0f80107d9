"""The one way to a kept answer: look, else let one maker work for everybody who asks."""

import functools
import random
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

import structlog
from django.conf import settings
from django.db import connection

from caching import keys, locks, process, reports
from caching.entries import Entry
from caching.keys import Key
from caching.levels import BRIEF, Found
from caching.process import Cache
from common.spans import traced
from common.trimmed import trimmed

MAKER = "maker"  # in place of the level's name, if nothing was kept
SHORTENED = 0.1  # of an entry's time at most, by chance: not all are to end at once
# Seconds between two looks at whether another process is done: first, and at most. Looking costs
# PostgreSQL more than a look is worth while the maker has none of the processor to itself.
PAUSE, LONGEST_PAUSE = 0.02, 0.2

logger = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Rendered:
    """What a maker made: JSON, and what it is about, to invalidate it by."""

    body: bytes
    tags: Iterable[str] = ()


@dataclass(frozen=True, slots=True)
class Lasting:
    """For how many seconds an answer is good, and for how many it may be served all the same."""

    fresh: float
    stale: float


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer. `body` is None if there is nothing; `level` is where it was, or the maker."""

    body: bytes | None
    level: str

    @property
    def is_cached(self) -> bool:
        return self.level != MAKER


@dataclass(frozen=True, slots=True)
class Wanted:
    """An answer that is looked for.

    :param make: makes it; None means that there is nothing, which is kept for a minute
    :param lasting: default: that of `settings.CACHE_LASTING` for the namespace
    :param text: what a person asked, for the people who look at the third level
    """

    key: Key
    make: Callable[[], Rendered | None]
    lasting: Lasting
    text: str = ""
    viewer: str = ""


@traced("cache")
def remember(
    key: Key,
    make: Callable[[], Rendered | None],
    *,
    lasting: Lasting | None = None,
    text: str = "",
    viewer: str = "",
    demand: Mapping[str, object] | None = None,
) -> Answer:
    """Return what is kept under the key; else what `make` makes, which is then kept.

    Whatever `make` raises is raised, and nothing is kept.

    :param viewer: the id of who asks, so that they can clear what they were given
    :param demand: the parameters with which `settings.CACHE_WARMER` makes the same answer
    """
    cache = process.here()
    lasting = lasting or Lasting(*settings.CACHE_LASTING[key.namespace])
    wanted = Wanted(key, make, lasting, text, viewer)
    if viewer:
        cache.notes.used(viewer, key)
    if demand:
        cache.notes.asked(reports.written(demand))
    if not cache.is_informed():
        made = make()
        return Answer(made.body if made else None, MAKER)
    at = time.time()
    found = cache.levels.find(key, at=at, viewer=viewer)
    if found is None:
        flight = f"{key} {cache.ledger.head}"  # who invalidates does not join who began before
        found = cache.flights.once(flight, lambda: _found_or_made(cache, wanted))
    elif at >= found.entry.soft:
        _refresh_later(cache, wanted)
    return Answer(found.entry.body or None, found.level)


def at_hand(key: Key, *, viewer: str, at: float, versions: Mapping[str, int]) -> Entry | None:
    """Return a fresh answer that this process has in memory, if it has one: no server is asked.

    :param versions: what the answer depends on, and the numbers that these must have still
    """
    cache = process.here()
    if not cache.has_news():
        return None
    if any(cache.ledger.version(name) != number for name, number in versions.items()):
        return None
    return cache.levels.at_hand(key, at=at, viewer=viewer)


def count_given(key: Key, entry: Entry, *, viewer: str, demand: bytes, at: float) -> None:
    """Count that an answer which was `at_hand` was given, as `remember` does.

    :param demand: what was asked, as `reports.written` writes it
    """
    cache = process.here()
    cache.notes.used(viewer, key)
    cache.notes.asked(demand)
    cache.levels.count_hit(cache.memory, key, entry, at=at)


def cached(
    *,
    namespace: str = keys.API_RESPONSE,
    lasting: Lasting | None = None,
    versions: Sequence[str] = (),
) -> Callable[[Callable[..., Rendered | None]], Callable[..., Answer]]:
    """Keep what a function makes of its arguments, which are named and can be written as JSON.

    The kept function takes one more, `viewer`.

    :param versions: what the answer depends on besides: it ends when one of them is raised
    """

    def keep(make: Callable[..., Rendered | None]) -> Callable[..., Answer]:
        @functools.wraps(make)
        def answer(*, viewer: str = "", **parameters: object) -> Answer:
            known = {**parameters, "versions": [version(one) for one in versions]}
            name = f"{make.__name__}:{keys.digest_of(known)}"
            key = Key(namespace, name)
            return remember(
                key, functools.partial(make, **parameters), lasting=lasting, viewer=viewer
            )

        return answer

    return keep


def version(name: str) -> int:
    """Return a number that grows with each `raise_version`: part of the keys that depend on it."""
    cache = process.here()
    cache.is_informed()
    return cache.ledger.version(name)


def _found_or_made(cache: Cache, wanted: Wanted) -> Found:
    """Make the answer, unless another process does: then wait for it, but not forever."""
    deadline = time.monotonic() + settings.CACHE_PATIENCE
    pause = PAUSE
    while True:
        with locks.held(str(wanted.key)) as is_ours:
            if found := _find_again(cache, wanted):
                return found
            if is_ours or time.monotonic() >= deadline:
                return Found(_make(cache, wanted), MAKER)
        time.sleep(pause)
        pause = min(1.5 * pause, LONGEST_PAUSE)


def _find_again(cache: Cache, wanted: Wanted) -> Found | None:
    """Return what another process has kept in the meantime."""
    return cache.levels.find(wanted.key, at=time.time(), viewer=wanted.viewer, is_counted=False)


def _make(cache: Cache, wanted: Wanted) -> Entry:
    seen, made = cache.ledger.head, time.time()
    rendered = wanted.make()
    share = 1 - random.uniform(0, SHORTENED)  # noqa: S311 (no secret)
    fresh, stale = wanted.lasting.fresh * share, wanted.lasting.stale * share
    if rendered is None:
        entry = Entry(b"", made, made + BRIEF * share, made + BRIEF * share, seen)
    else:
        tags = tuple(dict.fromkeys(rendered.tags))
        entry = Entry(trimmed(rendered.body), made, made + fresh, made + stale, seen, tags)
    cache.levels.keep(wanted.key, entry, text=wanted.text)
    return entry


def _refresh_later(cache: Cache, wanted: Wanted) -> None:
    """Make it anew behind the back of who asks; one at a time, in one process."""
    if wanted.key not in cache.refreshing:
        cache.refreshing.add(wanted.key)
        cache.refreshers.submit(_refresh, cache, wanted)


def _refresh(cache: Cache, wanted: Wanted) -> None:
    try:
        with locks.held(str(wanted.key)) as is_ours:
            if is_ours:
                _make(cache, wanted)
    except Exception as error:  # noqa: BLE001 (of any maker; the old answer stays until it ends)
        logger.warning("a stale answer was not refreshed", error=type(error).__name__)
    finally:
        cache.refreshing.discard(wanted.key)
        connection.close()
