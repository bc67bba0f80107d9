"""Searches at a constant rate, alone and beside a flood of sign-ins."""

import multiprocessing
import random
import time
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from itertools import islice

from discovery.models import Dataset
from tests.factories import ApiKeyFactory
from tests.performance.accounts.load import LOST, Timed, search_at_rate, sign_in_constantly
from tests.performance.accounts.people import people, person
from tests.performance.accounts.report import Row
from tests.performance.accounts.servers import Site
from tests.performance.search import Times

RATES = (50, 40, 30, 20, 10)  # searches a second; the first one that the machine can bear is used
BEARABLE_MS = 200
SECONDS, TRIAL_SECONDS = 20, 8
CLIENTS = 200
MARGIN = 2.0  # seconds of flood before the first search, and after the last
# A million for each flood; those below are used by other parts.
ADDRESSES = [range(part << 20, (part + 1) << 20) for part in (1, 2)]
PROMISED_RATIO = 2.0
# Whether clients who were turned away wait for as long as they were told.
MANNERS = {"who come back when they may": True, "who come back at once": False}


class Loads:
    """The two processes that make load."""

    def __init__(self, site: Site, pool: ProcessPoolExecutor) -> None:
        self._ports = site.ports
        self._pool = pool
        self._key = ApiKeyFactory(user=person()).text
        self._questions = questions()
        self._emails = [f"flooded{number}@example.org" for number in range(CLIENTS)]
        people(self._emails)
        self._addresses = iter(ADDRESSES)

    def searches(self, rate: int, seconds: int) -> list[Timed]:
        asked = list(islice(self._questions, rate * seconds))
        return self._pool.submit(search_at_rate, self._ports, self._key, asked, rate).result()

    def searches_beside_sign_ins(self, rate: int, *, obey: bool) -> tuple[list[Timed], list[Timed]]:
        seconds = SECONDS + 2 * MARGIN
        flood = self._pool.submit(
            sign_in_constantly,
            self._ports,
            self._emails,
            next(self._addresses),
            seconds,
            obeys=obey,
        )
        time.sleep(MARGIN)
        return self.searches(rate, SECONDS), flood.result()


def measure(site: Site) -> list[Row]:
    # Forked processes would share our connections to PostgreSQL.
    with ProcessPoolExecutor(2, mp_context=multiprocessing.get_context("spawn")) as pool:
        loads = Loads(site, pool)
        loads.searches(RATES[-1], TRIAL_SECONDS)
        rate = _bearable(loads)
        before = loads.searches(rate, SECONDS)
        rows = [Row(f"{rate} searches a second, alone, {SECONDS} s", _percentiles(before))]
        for manner, obey in MANNERS.items():
            during, sign_ins = loads.searches_beside_sign_ins(rate, obey=obey)
            rows += _rows(manner, before, during, sign_ins)
    return rows


def questions() -> Iterator[str]:
    """Yield runs of words from the catalogue, no two the same, in an order that never changes."""
    records = Dataset.objects.order_by("accession").values_list("title", "summary")
    found = {
        " ".join(words[start : start + length])
        for title, summary in records
        for words in [f"{title} {summary}".split()]
        for length in (5, 8)
        for start in range(0, len(words) - length, 2)
    }
    return iter(random.Random(1).sample(sorted(found), len(found)))  # noqa: S311 (no secret)


def _bearable(loads: Loads) -> int:
    """Return the highest rate at which the machine has some room left."""
    for rate in RATES[:-1]:
        if _p95(loads.searches(rate, TRIAL_SECONDS)) < BEARABLE_MS:
            return rate
    return RATES[-1]


def _rows(
    manner: str, before: Sequence[Timed], during: Sequence[Timed], sign_ins: Sequence[Timed]
) -> list[Row]:
    ratio = _p95(during) / _p95(before)
    failed = sum(one.status != 200 for one in (*before, *during))
    return [
        Row(
            f"the same beside {CLIENTS} clients with wrong passwords {manner}",
            f"{_percentiles(during)}; p95 is {ratio:.1f} × that alone",
            f"p95 ≤ {PROMISED_RATIO:.0f} × that alone, all 200",
            ratio <= PROMISED_RATIO and not failed,
        ),
        Row("what those clients were answered", _by_status(sign_ins)),
    ]


def _by_status(calls: Sequence[Timed]) -> str:
    """Return how many of each status there were a second, and how long they took."""
    seconds = max(one.at for one in calls) - min(one.at for one in calls)
    times: dict[int, list[float]] = defaultdict(list)
    for one in calls:
        times[one.status].append(one.milliseconds)
    return "; ".join(
        f"{len(those):,} × {'no answer' if status == LOST else status}"
        f" ({len(those) / seconds:.0f}/s, {_shares(those)})"
        for status, those in sorted(times.items())
    )


def _percentiles(calls: Sequence[Timed]) -> str:
    counts = Counter(one.status for one in calls)
    answers = ", ".join(f"{count:,} × {status}" for status, count in sorted(counts.items()))
    return f"{_shares([one.milliseconds for one in calls])} ({answers})"


def _shares(milliseconds: Sequence[float]) -> str:
    times = Times("", [*milliseconds, milliseconds[0]])  # of one value there are no quantiles
    return ", ".join(f"p{share} {times.percentile(share):.0f} ms" for share in (50, 95, 99))


def _p95(calls: Sequence[Timed]) -> float:
    return Times("", [one.milliseconds for one in calls]).percentile(95)
