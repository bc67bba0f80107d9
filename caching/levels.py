"""The levels that keep answers, and the way through them, in plain Python.

The first level is the quickest and the smallest. What is found in one is put into those before it;
a level that fails is left out until it answers again.
"""

import threading
import time
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

import redis
from cachetools import TTLCache

from caching import entries
from caching.entries import Damaged, Entry
from caching.keys import Key

BRIEF = 60.0  # seconds; what is kept no longer than that is not worth the slowest level
PREFIX = "answers:"  # in Valkey


class LevelFailed(Exception):
    """The level could not do it. It may still be fine: it refused, say for want of memory."""


class LevelAway(LevelFailed):
    """The level does not answer: asking again would cost the same wait."""


class Level(Protocol):
    """A place that keeps entries.

    All but `ttl` and `name` may raise `LevelFailed`; `get` raises `Damaged` too.
    """

    name: str
    ttl: float

    def get(self, key: str) -> Entry | None: ...
    def put(self, key: Key, entry: Entry, *, text: str) -> None: ...
    def forget(self, keys: Iterable[str]) -> None: ...
    def ping(self) -> None: ...


class Memory(Level):
    """The first level: this process's own memory, bounded in bytes. Who was not asked for long goes.

    :param on_eviction: told the key of each entry that had to make room
    """

    name = "l1"

    def __init__(
        self,
        *,
        max_bytes: int,
        ttl: float,
        on_eviction: Callable[[str], None] = lambda _: None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.ttl = ttl
        self.max_bytes = max_bytes
        self._lock = threading.Lock()
        self._kept = _Kept(max_bytes, ttl, clock)
        self._kept.on_eviction = on_eviction

    def get(self, key: str) -> Entry | None:
        with self._lock:
            return self._kept.get(key)

    def put(self, key: Key, entry: Entry, *, text: str = "") -> None:
        if entry.size <= self.max_bytes:
            with self._lock:
                self._kept[str(key)] = entry

    def forget(self, keys: Iterable[str]) -> None:
        with self._lock:
            for key in keys:
                self._kept.pop(key, None)

    def clear(self) -> None:
        with self._lock:
            self._kept.clear()

    def ping(self) -> None:
        """Do nothing: it is always there."""

    def held(self) -> tuple[int, int]:
        """Return how many entries there are, and their bytes."""
        with self._lock:
            self._kept.expire()
            return len(self._kept), int(self._kept.currsize)


class _Kept(TTLCache[str, Entry]):
    """cachetools' cache, which tells what it pushes out."""

    on_eviction: Callable[[str], None]

    def __init__(self, max_bytes: int, ttl: float, clock: Callable[[], float]) -> None:
        super().__init__(max_bytes, ttl, timer=clock, getsizeof=lambda entry: entry.size)

    def popitem(self) -> tuple[str, Entry]:
        key, entry = super().popitem()
        self.on_eviction(key)
        return key, entry


class Shared(Level):
    """The second level: Valkey, which all processes share. It bounds its memory itself."""

    name = "l2"

    def __init__(self, client: Callable[[], redis.Redis], *, ttl: float) -> None:
        self.ttl = ttl
        self._client = client

    def get(self, key: str) -> Entry | None:
        raw = self._try(lambda valkey: valkey.get(PREFIX + key))
        return entries.decode(key, raw) if isinstance(raw, bytes) else None

    def put(self, key: Key, entry: Entry, *, text: str = "") -> None:
        lasts = round(min(self.ttl, entry.hard - time.time()) * 1000)
        if lasts > 0:
            raw = entries.encode(str(key), entry)
            self._try(lambda valkey: valkey.set(PREFIX + str(key), raw, px=lasts))

    def forget(self, keys: Iterable[str]) -> None:
        if names := [PREFIX + key for key in keys]:
            self._try(lambda valkey: valkey.unlink(*names))

    def clear(self) -> None:
        self._try(lambda valkey: valkey.flushdb(asynchronous=True))

    def ping(self) -> None:
        self._try(lambda valkey: valkey.ping())

    def figures(self) -> dict[str, int]:
        """Return what Valkey says of its memory and of its keys."""
        told: Any = self._try(lambda valkey: valkey.info("everything"))
        return {
            "entries": int(str(self._try(lambda valkey: valkey.dbsize()))),
            "bytes": int(told["used_memory"]),
            "max_bytes": int(told["maxmemory"]),
            "evictions": int(told["evicted_keys"]),
        }

    def _try(self, call: Callable[[redis.Redis], object]) -> object:
        try:
            return call(self._client())
        except (redis.ConnectionError, redis.TimeoutError) as error:
            raise LevelAway(type(error).__name__) from error
        except redis.RedisError as error:  # out of memory, read-only, still loading …
            raise LevelFailed(type(error).__name__) from error


@dataclass(slots=True)
class Breaker:
    """Whether a level is asked. One that does not answer is left alone until `close` is called."""

    is_open: bool = False

    def close(self) -> None:
        self.is_open = False

    def open(self) -> None:
        self.is_open = True


@dataclass(frozen=True, slots=True)
class Found:
    """An entry, and the name of the level that held it."""

    entry: Entry
    level: str


class Tally:
    """What happened since it was last taken: counts by level, namespace and event.

    The events are hits, misses, evictions, damaged entries and failures; `age` sums the seconds
    that the entries of the hits were old.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._counts: Counter[tuple[str, str, str]] = Counter()

    def add(self, level: str, namespace: str, event: str, amount: int = 1) -> None:
        with self._lock:
            self._counts[level, namespace, event] += amount

    def take(self) -> Counter[tuple[str, str, str]]:
        """Return the counts and begin anew."""
        with self._lock:
            taken, self._counts = self._counts, Counter()
        return taken


@dataclass(slots=True)
class Levels:
    """All levels, quickest first.

    :param lets_live: says of a key, its entry and who asks whether nobody invalidated it
    """

    levels: Sequence[Level]
    lets_live: Callable[[Key, Entry, str], bool]
    tally: Tally = field(default_factory=Tally)
    breakers: dict[str, Breaker] = field(init=False)

    def __post_init__(self) -> None:
        self.breakers = {level.name: Breaker() for level in self.levels}

    def find(
        self, key: Key, *, at: float, viewer: str = "", is_counted: bool = True
    ) -> Found | None:
        """Return what is kept and still good, from the first level that has it.

        :param at: seconds since 1970
        :param viewer: who asks, if what they invalidated for themselves is to count
        """
        for place, level in enumerate(self.levels):
            entry = self._get(level, key)
            if entry and at < entry.hard and self.lets_live(key, entry, viewer):
                if is_counted:
                    self.count_hit(level, key, entry, at=at)
                self._put(self.levels[:place], key, entry, text=None)
                return Found(entry, level.name)
            if is_counted and not self.breakers[level.name].is_open:
                self.tally.add(level.name, key.namespace, "misses")
        return None

    def at_hand(self, key: Key, *, at: float, viewer: str = "") -> Entry | None:
        """Return what the first level holds, if it is good and fresh. Nothing is counted."""
        try:
            entry = self.levels[0].get(str(key))
        except (Damaged, LevelFailed):
            return None
        if entry and at < entry.soft and self.lets_live(key, entry, viewer):
            return entry
        return None

    def count_hit(self, level: Level, key: Key, entry: Entry, *, at: float) -> None:
        self.tally.add(level.name, key.namespace, "hits")
        self.tally.add(level.name, key.namespace, "age", round(at - entry.made))

    def keep(self, key: Key, entry: Entry, *, text: str = "") -> None:
        """Put an entry into every level that it lives long enough for."""
        brief = entry.hard - entry.made <= BRIEF
        self._put(self.levels[:-1] if brief else self.levels, key, entry, text=text)

    def probe(self) -> None:
        """Ask the levels that did not answer whether they do now."""
        for level in self.levels:
            if self.breakers[level.name].is_open:
                try:
                    level.ping()
                except LevelFailed:
                    continue
                self.breakers[level.name].close()

    def _get(self, level: Level, key: Key) -> Entry | None:
        found: list[Entry | None] = [None]

        def get(one: Level) -> None:
            found[0] = one.get(str(key))

        self._attempt(level, get, namespace=key.namespace)
        return found[0]

    def _put(self, levels: Sequence[Level], key: Key, entry: Entry, *, text: str | None) -> None:
        for level in levels:
            self._attempt(
                level, lambda one: one.put(key, entry, text=text or ""), namespace=key.namespace
            )

    def _attempt(self, level: Level, act: Callable[[Level], None], *, namespace: str) -> None:
        """Do something with a level that may fail: a cache never stops an answer."""
        breaker = self.breakers[level.name]
        if breaker.is_open:
            return
        try:
            act(level)
        except Damaged:
            self.tally.add(level.name, namespace, "damaged")
        except LevelAway:
            breaker.open()
            self.tally.add(level.name, namespace, "failures")
        except LevelFailed:
            self.tally.add(level.name, namespace, "failures")
