"""Entries that are not what they should be, in the second and the third level at once."""

import pickle
from collections.abc import Callable

from django.db import connection
from django_redis import get_redis_connection

from caching import entries
from caching.levels import PREFIX


def cut() -> None:
    _change_all(lambda raw: raw[: len(raw) // 2])
    _run("update search_cache set envelope = left(envelope, 20)")


def of_another_type() -> None:
    valkey = get_redis_connection("default")
    for name in valkey.keys(PREFIX + "*"):
        valkey.delete(name)
        valkey.rpush(name, "no", "answer")
    _run("update search_cache set results = '[1, 2]'")


def of_an_older_version() -> None:
    """As an older release would have written it, with a checksum that is right."""
    valkey = get_redis_connection("default")
    newest, entries.VERSION = entries.VERSION, 0
    try:
        for name in valkey.keys(PREFIX + "*"):
            key = name.decode().removeprefix(PREFIX)
            valkey.set(name, entries.encode(key, _made_up()))
    finally:
        entries.VERSION = newest
    _run("update search_cache set envelope = overlay(envelope placing '0' from 27)")


def of_another_key() -> None:
    """Every answer under the key of another one."""
    valkey = get_redis_connection("default")
    names = sorted(valkey.keys(PREFIX + "*"))
    raws = valkey.mget(names)
    for name, raw in zip(names, [*raws[1:], raws[0]], strict=True):
        valkey.set(name, raw)
    _run(
        "update search_cache c set envelope = o.envelope, results = o.results from ("
        " select id, lead(envelope, 1, first_value(envelope) over (order by id))"
        "  over (order by id) as envelope,"
        " lead(results::text, 1, first_value(results::text) over (order by id))"
        "  over (order by id)::json as results from search_cache) o where o.id = c.id"
    )


def a_pickle() -> None:
    _change_all(lambda _: pickle.dumps({"results": ["not ours"]}))
    _run("update search_cache set envelope = 'gASVDwAAAAAAAACMCG5vdCBvdXJzlC4='")


KINDS: dict[str, Callable[[], None]] = {
    "entries cut": cut,
    "entries of another type": of_another_type,
    "entries of an older version": of_an_older_version,
    "entries of another key": of_another_key,
    "pickles": a_pickle,
}


def _change_all(change: Callable[[bytes], bytes]) -> None:
    valkey = get_redis_connection("default")
    for name in valkey.keys(PREFIX + "*"):
        valkey.set(name, change(valkey.get(name) or b""))


def _made_up() -> entries.Entry:
    return entries.Entry(b'{"results":["not ours"]}', 0.0, 4e9, 4e9, 1 << 60)


def _run(statement: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement)
