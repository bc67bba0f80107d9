"""The third level: PostgreSQL. It outlives every restart, and what it keeps longest is asked for most."""

import hashlib
import time
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

from django.db import DatabaseError, InterfaceError, OperationalError, connection

from caching import entries
from caching.entries import Entry
from caching.keys import Key
from caching.levels import Level, LevelAway, LevelFailed
from common.ids import uuid7

GET = """
update search_cache set accessed_at = now(), access_count = access_count + 1
where query_hash = %s and expires_at > now()
returning envelope, results::text
"""
# Who began earlier may end later: they do not replace what knows of more invalidations.
PUT = """
insert into search_cache as old (id, query_hash, namespace, query_text, results, envelope, tags,
    seen, bytes, created_at, expires_at, accessed_at, access_count)
values (%(id)s, %(hash)s, %(namespace)s, %(text)s, %(results)s::json, %(envelope)s, %(tags)s,
    %(seen)s, %(bytes)s, %(made)s, %(expires)s, now(), 1)
on conflict (query_hash) do update set
    query_text = excluded.query_text, results = excluded.results, envelope = excluded.envelope,
    tags = excluded.tags, seen = excluded.seen, bytes = excluded.bytes,
    created_at = excluded.created_at, expires_at = excluded.expires_at
where old.seen <= excluded.seen
"""


def hash_of(key: str) -> str:
    return hashlib.sha256(key.encode()).hexdigest()


class Stored(Level):
    """Rows of `search_cache`. Their number is bounded by a periodic task."""

    name = "l3"

    def __init__(self, *, ttl: float) -> None:
        self.ttl = ttl

    def get(self, key: str) -> Entry | None:
        row = self._run(GET, [hash_of(key)])
        return entries.decode(key, f"{row[0]}\n{row[1]}".encode()) if row else None

    def put(self, key: Key, entry: Entry, *, text: str = "") -> None:
        envelope, _, body = entries.encode(str(key), entry).partition(b"\n")
        expires = min(entry.hard, time.time() + self.ttl)
        values = {
            "id": uuid7(),
            "hash": hash_of(str(key)),
            "namespace": key.namespace,
            "text": text,
            "results": body.decode(),
            "envelope": envelope.decode(),
            "tags": list(entry.tags),
            "seen": entry.seen,
            "bytes": entry.size,
            "made": datetime.fromtimestamp(entry.made, UTC),
            "expires": datetime.fromtimestamp(expires, UTC),
        }
        self._run(PUT, values)

    def forget(self, keys: Iterable[str]) -> None:
        hashes = [hash_of(key) for key in keys]
        self._run("delete from search_cache where query_hash = any(%s)", [hashes])

    def ping(self) -> None:
        self._run("select 1 from search_cache limit 1", [])

    def _run(self, statement: str, values: Any) -> tuple[str, ...] | None:
        try:
            with connection.cursor() as cursor:
                cursor.execute(statement, values)
                return cursor.fetchone() if cursor.description else None
        except (OperationalError, InterfaceError) as error:
            raise LevelAway(type(error).__name__) from error
        except DatabaseError as error:
            raise LevelFailed(type(error).__name__) from error
