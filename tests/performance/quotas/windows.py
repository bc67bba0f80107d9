"""The limiter itself, with windows short enough to see them turn."""

from bisect import bisect_left
from collections.abc import Sequence

from quotas.limits import Decision
from tests.performance.accounts.report import Row
from tests.performance.quotas.limiting import RULES, THREADS, saturate, wait_as_told
from tests.performance.quotas.servers import Site

PROCESSES = 2
SECONDS, SHORT_SECONDS = 14.0, 7.0


def measure(site: Site, *, short: bool) -> list[Row]:
    socket = str(site.valkey.socket)
    seconds = SHORT_SECONDS if short else SECONDS
    runs = [site.pool.submit(saturate, socket, seconds) for _ in range(PROCESSES)]
    asked = sum(run.result()[0] for run in runs)
    admitted = sorted(at for run in runs for at in run.result()[1])
    return [
        _rolling(asked, admitted, seconds),
        _patient(site.pool.submit(wait_as_told, socket).result()),
    ]


def _rolling(asked: int, admitted: Sequence[int], seconds: float) -> Row:
    worst = [fullest(admitted, rule.window.seconds * 1000) for rule in RULES]
    limits = [rule.limit for rule in RULES]
    return Row(
        f"{asked:,} calls of the limiter in {seconds:.0f} s by {PROCESSES * THREADS} threads of"
        f" {PROCESSES} processes, limits 50 in 2 s and 120 in 6 s",
        f"{len(admitted)} let in; fullest 2 s: {worst[0]}, fullest 6 s: {worst[1]}",
        "fullest windows 50 and 120",
        worst == limits,
    )


def fullest(moments: Sequence[int], length: int) -> int:
    """Return the most moments that any stretch of this length has, its end not included."""
    return max(
        bisect_left(moments, moment + length) - number for number, moment in enumerate(moments)
    )


def _patient(cycles: Sequence[tuple[Decision, Decision, Decision]]) -> Row:
    """An attempt that came late, so that it was no second too early, counts as neither."""
    early = [
        second.is_allowed
        for first, second, _ in cycles
        if second.at_ms - first.at_ms < max(level.wait_ms for level in first.levels)
    ]
    served = sum(third.is_allowed for _, _, third in cycles)
    return Row(
        f"{len(cycles)} callers of the limiter at 3 in 3 s, who sleep as long as `Retry-After` says",
        f"{served} served; one second earlier {sum(early)} of {len(early)}",
        "all; one second earlier none",
        served == len(cycles) and early and not any(early),
    )
