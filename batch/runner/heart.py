"""A thread that holds the queries in hand, and stops the work on one that is not ours any more."""

import contextlib
import signal
import threading
from collections.abc import Iterator, Sequence
from types import FrameType, TracebackType
from typing import Self

import structlog
from django.db import DatabaseError, connection

from batch.runner import settling
from batch.runner.claiming import Claim, Key
from batch.runner.settling import NotOurs

EVERY = 2.5  # seconds; a cancellation is seen at the next beat
LONGEST = 48  # beats that one query is held: who runs it hangs, and somebody else may try
ROUND = 2  # beats after which what was taken and not begun is given back
SIGNAL = signal.SIGUSR2  # Celery's processes use SIGUSR1

logger = structlog.get_logger(__name__)


class Interrupted(KeyboardInterrupt):
    """The query in hand is not ours any more, and what it waits for is not worth waiting for.

    As Ctrl-C is: no `except Exception` on the way keeps it, and psycopg has the server end its
    statement.
    """


class Heart:
    """Beats while the block lasts. Queries of one job at a time are held, of which one is worked on."""

    def __init__(self, *, every: float = EVERY) -> None:
        self._every = every
        self._lock = threading.Lock()
        self._held: dict[Key, Claim] = {}
        self._begun: Claim | None = None
        self._beats = self._round_beats = 0
        self._lost: set[Key] = set()
        self._is_armed = False
        self._worker = threading.get_ident()
        # Only the main thread can be interrupted, which is where Celery's processes work.
        self._can_interrupt = threading.current_thread() is threading.main_thread()
        self._is_over = threading.Event()
        self._thread = threading.Thread(target=self._run, name="batch-heart", daemon=True)

    def __enter__(self) -> Self:
        if self._can_interrupt:
            self._before = signal.signal(SIGNAL, self._interrupt)
        self._thread.start()
        return self

    def __exit__(
        self, _: type[BaseException] | None, __: BaseException | None, ___: TracebackType | None
    ) -> None:
        self._is_over.set()
        self._thread.join()
        if self._can_interrupt:
            signal.signal(SIGNAL, self._before)

    def take(self, claims: Sequence[Claim]) -> None:
        """Hold these queries, and none of those before."""
        with self._lock:
            self._held = {one.key: one for one in claims}
            self._begun, self._lost, self._round_beats = None, set(), 0

    def drop(self, claims: Sequence[Claim]) -> None:
        """Hold these no longer: they have ended."""
        with self._lock:
            for one in claims:
                self._held.pop(one.key, None)

    def begin(self, claim: Claim) -> None:
        """Work on this one of them from now on.

        :raises NotOurs: if it is not ours any more
        """
        with self._lock:
            self._begun, self._beats = claim, 0
        self.require_ours()

    def require_ours(self) -> None:
        """Go on only with what is still ours.

        :raises NotOurs: if the query that is worked on was cancelled or taken over
        """
        if self._is_lost():
            raise NotOurs

    @contextlib.contextmanager
    def interrupting(self) -> Iterator[None]:
        """Let the block be left, wherever it is, once the query is not ours any more.

        :raises NotOurs: if that was so
        """
        self._is_armed = True
        try:
            self.require_ours()
            yield
        except Interrupted:
            connection.close()  # whatever was under way on it
            raise NotOurs from None
        finally:
            self._is_armed = False

    def unbegun(self) -> list[Claim]:
        """Return what is held and was not begun."""
        with self._lock:
            return self._unbegun()

    def _unbegun(self) -> list[Claim]:
        first = -1 if self._begun is None else self._begun.index
        return [one for one in self._held.values() if one.index > first]

    def _is_lost(self) -> bool:
        return self._begun is not None and self._begun.key in self._lost

    def _interrupt(self, _: int, __: FrameType | None) -> None:
        if self._is_armed and self._is_lost():
            self._is_armed = False
            raise Interrupted

    def _run(self) -> None:
        try:
            while not self._is_over.wait(self._every):
                self._beat()
        finally:
            connection.close()

    def _beat(self) -> None:
        try:
            lost = self._hold()
        except DatabaseError as error:
            logger.warning("queries could not be held", error=type(error).__name__)
            connection.close()
            return
        with self._lock:
            self._lost |= lost
            for key in lost:
                self._held.pop(key, None)
            is_to_stop = self._begun is not None and self._begun.key in lost
        # Once: psycopg looks for signals every 0.1 s, and each one has it wait for that anew.
        if is_to_stop and self._can_interrupt:
            signal.pthread_kill(self._worker, SIGNAL)

    def _hold(self) -> set[Key]:
        """Hold what is in hand, give back what waits for too long; return what is not ours any more."""
        with self._lock:
            self._beats, self._round_beats = self._beats + 1, self._round_beats + 1
            given = self._unbegun() if self._round_beats >= ROUND else []
            others = [one for one in self._held.values() if one not in given]
            hanging = self._begun if self._beats > LONGEST else None
        settling.give_back(given)
        kept = [one for one in others if one is not hanging]
        held = settling.hold(kept)
        return {one.key for one in (*given, *kept) if one.item_id not in held}
