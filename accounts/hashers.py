"""How passwords are hashed, and how many at once."""

import os
import random
import threading
import unicodedata
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial
from time import monotonic, sleep
from typing import ParamSpec, TypeVar

from django.conf import settings
from django.contrib.auth import hashers as django_hashers

from common.errors import ServiceUnavailable

LONGEST_WAIT_SECONDS = 2.0
RESTS, LONGEST_REST_SECONDS = 3, 0.1  # times as long as the work, but no longer than that
AWAY_SECONDS = (2, 6)  # how long who is turned away shall stay away: not all come back at once
P = ParamSpec("P")
R = TypeVar("R")
NICENESS = 10  # of the threads that hash: who searches meanwhile has the cores first


class Counter:
    """Lets so many in at once and so many more wait; turns the rest away.

    What is done inside runs on threads of its own, of low priority, which rest for a multiple of
    the time that they worked: who hashes without a pause slows down all who search meanwhile.

    :param at_once: how many may be inside
    :param waiting: how many may wait for them
    """

    def __init__(self, *, at_once: int, waiting: int) -> None:
        self._inside = threading.BoundedSemaphore(at_once)
        self._queue = threading.BoundedSemaphore(at_once + waiting)
        self._threads = ThreadPoolExecutor(at_once, "hashing", initializer=self._give_way)
        self._mine = threading.local()

    def require_room(self) -> None:
        """Turn away at once who would be turned away anyhow.

        :raises ServiceUnavailable: if the queue is full
        """
        if not self._queue.acquire(blocking=False):
            raise _too_many()
        self._queue.release()

    @contextmanager
    def turn(self) -> Iterator[None]:
        """Hold a place inside until the block ends; who has one already goes on.

        :raises ServiceUnavailable: if the queue is full, or does not move
        """
        if getattr(self._mine, "held", False):
            yield
            return
        if not self._queue.acquire(blocking=False):
            raise _too_many()
        try:
            if not self._inside.acquire(timeout=LONGEST_WAIT_SECONDS):
                raise _too_many()
            self._mine.held = True
            try:
                yield
            finally:
                self._mine.held = False
                self._inside.release()
        finally:
            self._queue.release()

    def run(self, work: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
        """Do the work when it is its turn.

        :raises ServiceUnavailable: as `turn`
        """
        if getattr(self._mine, "works", False):  # one hash asks for another
            return work(*args, **kwargs)
        with self.turn():
            return self._threads.submit(self._work, partial(work, *args, **kwargs)).result()

    def _work(self, work: Callable[[], R]) -> R:
        """Do the work, and rest before the next."""
        began = monotonic()
        try:
            return work()
        finally:
            rest = RESTS * (monotonic() - began)
            self._threads.submit(sleep, min(rest, LONGEST_REST_SECONDS))

    def _give_way(self) -> None:
        """Lower a hashing thread's priority: on Linux a thread has one of its own."""
        self._mine.works = True
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), NICENESS)


def _too_many() -> ServiceUnavailable:
    return ServiceUnavailable(
        "Too many people are signing in. Try again in a few seconds.",
        retry_after=random.randint(*AWAY_SECONDS),  # noqa: S311 (no secret)
    )


# A hash holds a core for some 25 ms: a flood of sign-ins must leave threads for everybody else.
counter = Counter(
    at_once=settings.PASSWORD_HASHES_AT_ONCE, waiting=settings.PASSWORD_HASHES_WAITING
)


class Queued(django_hashers.BasePasswordHasher):
    """Hashes in turn, and takes all typed forms of a letter for one."""

    def encode(self, password: str, salt: str, *args: int) -> str:
        return counter.run(super().encode, normalise(password), salt, *args)

    def verify(self, password: str, encoded: str) -> bool:
        return counter.run(super().verify, normalise(password), encoded)


class Argon2id(Queued, django_hashers.Argon2PasswordHasher):
    """Argon2id by OWASP's figures: 19 MiB, two passes, one lane."""

    time_cost = 2
    memory_cost = 19 * 1024
    parallelism = 1


class BcryptSHA256(Queued, django_hashers.BCryptSHA256PasswordHasher):
    """Django's `bcrypt_sha256$…`, accepted."""


class Bcrypt(Queued, django_hashers.BCryptPasswordHasher):
    """Plain `bcrypt$$2b$…`, as most other systems have it, accepted."""


def normalise(password: str) -> str:
    """Return the password as every keyboard would have typed it."""
    return unicodedata.normalize("NFKC", password)
