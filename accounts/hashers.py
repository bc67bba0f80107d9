"""How passwords are hashed, and how many at once."""

import threading
import unicodedata
from collections.abc import Iterator
from contextlib import contextmanager

from django.conf import settings
from django.contrib.auth.hashers import Argon2PasswordHasher

from common.errors import ServiceUnavailable

LONGEST_WAIT_SECONDS = 2.0


class Counter:
    """Lets so many in at once and so many more wait; turns the rest away.

    :param at_once: how many may be inside
    :param waiting: how many may wait for them
    """

    def __init__(self, *, at_once: int, waiting: int) -> None:
        self._inside = threading.BoundedSemaphore(at_once)
        self._queue = threading.BoundedSemaphore(at_once + waiting)

    @contextmanager
    def turn(self) -> Iterator[None]:
        """Hold a place inside until the block ends.

        :raises ServiceUnavailable: if the queue is full, or does not move
        """
        if not self._queue.acquire(blocking=False):
            raise _too_many()
        try:
            if not self._inside.acquire(timeout=LONGEST_WAIT_SECONDS):
                raise _too_many()
            try:
                yield
            finally:
                self._inside.release()
        finally:
            self._queue.release()


def _too_many() -> ServiceUnavailable:
    return ServiceUnavailable(
        "Too many people are signing in. Try again in a second.", retry_after=1
    )


# A hash holds a core for some 25 ms: a flood of sign-ins must leave threads for everybody else.
counter = Counter(
    at_once=settings.PASSWORD_HASHES_AT_ONCE, waiting=settings.PASSWORD_HASHES_WAITING
)


class Argon2id(Argon2PasswordHasher):
    """Argon2id by OWASP's figures: 19 MiB, two passes, one lane. Typed forms of a letter are one."""

    time_cost = 2
    memory_cost = 19 * 1024
    parallelism = 1

    def encode(self, password: str, salt: str) -> str:
        with counter.turn():
            return super().encode(normalise(password), salt)

    def verify(self, password: str, encoded: str) -> bool:
        with counter.turn():
            return super().verify(normalise(password), encoded)


def normalise(password: str) -> str:
    """Return the password as every keyboard would have typed it."""
    return unicodedata.normalize("NFKC", password)
