"""A lock on a key among all processes, which ends with its holder's connection, however that dies."""

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager

import structlog
from django.db import DatabaseError, connection

logger = structlog.get_logger(__name__)


@contextmanager
def held(key: str) -> Iterator[bool]:
    """Try to take the lock, and say whether it is ours until the block ends.

    Without PostgreSQL it is everybody's: making an answer twice beats making none.
    """
    number = int.from_bytes(
        hashlib.blake2b(key.encode(), digest_size=8).digest(), "big", signed=True
    )
    try:
        is_ours = _ask("select pg_try_advisory_lock(%s)", number)
    except DatabaseError as error:
        logger.warning("no lock could be had", error=type(error).__name__)
        yield True
        return
    try:
        yield is_ours
    finally:
        if is_ours:
            _unlock(number)


def _unlock(number: int) -> None:
    try:
        _ask("select pg_advisory_unlock(%s)", number)
    except DatabaseError as error:
        logger.warning("a lock could not be given back", error=type(error).__name__)
        connection.close()  # with which the lock ends


def _ask(statement: str, number: int) -> bool:
    with connection.cursor() as cursor:
        cursor.execute(statement, [number])
        (answer,) = cursor.fetchone()
    return bool(answer)
