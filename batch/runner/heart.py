"""A thread that holds the query in hand, and notices when it is not ours any more."""

import threading
from types import TracebackType
from typing import Self

import structlog
from django.db import DatabaseError, connection

from batch.runner import settling
from batch.runner.claiming import Claim
from batch.runner.settling import NotOurs

EVERY = 5.0  # seconds: as long as a cancellation may go unseen
# No query is held longer: who runs it hangs, and somebody else may try.
LONGEST = 24

logger = structlog.get_logger(__name__)


class Heart:
    """Beats while the block lasts. One query at a time is in hand."""

    def __init__(self, *, every: float = EVERY) -> None:
        self._every = every
        self._lock = threading.Lock()
        self._claim: Claim | None = None
        self._beats = 0
        self._is_lost = False
        self._is_over = threading.Event()
        self._thread = threading.Thread(target=self._run, name="batch-heart", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, _: type[BaseException] | None, __: BaseException | None, ___: TracebackType | None
    ) -> None:
        self._is_over.set()
        self._thread.join()

    def take(self, claim: Claim | None) -> None:
        """Hold another query, or none."""
        with self._lock:
            self._claim, self._beats, self._is_lost = claim, 0, False

    def require_ours(self) -> None:
        """Go on only with what is still ours.

        :raises NotOurs: if the query in hand was cancelled or taken over
        """
        if self._is_lost:
            raise NotOurs

    def _run(self) -> None:
        try:
            while not self._is_over.wait(self._every):
                self._beat()
        finally:
            connection.close()

    def _beat(self) -> None:
        with self._lock:
            claim, self._beats = self._claim, self._beats + 1
            if claim is None or self._beats > LONGEST:
                return
        try:
            is_held = settling.hold(claim)
        except DatabaseError as error:
            logger.warning("a query could not be held", error=type(error).__name__)
            connection.close()
            return
        with self._lock:
            if self._claim is claim and not is_held:
                self._is_lost = True
