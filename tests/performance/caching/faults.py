"""Searches at a constant rate while a level fails: right answers, and what it costs in time.

The servers keep no answers in their own memory, so that every search depends on the level.
"""

import contextlib
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from dataclasses import dataclass
from functools import partial

import redis
from django.db import connection
from django_redis import get_redis_connection

from tests.factories import ApiKeyFactory
from tests.performance.accounts.people import person
from tests.performance.accounts.report import Row
from tests.performance.accounts.servers import Site
from tests.performance.caching import poison
from tests.performance.caching.asking import Asked, at_rate, one_by_one, percentile
from tests.performance.caching.questions import questions
from tests.performance.caching.sizes import Sizes, chosen

RATE = 50.0
QUESTIONS = 20
FIRST = 0.5  # seconds of a fault in which a call counts as one of the first
MOST_FIRST_MS = 60
MOST_LATER_MS = 5  # what counts as nothing, on the median


@dataclass(frozen=True, slots=True)
class Fault:
    """What fails, while the block lasts; or at once, and then for good."""

    name: str
    happens: Callable[[], AbstractContextManager[None]]


def measure(site: Site, *, short: bool) -> list[Row]:
    sizes = chosen(short=short)
    key = ApiKeyFactory(user=person()).text
    asked = questions(QUESTIONS, seed=4)
    rows = []
    with site.web_servers(**sizes.environment, CACHE_L1_BYTES="0"):
        right = {one.question: one.kept for one in one_by_one(site.ports, key, asked, clients=1)}
        for fault in _faults(site):
            one_by_one(site.ports, key, asked * 2, clients=2)  # all levels hold all again
            time.sleep(1.2)
            sys.stderr.write(f" {fault.name} …")
            rows.append(_row(fault, *_under_load(site, key, fault, sizes, asked), right))
    return rows


def _faults(site: Site) -> list[Fault]:
    return [
        Fault("L2 down", site.cache_gone),
        Fault("L2 stalled", site.cache_frozen),
        Fault("L2 restarted, empty", lambda: _at_once(_restarted(site))),
        Fault("L2 out of memory", _out_of_memory),
        Fault("L2 read-only", _read_only),
        Fault("L3 failing, L2 empty", _without_table),
        *(
            Fault(f"L2 and L3: {name}", partial(_at_once, spoil))
            for name, spoil in poison.KINDS.items()
        ),
    ]


@contextlib.contextmanager
def _at_once(act: Callable[[], None]) -> Iterator[None]:
    act()
    yield


def _restarted(site: Site) -> Callable[[], None]:
    def restart() -> None:
        with site.cache_gone():
            pass

    return restart


@contextlib.contextmanager
def _out_of_memory() -> Iterator[None]:
    """Fill nothing, but refuse every write; and be empty, so that there are some."""
    valkey = get_redis_connection("default")
    before = valkey.config_get("maxmemory*")
    valkey.flushdb()
    valkey.config_set("maxmemory-policy", "noeviction")
    valkey.config_set("maxmemory", "1")
    try:
        yield
    finally:
        for name in ("maxmemory", "maxmemory-policy"):
            valkey.config_set(name, before[name])


@contextlib.contextmanager
def _read_only() -> Iterator[None]:
    """Make it follow a server that is not there."""
    valkey = get_redis_connection("default")
    valkey.config_set("replica-serve-stale-data", "yes")
    valkey.execute_command("REPLICAOF", "127.0.0.1", "1")
    try:
        yield
    finally:
        valkey.execute_command("REPLICAOF", "NO", "ONE")


@contextlib.contextmanager
def _without_table() -> Iterator[None]:
    _alter("alter table search_cache rename to search_cache_away")
    get_redis_connection("default").flushdb()
    try:
        yield
    finally:
        _alter("alter table search_cache_away rename to search_cache")


def _alter(statement: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute("set lock_timeout = '2s'")
        cursor.execute(statement)


@dataclass(frozen=True, slots=True)
class Moments:
    """When the fault began, had begun, and was over, and when L2 was first asked after it."""

    begins: float
    began: float
    ended: float
    asked_again: float


def _under_load(
    site: Site, key: str, fault: Fault, sizes: Sizes, asked: list[str]
) -> tuple[list[Asked], Moments]:
    seconds = sizes.before + sizes.during + sizes.after
    load = (asked * (int(seconds * RATE) // len(asked) + 1))[: int(seconds * RATE)]
    with ThreadPoolExecutor(1) as pool:
        answers = pool.submit(at_rate, site.ports, key, load, RATE)
        time.sleep(sizes.before)
        begins = time.perf_counter()
        with fault.happens():
            began = time.perf_counter()
            time.sleep(sizes.during)
        ended = time.perf_counter()
        asked_again = _asked_again()
        return answers.result(), Moments(begins, began, ended, asked_again)


def _asked_again() -> float:
    """Wait until L2 is asked for an answer again."""
    deadline = time.perf_counter() + 5
    before = _gets()
    while time.perf_counter() < deadline:
        if (now := _gets()) is not None and before is not None and now > before:
            return time.perf_counter()
        before = now if before is None else before
        time.sleep(0.01)
    return float("inf")


def _gets() -> int | None:
    try:
        told: Mapping[str, Mapping[str, int]] = get_redis_connection("default").info("commandstats")
    except redis.RedisError:
        return None
    return int(told.get("cmdstat_get", {}).get("calls", 0))


def _row(fault: Fault, answers: list[Asked], at: Moments, right: dict[str, bytes]) -> Row:
    before = [one.milliseconds for one in answers if one.at < at.begins - 0.2]
    first = [one.milliseconds for one in answers if at.begins - 0.1 <= one.at < at.began + FIRST]
    later = [one.milliseconds for one in answers if at.began + FIRST <= one.at < at.ended]
    later = later or [one.milliseconds for one in answers if one.at >= at.began + FIRST]
    usual = percentile(before, 50)
    failed = sum(one.status != 200 for one in answers)
    wrong = sum(one.status == 200 and one.kept != right[one.question] for one in answers)
    extra_first, extra_later = max(first) - percentile(before, 95), percentile(later, 50) - usual
    return Row(
        fault.name,
        f"{len(answers)} answers, {failed} not 200, {wrong} wrong; p50 before {usual:.1f} ms;"
        f" slowest of the first calls {extra_first:+.0f} ms over the p95 before"
        f" ({percentile(before, 95):.0f} ms), later calls {extra_later:+.1f} ms on the median"
        f" (p95 {percentile(later, 95):.0f} ms); L2 asked again after"
        f" {(at.asked_again - at.ended) * 1000:.0f} ms",
        f"all right; first call ≤ {MOST_FIRST_MS} ms more; later ≤ {MOST_LATER_MS} ms",
        not failed and not wrong and extra_first <= MOST_FIRST_MS and extra_later <= MOST_LATER_MS,
    )
