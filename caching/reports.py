"""What processes report now and then, in bulk: no request waits for it."""

import threading
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from uuid import UUID

import orjson
from django.db import connection, transaction

from caching import keys
from caching.keys import Key
from caching.stored import hash_of
from common.trimmed import trimmed

MOST_NOTES = 20_000  # in one process, until they are written; what is more is not noted

# Rows in one order, so that two processes never wait for each other.
WRITE_STATISTICS = """
insert into cache_statistics as old (hour, level, namespace, event, amount)
select date_trunc('hour', now()), * from unnest(%s::text[], %s::text[], %s::text[], %s::bigint[])
    as one(level, namespace, event, amount) order by 1, 2, 3, 4
on conflict (hour, level, namespace, event) do update set amount = old.amount + excluded.amount
"""
WRITE_USES = """
insert into cache_uses as old (user_id, query_hash, key, namespace, used_at)
select one.user_id, one.query_hash, one.key, one.namespace, now()
from unnest(%s::uuid[], %s::text[], %s::text[], %s::text[])
        as one(user_id, query_hash, key, namespace)
    join users on users.id = one.user_id
order by 1, 2
on conflict (user_id, query_hash) do update set used_at = now()
"""
WRITE_DEMAND = """
insert into cache_demand as old (day, digest, parameters, asked)
select current_date, * from unnest(%s::text[], %s::jsonb[], %s::bigint[])
    as one(digest, parameters, asked) order by 1, 2
on conflict (day, digest) do update set asked = old.asked + excluded.asked
"""
HOLD = """
insert into cache_holdings (process, entries, bytes, seen_at) values (%s, %s, %s, now())
on conflict (process) do update set entries = excluded.entries, bytes = excluded.bytes,
    seen_at = now()
"""


@dataclass(frozen=True, slots=True)
class Noted:
    """Who was given what, and what was asked how often."""

    uses: Mapping[tuple[str, str], str] = field(default_factory=dict)  # (viewer, hash) → namespace
    demand: Mapping[bytes, int] = field(default_factory=dict)  # parameters as JSON → times


class Notes:
    """What is to be written of requests, until it is."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._uses: dict[tuple[str, str], str] = {}
        self._demand: Counter[bytes] = Counter()

    def used(self, viewer: str, key: Key) -> None:
        with self._lock:
            if len(self._uses) < MOST_NOTES:
                self._uses[viewer, str(key)] = key.namespace

    def asked(self, written: bytes) -> None:
        """Note what was asked, as `written` writes it."""
        with self._lock:
            if written in self._demand or len(self._demand) < MOST_NOTES:
                self._demand[written] += 1

    def take(self) -> Noted:
        """Return the notes and begin anew."""
        with self._lock:
            taken = Noted(self._uses, self._demand)
            self._uses, self._demand = {}, Counter()
        return taken


def written(parameters: Mapping[str, object]) -> bytes:
    """Return what was asked in one form, whatever the order."""
    return trimmed(orjson.dumps(parameters, option=orjson.OPT_SORT_KEYS))


def write(counts: Mapping[tuple[str, str, str], int], noted: Noted) -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        if counts:
            levels, namespaces, events = zip(*counts, strict=True)
            values = [list(levels), list(namespaces), list(events), list(counts.values())]
            cursor.execute(WRITE_STATISTICS, values)
        if noted.uses:
            viewers, used = zip(*noted.uses, strict=True)
            hashes = [hash_of(key) for key in used]
            values = [list(viewers), hashes, list(used), list(noted.uses.values())]
            cursor.execute(WRITE_USES, values)
        if noted.demand:
            written = [one.decode() for one in noted.demand]
            digests = [keys.digest_of(orjson.loads(one)) for one in written]
            cursor.execute(WRITE_DEMAND, [digests, written, list(noted.demand.values())])


def hold(process: UUID, entries: int, held: int) -> None:
    with connection.cursor() as cursor:
        cursor.execute(HOLD, [process, entries, held])
