"""Counting in this process alone, while Valkey is away: each process lets in its share.

A share is of what was left when Valkey last answered, so that who has used up a limit gets no more
of it. What is let in meanwhile is a debt: Valkey counts it as soon as it is back.
"""

import threading
import time
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from quotas.limiter import Caller
from quotas.limits import Counts, Decision, Level, Rule

MOST = 10_000  # callers that are remembered; who was silent longest is forgotten first


@dataclass(slots=True)
class Account:
    """What this process let in by itself for one caller, and what Valkey said last."""

    alone: Counts = field(default_factory=Counts)
    known: Decision | None = None
    has_debts: bool = False


class Shares:
    """The callers of late. One lock: nobody waits in it for anything."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._accounts: OrderedDict[Caller, Account] = OrderedDict()

    def take(self, caller: Caller, rules: Sequence[Rule], *, cost: int, processes: int) -> Decision:
        """Count a request in this process, if its share has room."""
        at_ms = _now_ms()
        with self._lock:
            account = self._account(caller)
            shares = [_share(rule, account.known, processes, at_ms) for rule in rules]
            decision = account.alone.take(shares, cost=cost, at_ms=at_ms)
            account.has_debts |= cost > 0 and decision.is_allowed
        levels = (_shown(*pair) for pair in zip(decision.levels, rules, strict=True))
        return replace(decision, levels=tuple(levels), is_degraded=True)

    def learn(self, caller: Caller, decision: Decision) -> None:
        """Remember what Valkey said."""
        with self._lock:
            self._account(caller).known = decision

    def has_debts(self, caller: Caller) -> bool:
        account = self._accounts.get(caller)
        return account is not None and account.has_debts

    def debts(self, caller: Caller, rules: Sequence[Rule]) -> Mapping[str, int]:
        """Return what this process let in by itself, and take it off the account."""
        if not self.has_debts(caller):
            return {}
        with self._lock:
            account = self._account(caller)
            looked = account.alone.take(rules, cost=0, at_ms=_now_ms())
            account.alone, account.has_debts = Counts(), False
        return {level.window.key: level.used for level in looked.levels}

    def owe(self, caller: Caller, rules: Sequence[Rule], debts: Mapping[str, int]) -> None:
        """Put debts back on the account that Valkey did not take."""
        if not debts:
            return
        with self._lock:
            account = self._account(caller)
            for rule in rules:
                free = [Rule(rule.window, None)]
                account.alone.take(free, cost=debts.get(rule.window.key, 0), at_ms=_now_ms())
            account.has_debts = True

    def _account(self, caller: Caller) -> Account:
        account = self._accounts.setdefault(caller, Account())
        self._accounts.move_to_end(caller)
        if len(self._accounts) > MOST:
            self._accounts.popitem(last=False)
        return account


def _share(rule: Rule, known: Decision | None, processes: int, at_ms: int) -> Rule:
    if rule.limit is None:
        return rule
    left = rule.limit
    for level in known.levels if known else ():
        is_fresh = known is not None and at_ms - known.at_ms < rule.window.seconds * 1000
        if level.window == rule.window and is_fresh:
            left = max(0, rule.limit - level.used)
    return replace(rule, limit=left // processes)


def _shown(level: Level, rule: Rule) -> Level:
    """Return a level of a share as one of the whole limit: what is left is what the share has left."""
    if rule.limit is None or level.remaining is None:
        return level
    return replace(level, limit=rule.limit, used=rule.limit - level.remaining)


def _now_ms() -> int:
    return time.time_ns() // 1_000_000


shares = Shares()
