"""Usage while Valkey is away: kept in this process, and stored in PostgreSQL every second."""

import threading
import time
from collections import deque

import structlog
from django.db import DatabaseError, connection

from monitoring import metrics
from quotas import limiter, valkey
from quotas.events import UsageEvent
from quotas.runner import storing

MOST = 5_000
EVERY = 1.0  # seconds
BATCH = 1_000

logger = structlog.get_logger(__name__)


class Ring:
    """The events that nobody has stored yet: of more than `MOST` the oldest are lost, and counted."""

    def __init__(self, *, every: float = EVERY) -> None:
        self._every = every
        self._lock = threading.Lock()
        self._events: deque[UsageEvent] = deque()
        self._is_running = False
        self.lost = 0

    def add(self, event: UsageEvent) -> None:
        with self._lock:
            self._events.append(event)
            self._shorten()
            if self._is_running:
                return
            self._is_running = True
        threading.Thread(target=self._run, name="usage-ring", daemon=True).start()

    def flush(self) -> int:
        """Store what is kept, and say how many; what PostgreSQL does not take is kept."""
        stored = 0
        while batch := self._taken():
            try:
                stored += storing.store(batch)
            except DatabaseError as error:
                logger.warning("usage could not be stored", error=type(error).__name__)
                with self._lock:
                    self._events.extendleft(reversed(batch))
                    self._shorten()
                break
        return stored

    def __len__(self) -> int:
        return len(self._events)

    def _taken(self) -> list[UsageEvent]:
        with self._lock:
            return [self._events.popleft() for _ in range(min(BATCH, len(self._events)))]

    def _shorten(self) -> None:
        while len(self._events) > MOST:
            self._events.popleft()
            self.lost += 1
            metrics.usage_lost.inc()

    def _run(self) -> None:
        while True:
            time.sleep(self._every)
            self.flush()
            connection.close()
            with self._lock:
                if not self._events:
                    self._is_running = False
                    return


ring = Ring()


def note(event: UsageEvent, *, is_valkey_away: bool) -> None:
    """Keep a request for the usage log: in the stream, or here if Valkey does not take it."""
    if not is_valkey_away:
        try:
            limiter.add_event(event.dumps())
        except valkey.Away:
            ring.add(event)
        return
    ring.add(event)
