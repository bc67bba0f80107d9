"""Counting in this process alone, while Valkey is away: each process lets in its share."""

import threading
import time
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import replace

from quotas.limiter import Caller
from quotas.limits import Counts, Decision, Rule

MOST = 10_000  # callers that are remembered; who was silent longest is forgotten first


class Shares:
    """What this process let in by itself.

    It is remembered until the windows end: two outages within an hour let in no more than one.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._counts: OrderedDict[Caller, Counts] = OrderedDict()

    def take(self, caller: Caller, rules: Sequence[Rule], *, cost: int) -> Decision:
        with self._lock:
            counts = self._counts.setdefault(caller, Counts())
            self._counts.move_to_end(caller)
            if len(self._counts) > MOST:
                self._counts.popitem(last=False)
            decision = counts.take(rules, cost=cost, at_ms=time.time_ns() // 1_000_000)
        return replace(decision, is_degraded=True)


shares = Shares()
