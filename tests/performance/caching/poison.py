"""Entries that are not what they should be, in the second and the third level at once."""

import pickle
from collections.abc import Callable, Mapping

from django.db import connection
from django_redis import get_redis_connection

from caching import entries
from caching.levels import PREFIX
from caching.models import SearchCache
from caching.stored import hash_of


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
    newest, entries.VERSION = entries.VERSION, entries.VERSION - 1
    try:
        raws = {key: entries.encode(key, _made_up()) for key in _keys()}
    finally:
        entries.VERSION = newest
    _put(raws)


def of_another_key() -> None:
    """Every answer under the key of another one."""
    keys = _keys()
    raws = get_redis_connection("default").mget([PREFIX + key for key in keys])
    _put(dict(zip(keys, [*raws[1:], raws[0]], strict=True)))


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


def _keys() -> list[str]:
    names = get_redis_connection("default").keys(PREFIX + "*")
    return sorted(name.decode().removeprefix(PREFIX) for name in names)


def _put(raws: Mapping[str, bytes]) -> None:
    """Put these bytes into both levels."""
    valkey = get_redis_connection("default")
    for key, raw in raws.items():
        valkey.set(PREFIX + key, raw)
        envelope, _, body = raw.decode().partition("\n")
        SearchCache.objects.filter(query_hash=hash_of(key)).update(envelope=envelope, results=body)


def _change_all(change: Callable[[bytes], bytes]) -> None:
    valkey = get_redis_connection("default")
    for name in valkey.keys(PREFIX + "*"):
        valkey.set(name, change(valkey.get(name) or b""))


def _made_up() -> entries.Entry:
    return entries.Entry(b'{"results":["not ours"]}', 0.0, 4e9, 4e9, 1 << 60)


def _run(statement: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement)
