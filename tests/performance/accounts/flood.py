"""Searches beside a flood of sign-ins."""

import itertools
import statistics
import threading
import time
from collections import Counter, defaultdict
from collections.abc import Callable
from multiprocessing import get_context
from queue import Empty, SimpleQueue
from typing import Any

from discovery.models import Dataset
from tests.performance.accounts.world import Client, Site, table

RATES = (20, 50)  # searches a second
SECONDS = 15
SEARCHERS = 64  # connections, so that a slow answer does not hold up the next question
FLOOD = 200  # clients that sign in, each again as soon as it may
# What who is turned away does: come again at once, or after as long as they were told.
MANNERS = {"after Retry-After": 1.0, "at once": 0.0}


def measure(site: Site) -> str:
    questions = list(Dataset.objects.order_by("pk").values_list("title", flat=True))
    rows = []
    _search(site, questions, rate=10, seconds=5)  # warms up
    for rate in RATES:
        alone = _search(site, questions, rate=rate, seconds=SECONDS)
        rows.append([rate, "none", *_figures(alone), "", ""])
        for manner, wait in MANNERS.items():
            beside, logins = _beside_flood(site, questions, rate=rate, wait=wait)
            ratio = f"{_percentile(beside, 95) / _percentile(alone, 95):.1f}"
            rows.append([rate, f"{FLOOD} clients, {manner}", *_figures(beside), ratio, logins])
    heading = [
        "searches/s",
        "sign-ins",
        "p50 ms",
        "p95 ms",
        "p99 ms",
        "p95 ratio",
        "sign-ins' answers",
    ]
    return table(f"Searches beside a flood of sign-ins ({SECONDS} s each)", heading, rows)


def _figures(latencies: list[float]) -> list[str]:
    return [f"{_percentile(latencies, share):.0f}" for share in (50, 95, 99)]


def _percentile(latencies: list[float], share: int) -> float:
    return statistics.quantiles(latencies, n=100, method="inclusive")[share - 1] * 1000


def _search(site: Site, questions: list[str], *, rate: int, seconds: float) -> list[float]:
    """Ask so many questions a second, whether or not the earlier ones were answered.

    Returns seconds from the moment at which each was due, in a process of its own.
    """
    found: list[float] = _in_process(_searching, site, questions, rate, seconds)()
    return found


def _beside_flood(
    site: Site, questions: list[str], *, rate: int, wait: float
) -> tuple[list[float], str]:
    flood = _in_process(_flooding, site, SECONDS + 3, wait)
    time.sleep(1.5)
    latencies = _search(site, questions, rate=rate, seconds=SECONDS)
    return latencies, flood()


def _in_process(work: Callable[..., None], *args: object) -> Callable[[], Any]:
    """Start the work in a process of its own; return what waits for its result."""
    context = get_context("fork")
    results = context.SimpleQueue()
    process = context.Process(target=work, args=(results, *args))
    process.start()

    def result() -> Any:
        found = results.get()
        process.join()
        return found

    return result


def _searching(results: Any, site: Site, questions: list[str], rate: int, seconds: float) -> None:
    due: SimpleQueue[tuple[float, str]] = SimpleQueue()
    start = time.perf_counter() + 0.5
    for number in range(int(rate * seconds)):
        due.put((start + number / rate, f"{questions[number % len(questions)]} {number}"))
    latencies: list[float] = []

    def ask(port: int) -> None:
        client = Client(port)
        while True:
            try:
                at, question = due.get_nowait()
            except Empty:
                return
            time.sleep(max(0.0, at - time.perf_counter()))
            answer = client.call("POST", "agents/search", {"query": question}, X_API_Key=site.key)
            if answer.status != 200:
                raise RuntimeError(f"a search got {answer.status}: {answer.raw[:200]!r}")
            latencies.append(time.perf_counter() - at)

    _all_at_once([(ask, site.ports[one % 2]) for one in range(SEARCHERS)])
    results.put(latencies)


def _flooding(results: Any, site: Site, seconds: float, wait: float) -> None:
    end = time.monotonic() + seconds
    taken: dict[int, list[float]] = defaultdict(list)
    numbers = itertools.count()

    def sign_in(port: int) -> None:
        client = Client(port)
        while time.monotonic() < end:
            number = next(numbers)
            started = time.perf_counter()
            answer = client.call(
                "POST",
                "auth/login",
                {"email": f"flood-{number}@bench.example", "password": "six purple otters"},
                X_Forwarded_For=f"10.{number >> 16 & 255}.{number >> 8 & 255}.{number & 255}",
            )
            taken[answer.status].append(time.perf_counter() - started)
            if answer.status != 401:
                time.sleep(wait)

    _all_at_once([(sign_in, site.ports[one % 2]) for one in range(FLOOD)])
    counts = Counter({status: len(times) for status, times in taken.items()})
    results.put(
        ", ".join(
            f"{number}x {status} (p50 {_percentile(taken[status], 50):.0f} ms)"
            for status, number in counts.most_common()
        )
    )


def _all_at_once(jobs: list[tuple[Callable[[int], None], int]]) -> None:
    threads = [threading.Thread(target=work, args=(port,)) for work, port in jobs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
