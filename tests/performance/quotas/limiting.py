"""The limiter asked from processes of their own, with windows short enough to see them turn."""

import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial

from django.conf import settings

from quotas import limiter, valkey
from quotas.limiter import Caller
from quotas.limits import Decision, Rule, Window

TWO, SIX = Window("two", "w2", 2, 20), Window("six", "w6", 6, 24)
RULES = (Rule(TWO, 50), Rule(SIX, 120))
THREE = Rule(Window("three", "w3", 3, 10), 3)
THREADS, CYCLES = 8, 50


def saturate(socket: str, seconds: float) -> tuple[int, list[int]]:
    """Ask as often as possible; return how often, and when one was let in (by Valkey's clock)."""
    _use(socket)
    until = time.monotonic() + seconds
    with ThreadPoolExecutor(THREADS) as pool:
        runs = list(pool.map(_saturate, [until] * THREADS))
    return sum(asked for asked, _ in runs), [at for _, admitted in runs for at in admitted]


def _saturate(until: float) -> tuple[int, list[int]]:
    asked, admitted = 0, []
    while time.monotonic() < until:
        asked += 1
        decision = _take(Caller("saturated"), RULES)
        if decision.is_allowed:
            admitted.append(decision.at_ms)
    return asked, admitted


def wait_as_told(socket: str) -> list[tuple[Decision, Decision, Decision]]:
    """Be refused, come back a second too early, and come back when one may; many at a time."""
    _use(socket)
    with ThreadPoolExecutor(CYCLES) as pool:
        return list(pool.map(_wait_as_told, range(CYCLES)))


def _wait_as_told(number: int) -> tuple[Decision, Decision, Decision]:
    take = partial(_take, Caller(f"patient{number}"), [THREE])
    time.sleep(number * 0.037)
    while (refused := take()).is_allowed:
        time.sleep(0.1)
    told_at = time.monotonic()
    time.sleep(refused.retry_after - 1)
    early = take()
    time.sleep(max(0.0, told_at + refused.retry_after - time.monotonic()))
    return refused, early, take()


def _take(caller: Caller, rules: Sequence[Rule]) -> Decision:
    return limiter.take(caller, rules, version=limiter.ANY_VERSION)


def _use(socket: str) -> None:
    """Ask Valkey itself, and patiently: a call that is given up may have been counted."""
    settings.REDIS_URL = f"unix://{socket}?db=0"
    valkey.PATIENCE = 10.0
