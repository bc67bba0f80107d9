"""Several queries of one job in one process's hands: run one after the other, their ends written together."""

import time
from collections.abc import Iterator, Sequence
from types import TracebackType
from typing import Self

from batch.runner import settling
from batch.runner.claiming import Claim
from batch.runner.heart import Heart
from batch.runner.settling import Ending

SECONDS = 0.5  # that a round is to take, and that an answer waits to be written
MOST = 25


class Round:
    """Queries that were taken together.

    However the block is left, what has ended is written, and what was not begun is given back.
    """

    def __init__(self, claims: Sequence[Claim], heart: Heart) -> None:
        self._claims, self._heart = claims, heart
        self._endings: list[Ending] = []
        self._written_at = time.monotonic()
        self.is_job_over = False

    def __enter__(self) -> Self:
        self._heart.take(self._claims)
        return self

    def __exit__(
        self, _: type[BaseException] | None, __: BaseException | None, ___: TracebackType | None
    ) -> None:
        left = self._heart.unbegun()
        self._heart.drop(left)
        self._write()
        settling.give_back(left)
        self._heart.take([])

    def __iter__(self) -> Iterator[Claim]:
        return iter(self._claims)

    def end(self, ending: Ending) -> None:
        """Have it written that a query has ended."""
        self._endings.append(ending)
        if time.monotonic() - self._written_at >= SECONDS:
            self._write()

    def _write(self) -> None:
        if self._endings:
            settled = settling.settle(self._endings)
            self.is_job_over |= settled.is_job_over
            self._heart.drop([one.claim for one in self._endings])
            self._endings = []
        self._written_at = time.monotonic()


class Pace:
    """How long queries take here, as far as it is known: so many are taken at once as fit into a round."""

    def __init__(self) -> None:
        self._seconds = SECONDS * 2

    def most(self) -> int:
        return min(MOST, max(1, int(SECONDS / self._seconds)))

    def note(self, seconds: float) -> None:
        """Note how long one took; the last ones count the most."""
        self._seconds = max((self._seconds + seconds) / 2, SECONDS / MOST)
