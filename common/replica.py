"""Reading from a replica what may be a few seconds old: lists of series, analytics.

Who may not see old rows (sign-in, sessions, quotas, everything that is written next) never asks here.
"""

import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, TypeVar

import structlog
from django.conf import settings
from django.db import DatabaseError, connections, models
from django.db.utils import DEFAULT_DB_ALIAS

REPLICA = "replica"
LOOK_EVERY = 1.0  # seconds
MOST_SAMPLES = 120
POSITION = "select pg_wal_lsn_diff(pg_current_wal_lsn(), '0/0')"
REPLAYED = "select pg_wal_lsn_diff(pg_last_wal_replay_lsn(), '0/0')"

Model = TypeVar("Model", bound=models.Model)
logger = structlog.get_logger(__name__)


def may_lag(queryset: "models.QuerySet[Model]") -> "models.QuerySet[Model]":
    """Have a queryset read from the replica, if there is one, it answers, and it is near enough."""
    return queryset.using(alias())


def alias() -> str:
    """Return where to read from what may be a few seconds old."""
    if REPLICA not in settings.DATABASES or not watch.is_near():
        return DEFAULT_DB_ALIAS
    return REPLICA


class PrimaryRouter:
    """Whatever was read from the replica is written to the primary."""

    def db_for_write(self, model: type[models.Model], **hints: Any) -> str:
        return DEFAULT_DB_ALIAS

    def allow_relation(self, *_: Any, **__: Any) -> bool:
        return True

    def allow_migrate(self, db: str, *_: Any, **__: Any) -> bool:
        return db == DEFAULT_DB_ALIAS


@dataclass
class Watch:
    """How far the replica is behind, looked at once a second by whoever comes first.

    The primary's position in its log is noted with the time. The replica is as old as the newest
    note that it has reached: that needs no clock of the servers', and holds for a replica that was
    cut off, or whose primary has nothing to write.
    """

    positions: Callable[[], tuple[int, int]]
    clock: Callable[[], float] = time.monotonic
    _notes: deque[tuple[float, int]] = field(default_factory=lambda: deque(maxlen=MOST_SAMPLES))
    _looked_at: float = float("-inf")
    _seen_near_at: float = float("-inf")
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def is_near(self) -> bool:
        """Say whether the replica is known to be no older than DATABASE_REPLICA_MAX_LAG."""
        if self._lock.acquire(blocking=False):  # the others go by what was seen last
            try:
                self._look()
            finally:
                self._lock.release()
        most: float = settings.DATABASE_REPLICA_MAX_LAG
        return self.clock() - self._seen_near_at <= most

    def lost(self) -> None:
        """Take note that the replica does not answer: it is asked again after a while."""
        self._looked_at, self._seen_near_at = self.clock(), float("-inf")

    def _look(self) -> None:
        now = self.clock()
        if now - self._looked_at < LOOK_EVERY:
            return
        self._looked_at = now
        try:
            written, replayed = self.positions()
        except DatabaseError as error:
            self.lost()
            logger.warning("the replica is not used", error=type(error).__name__)
            return
        self._notes.append((now, written))
        reached = [at for at, position in self._notes if position <= replayed]
        self._seen_near_at = max([self._seen_near_at, *reached])


def positions() -> tuple[int, int]:
    """Ask the primary how far it has written, then the replica how far it has come."""
    return _number(DEFAULT_DB_ALIAS, POSITION), _number(REPLICA, REPLAYED)


def _number(name: str, question: str) -> int:
    with connections[name].cursor() as cursor:
        cursor.execute(question)
        return int((cursor.fetchone() or (0,))[0] or 0)


watch = Watch(positions)
