"""Valkey hurt in every way, under 50 cheap requests a second."""

import contextlib
import signal
import statistics
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass

from tests.performance.accounts.report import Row
from tests.performance.quotas.exactness import mix
from tests.performance.quotas.load import HEAD_START, LOST, Timed, at_rate
from tests.performance.quotas.own_valkey import Way
from tests.performance.quotas.servers import Site, limited
from tests.performance.requests.summary import percentile

RATE = 50
BEFORE, AFTER = 3.0, 5.0
SECONDS, SHORT_SECONDS = 20.0, 5.0
FIRST = 1.0  # seconds of a fault in which its first calls fall
MOST_FIRST_MS, MOST_RECOVERY, SLACK_MS = 60.0, 2.0, 60.0
READS = {200, 429}


@dataclass(frozen=True, slots=True)
class Trial:
    """The calls around one fault, and its two ends."""

    calls: Sequence[Timed]
    began: float
    ended: float

    def between(self, begin: float, end: float) -> list[Timed]:
        return [one for one in self.calls if begin <= one.began < end]

    @property
    def recovery(self) -> float:
        """Return the seconds from the fault's end until a whole second shows nothing of it."""
        over = self.ended
        for one in sorted(self.calls, key=lambda call: call.ended):
            is_shown = one.is_degraded or one.status not in READS
            if is_shown and over <= one.ended < over + 1:
                over = one.ended
        return over - self.ended


def measure(site: Site, *, short: bool) -> list[Row]:
    seconds = SHORT_SECONDS if short else SECONDS
    return [_row(name, _try(site, fault, seconds), seconds) for name, fault in FAULTS.items()]


def _limit(seconds: float) -> int:
    """Return a limit that is reached in the middle of a trial."""
    return round((BEFORE + seconds) / 2) * RATE


def _try(
    site: Site, fault: Callable[[Site], AbstractContextManager[None]], seconds: float
) -> Trial:
    request = site.reading(limited(hour=_limit(seconds), day=None))
    whole = BEFORE + seconds + AFTER
    started = time.perf_counter()
    load = site.pool.submit(at_rate, site.ports, [request], RATE, whole)
    time.sleep(HEAD_START + BEFORE)
    began = time.perf_counter()
    with fault(site):
        time.sleep(max(0.0, started + HEAD_START + BEFORE + seconds - time.perf_counter()))
    ended = time.perf_counter()
    return Trial(load.result(), began, ended)


def _row(name: str, trial: Trial, seconds: float) -> Row:
    limit = _limit(seconds)
    statuses = Counter(one.status for one in trial.calls)
    calm = _milliseconds(trial.between(0, trial.began))
    first = _milliseconds(trial.between(trial.began, trial.began + FIRST))
    extra = max(first) - statistics.median(calm)
    rest = sorted(_milliseconds(trial.between(trial.began + FIRST, trial.ended)))
    degraded = sum(one.is_degraded for one in trial.calls)
    p99 = percentile(rest, 99)
    return Row(
        f"{name}, {seconds:.0f} s",
        f"{mix(statuses)}, of them {degraded:,} counted by a process alone; {statuses[200]:,} let in"
        f" at a limit of {limit:,}; slowest of the first second + {extra:.0f} ms, p99 of the rest"
        f" {p99:.0f} ms (before: {percentile(sorted(calm), 99):.0f} ms);"
        f" over {trial.recovery:.1f} s after its end",
        f"200 and 429 only, ≤ {2 * limit:,} let in, first + ≤ {MOST_FIRST_MS:.0f} ms,"
        f" over within {MOST_RECOVERY:.0f} s",
        set(statuses) <= READS
        and LOST not in statuses
        and statuses[200] <= 2 * limit
        and extra <= MOST_FIRST_MS
        and trial.recovery <= MOST_RECOVERY,
    )


def _milliseconds(calls: Sequence[Timed]) -> list[float]:
    return [one.milliseconds for one in calls]


@contextlib.contextmanager
def down(site: Site) -> Iterator[None]:
    site.valkey.stop()
    yield
    site.valkey.start(is_kept=True)


@contextlib.contextmanager
def frozen(site: Site) -> Iterator[None]:
    site.valkey.signal(signal.SIGSTOP)
    yield
    site.valkey.signal(signal.SIGCONT)


@contextlib.contextmanager
def killed(site: Site) -> Iterator[None]:
    """Kill it with its file, and start it again at once."""
    site.valkey.kill()
    site.valkey.start(is_kept=True)
    yield


@contextlib.contextmanager
def killed_and_empty(site: Site) -> Iterator[None]:
    """Kill it and start it again with nothing; its file is only written from the end on."""
    site.valkey.kill()
    site.valkey.start(is_kept=False)
    yield
    with site.valkey.client() as client:
        client.config_set("appendonly", "yes")


@contextlib.contextmanager
def full(site: Site) -> Iterator[None]:
    with site.valkey.client() as client:
        client.config_set("maxmemory", "1")
        yield
        client.config_set("maxmemory", "0")


@contextlib.contextmanager
def read_only(site: Site) -> Iterator[None]:
    with site.valkey.client() as client:
        client.replicaof("127.0.0.1", "1")
        yield
        client.replicaof("NO", "ONE")


def replies(way: Way) -> Callable[[Site], AbstractContextManager[None]]:
    @contextlib.contextmanager
    def fault(site: Site) -> Iterator[None]:
        site.proxy.send_replies(way)
        yield
        site.proxy.send_replies(Way.AT_ONCE)

    return fault


def once(*command: str) -> Callable[[Site], AbstractContextManager[None]]:
    @contextlib.contextmanager
    def fault(site: Site) -> Iterator[None]:
        with site.valkey.client() as client:
            client.execute_command(*command)
        yield

    return fault


FAULTS: dict[str, Callable[[Site], AbstractContextManager[None]]] = {
    "Valkey stopped": down,
    "frozen (SIGSTOP)": frozen,
    "killed, and back with its append-only file": killed,
    "killed, and back empty": killed_and_empty,
    "full": full,
    "read-only": read_only,
    "every reply 200 ms late": replies(Way.LATE),
    "every reply cut in the middle": replies(Way.CUT),
    "its connections closed (CLIENT KILL)": once("CLIENT", "KILL", "TYPE", "normal"),
    "its scripts forgotten (SCRIPT FLUSH)": once("SCRIPT", "FLUSH", "SYNC"),
    "emptied (FLUSHALL)": once("FLUSHALL"),
}
