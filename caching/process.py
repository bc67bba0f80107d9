"""This process's share of the cache: its memory, what it knows, and the thread that looks after both."""

import os
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from uuid import uuid4

import redis
import structlog
from django.conf import settings
from django.db import DatabaseError, connection
from django_redis import get_redis_connection

from caching import ledger, reports
from caching.flights import Flights
from caching.keys import Key
from caching.ledger import Ledger
from caching.levels import Found, LevelFailed, Levels, Memory, Shared, Tally
from caching.models import Invalidation
from caching.stored import Stored

CHANNEL = "cache:invalidated"
HEARD_EVERY = 0.4  # seconds; how late a process learns what no message told it
INFORMED_FOR = 0.9  # seconds without news from the keeper after which who asks looks himself
REPORTED_EVERY = 1.0  # seconds

logger = structlog.get_logger(__name__)


class Cache:
    """The three levels as one process sees them."""

    def __init__(self) -> None:
        self.id = uuid4()
        self.tally = Tally()
        self.ledger = Ledger()
        self.memory = Memory(
            max_bytes=settings.CACHE_L1_BYTES,
            ttl=settings.CACHE_L1_TTL,
            on_eviction=lambda _: self.tally.add("l1", "", "evictions"),
        )
        self.shared = Shared(partial(get_redis_connection, "default"), ttl=settings.CACHE_L2_TTL)
        self.levels = Levels(
            [self.memory, self.shared, Stored(ttl=settings.CACHE_L3_TTL)],
            lets_live=self.ledger.lets_live,
            tally=self.tally,
        )
        self.flights: Flights[Found] = Flights()
        self.refreshers = ThreadPoolExecutor(1, thread_name_prefix="cache-refresh")
        self.refreshing: set[Key] = set()
        self.notes = reports.Notes()
        self._cleared_at = 0
        self._learning = threading.Lock()
        self._informed_until = 0.0  # of `time.monotonic`

    def is_informed(self) -> bool:
        """Say whether it is known what was invalidated: else nothing kept may be served.

        Where no keeper runs (commands, tests), or it is late, that is asked now.
        """
        if settings.CACHE_KEEPER and self.has_news():
            return True
        try:
            self.learn()
        except DatabaseError as error:
            logger.warning("nothing is known of invalidations", error=type(error).__name__)
            return False
        return True

    def has_news(self) -> bool:
        """Say whether somebody has looked of late; nobody is asked now."""
        return time.monotonic() < self._informed_until

    def learn(self) -> None:
        """Read what was invalidated since last time."""
        with self._learning:
            asked_at = time.monotonic()
            news = Invalidation.objects.filter(pk__gt=self.ledger.head).order_by("pk")
            self.ledger.learn(news.values_list("scope", "pk"))
            self._informed_until = asked_at + INFORMED_FOR
            if (cleared_at := self.ledger.number(ledger.EVERYTHING)) > self._cleared_at:
                self._cleared_at = cleared_at
                self.memory.clear()

    def report(self) -> None:
        """Write down what happened here since last time."""
        reports.write(self.tally.take(), self.notes.take())
        reports.hold(self.id, *self.memory.held())


class Keeper(threading.Thread):
    """Learns of invalidations, reports, and tries the levels that did not answer."""

    def __init__(self, cache: Cache) -> None:
        super().__init__(name="cache-keeper", daemon=True)
        self._cache = cache
        self._channel: redis.client.PubSub | None = None
        self._reports_at = 0.0

    def run(self) -> None:
        while True:
            self._hear()
            self._try(self._cache.learn)
            if time.monotonic() >= self._reports_at:
                self._try(self._cache.report)
                self._try(self._cache.levels.probe)
                self._reports_at = time.monotonic() + REPORTED_EVERY
            connection.close()

    def _hear(self) -> None:
        """Wait for the message that something was invalidated, but not for long."""
        until = time.monotonic() + HEARD_EVERY
        try:
            if self._channel is None:
                self._channel = get_redis_connection("default").pubsub()
                self._channel.subscribe(CHANNEL)
            while (left := until - time.monotonic()) > 0:
                message = self._channel.get_message(timeout=left)
                if message and message["type"] == "message":
                    return
        except (redis.RedisError, OSError):
            self._channel = None
            time.sleep(max(0.0, until - time.monotonic()))

    def _try(self, act: Callable[[], None]) -> None:
        try:
            act()
        except (DatabaseError, LevelFailed) as error:
            logger.warning("the cache could not be looked after", error=type(error).__name__)


_lock = threading.Lock()
_caches: dict[int, Cache] = {}


def here() -> Cache:
    """Return this process's cache, made at the first use: a forked process makes its own."""
    cache = _caches.get(os.getpid())
    return cache or _make()


def _make() -> Cache:
    with _lock:
        cache = _caches.get(os.getpid())
        if cache is None:
            cache = Cache()
            cache.is_informed()
            _caches.clear()
            _caches[os.getpid()] = cache
            if settings.CACHE_KEEPER:
                Keeper(cache).start()
    return cache


def forget() -> None:
    """Let the next use begin with an empty memory."""
    _caches.clear()


def tell_others() -> None:
    """Send every process's keeper to look; who misses the message looks soon anyhow."""
    try:
        get_redis_connection("default").publish(CHANNEL, "look")
    except redis.RedisError as error:
        logger.warning("the other processes were not told", error=type(error).__name__)
