"""A day of questions, some asked often and most rarely: hit rate, times by level, memory."""

import time
from collections.abc import Sequence

import psutil
from django.db import connection

from caching import process
from caching.keys import Key
from caching.models import Holding
from caching.services import Rendered, remember
from omicsoracle.embedded.processes import Server
from tests.factories import ApiKeyFactory
from tests.performance.accounts.people import person
from tests.performance.accounts.report import Row
from tests.performance.accounts.servers import Site
from tests.performance.caching.asking import milliseconds, one_by_one, percentile, times
from tests.performance.caching.questions import by_zipf, questions
from tests.performance.caching.sizes import Sizes, chosen

CLIENTS = 4
SMALL = 3_000_000  # bytes of the first level, so that it is soon full
LOOKS = 500


def measure(site: Site, *, short: bool) -> list[Row]:
    sizes = chosen(short=short)
    with site.web_servers(**sizes.environment):
        rows = _replayed(site, sizes)
    return [*rows, *_in_process(), *_bounded(site, sizes)]


def _replayed(site: Site, sizes: Sizes) -> list[Row]:
    key = ApiKeyFactory(user=person()).text
    asked = by_zipf(questions(sizes.questions, seed=1), times=sizes.requests, seed=2)
    started = time.monotonic()
    answers = one_by_one(site.ports, key, asked, clients=CLIENTS)
    seconds = time.monotonic() - started
    hits = [one for one in answers if one.is_cached]
    wrong = sum(one.status != 200 for one in answers)
    share = len(hits) / len(answers)
    return [
        Row(
            f"{len(asked):,} searches, {len(set(asked))} different ones, Zipf",
            f"{share:.1%} hits, {wrong} not answered 200, {len(asked) / seconds:.0f} a second",
            "≥ 95 %",
            share >= 0.95 and not wrong,
        ),
        Row(
            f"hits over HTTP, {CLIENTS} clients one after the other",
            milliseconds(hits),
            "p95 ≤ 10 ms",
            percentile([one.milliseconds for one in hits], 95) <= 10,
        ),
        Row(
            "the others: searched, or waited for one who does",
            milliseconds([one for one in answers if not one.is_cached]),
        ),
    ]


def _in_process() -> list[Row]:
    """Time a look for one answer of 20 kB that only some levels hold."""
    process.forget()
    cache = process.here()
    key = Key("api:response", "measured")
    body = b'{"results":"%s"}' % (b"x" * 20_000)
    remember(key, lambda: Rendered(body, ["dataset:GSE1"] * 20))
    first, second = cache.levels.levels[:2]
    taken: dict[str, list[float]] = {"l1": [], "l2": [], "l3": []}
    for name, without in (("l1", []), ("l2", [first]), ("l3", [first, second])):
        for _ in range(LOOKS):
            for level in without:
                level.forget([str(key)])
            started = time.perf_counter()
            found = cache.levels.find(key, at=time.time())
            took = (time.perf_counter() - started) * 1000
            if found is None or found.level != name:
                raise RuntimeError(f"{name} did not have it: {found and found.level}")
            taken[name].append(took)
    process.forget()
    return [
        Row(
            f"`levels.find` in process, {name.upper()} ({LOOKS} times, 20 kB)",
            times(one),
            "p95 ≤ 1 ms" if name == "l1" else "",
            percentile(one, 95) <= 1 if name == "l1" else None,
        )
        for name, one in taken.items()
    ]


def _bounded(site: Site, sizes: Sizes) -> list[Row]:
    """Ask for far more than the first level may hold."""
    key = ApiKeyFactory(user=person()).text
    many = questions(sizes.different, seed=3)
    Holding.objects.all().delete()
    with site.web_servers(**sizes.environment, CACHE_L1_BYTES=str(SMALL)) as servers:
        for port in site.ports:
            one_by_one([port], key, many[:50], clients=CLIENTS)
        before = _memory(servers)
        for port in site.ports:
            one_by_one([port], key, many, clients=CLIENTS)
        time.sleep(2.5)
        connection.close()
        held = sorted(Holding.objects.filter(entries__gt=0).values_list("bytes", flat=True))
        after = _memory(servers)
    bytes_asked = _kept_bytes()
    growth = max(late - early for early, late in zip(before, after, strict=True))
    return [
        Row(
            f"bytes that each server's L1 holds after {len(many)} different answers"
            f" ({bytes_asked / 1e6:.1f} MB in L3)",
            ", ".join(f"{one / 1e6:.2f} MB" for one in held),
            f"≤ {SMALL / 1e6:.0f} MB",
            len(held) >= 2 and max(held) <= SMALL,
        ),
        Row(
            "resident memory of a server meanwhile",
            "; ".join(
                f"{early / 1e6:.0f} → {late / 1e6:.0f} MB"
                for early, late in zip(before, after, strict=True)
            ),
            "grows ≤ 10 × the bound",
            growth <= 10 * SMALL,
        ),
    ]


def _kept_bytes() -> int:
    with connection.cursor() as cursor:
        cursor.execute("select coalesce(sum(bytes), 0) from search_cache")
        (total,) = cursor.fetchone()
    return int(total)


def _memory(servers: Sequence[Server]) -> list[int]:
    """Return the resident bytes of each server with its worker processes."""
    return [
        sum(
            one.memory_info().rss
            for root in [psutil.Process(server.process.pid)]
            for one in (root, *root.children(recursive=True))
        )
        for server in servers
    ]
