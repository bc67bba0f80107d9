"""Writing the audit log, and proving that nobody rewrote it."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from django.db import connection

from accounts.models import Action, AuditEntry, User
from common import client_address, request_id

PAGE = 10_000  # lines that are checked at a time


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a look at the whole chain found.

    `broken_at` is the number of the first line that is not what was written, None if all are.
    `head` is the last line's digest: kept elsewhere, it shows later that no line went from the end.
    """

    lines: int
    head: str
    broken_at: int | None


def record(
    action: Action,
    *,
    at: datetime,
    actor: User | None = None,
    subject: User | None = None,
    thing: object = "",
    before: Mapping[str, object] | None = None,
    after: Mapping[str, object] | None = None,
) -> None:
    """Add a line, with the address and the id of the request that causes it.

    Do so last in a transaction: until its end nobody else adds one.

    :param actor: who did it; None for a stranger or the service itself
    :param subject: whose account it was done to
    :param thing: what of the account, such as a key's prefix
    """
    AuditEntry.objects.create(
        at=at,
        action=action,
        actor=actor.audit_id if actor else None,
        subject=subject.audit_id if subject else None,
        object=str(thing),
        before=dict(before) if before is not None else None,
        after=dict(after) if after is not None else None,
        address=client_address.current(),
        request_id=request_id.current() or "",
    )


def verify() -> Verdict:
    """Compute every digest anew. The sums are made here, of what PostgreSQL has stored."""
    lines, head = 0, ""
    while page := _page_after(lines):
        for number, previous, digest, text in page:
            is_next = number == lines + 1 and previous == head
            if not is_next or hashlib.sha256(text.encode()).hexdigest() != digest:
                return Verdict(lines, head, broken_at=lines + 1)
            lines, head = number, digest
    return Verdict(lines, head, broken_at=None)


def holds(*, digest: str) -> bool:
    """Say whether a line has this digest: one that was the head once stays in the chain."""
    return AuditEntry.objects.filter(digest=digest).exists()


def _page_after(number: int) -> list[tuple[int, str, str, str]]:
    with connection.cursor() as cursor:
        cursor.execute(
            "select id, previous, digest, audit_text(audit_log) from audit_log"
            " where id > %s order by id limit %s",
            [number, PAGE],
        )
        return [(line[0], line[1], line[2], line[3]) for line in cursor]
