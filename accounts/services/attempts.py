"""Counting attempts at guessing: exact however many come at once, over any number of servers.

One row a subject holds the moments of its latest attempts, no more of them than its limit. An
attempt is counted by one statement, which locks the row, before the guess is looked at. All in
PostgreSQL: it has no other counters to fall back to, and loses none when a server is restarted.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import connection, transaction
from django.utils.crypto import salted_hmac

from accounts.models import Attempts

WINDOW = timedelta(minutes=15)

COUNT = """
    insert into login_attempts as known (subject, moments, last_at)
    values (%(subject)s, array[%(at)s::timestamptz], %(at)s)
    on conflict (subject) do update
    set moments = array(
            select moment from unnest(known.moments) moment
            where moment > %(since)s order by moment
        ) || excluded.moments,
        last_at = greatest(known.last_at, excluded.last_at)
    where (
        select count(*) from unnest(known.moments) moment where moment > %(since)s
    ) < %(limit)s
"""
TAKE_BACK = """
    update login_attempts
    set moments = moments[:array_position(moments, %(at)s::timestamptz) - 1]
        || moments[array_position(moments, %(at)s::timestamptz) + 1:]
    where subject = %(subject)s and array_position(moments, %(at)s::timestamptz) is not null
"""


@dataclass(frozen=True, slots=True)
class Limit:
    """So many attempts on one subject within the window."""

    policy: str  # what a refusal calls it
    subject: str
    most: int
    window: timedelta = WINDOW


class Exhausted(Exception):
    """A limit is reached."""

    def __init__(self, limit: Limit, wait: timedelta) -> None:
        super().__init__(limit.policy)
        self.limit = limit
        self.wait = wait


def subject_of(*parts: str) -> str:
    """Return the name that a thing is counted under; it tells nobody what the thing is."""
    return salted_hmac("accounts.attempts", "\0".join(parts), algorithm="sha256").hexdigest()


def count(limits: Sequence[Limit], *, at: datetime) -> None:
    """Count one attempt against all the limits, or against none.

    :raises Exhausted: if one of them is reached
    """
    with transaction.atomic(), connection.cursor() as cursor:
        for limit in sorted(limits, key=lambda one: one.subject):  # one order: no deadlocks
            since = at - limit.window
            cursor.execute(
                COUNT, {"subject": limit.subject, "at": at, "since": since, "limit": limit.most}
            )
            if cursor.rowcount == 0:
                raise Exhausted(limit, _wait(limit, at=at))


def take_back(limits: Sequence[Limit], *, at: datetime) -> None:
    """Undo `count` with the same arguments: it was no guess."""
    with transaction.atomic(), connection.cursor() as cursor:
        for limit in sorted(limits, key=lambda one: one.subject):
            cursor.execute(TAKE_BACK, {"subject": limit.subject, "at": at})


def _wait(limit: Limit, *, at: datetime) -> timedelta:
    """Return after how long as many have left the window as must for one more to fit."""
    moments = sorted(Attempts.objects.get(subject=limit.subject).moments)
    return moments[-limit.most] + limit.window - at
