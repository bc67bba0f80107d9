"""Waiting for a lock without making everybody wait.

Who waits for a table's strongest lock stands in front of all who come later, readers too. So one
waits briefly, lets them pass, and tries again.
"""

import random
import time
from collections.abc import Callable
from typing import TypeVar

import structlog
from django.db import OperationalError, connection, transaction
from psycopg.errors import LockNotAvailable

LOCK_TIMEOUT = "500ms"
ATTEMPTS = 20
PAUSE, LONGEST_PAUSE = 0.5, 10.0  # seconds

Result = TypeVar("Result")

logger = structlog.get_logger(__name__)


def patiently(act: Callable[[], Result], *, pause: Callable[[float], None] = time.sleep) -> Result:
    """Do something in a transaction that needs strong locks; try again if it does not get them.

    :raises OperationalError: if it did not get them in `ATTEMPTS` attempts
    """

    def attempt() -> Result:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("select set_config('lock_timeout', %s, true)", [LOCK_TIMEOUT])
            return act()

    return again_while_locked(attempt, pause=pause)


def again_while_locked(
    attempt: Callable[[], Result], *, pause: Callable[[float], None] = time.sleep
) -> Result:
    """Try again what did not get a lock. It must have undone what it did.

    :raises OperationalError: if it did not get one in `ATTEMPTS` attempts
    """
    for number in range(1, ATTEMPTS):
        try:
            return attempt()
        except OperationalError as error:
            if not isinstance(error.__cause__, LockNotAvailable):
                raise
            logger.warning("a lock was not to be had: once more", attempt=number)
        longest = min(LONGEST_PAUSE, PAUSE * 2 ** (number - 1))
        pause(random.uniform(longest / 2, longest))  # noqa: S311 (no secret)
    return attempt()
