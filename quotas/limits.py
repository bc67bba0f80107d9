"""Rolling windows: the arithmetic of limits, in plain Python.

A window of N buckets counts the present bucket and the N before it. So it never holds less than
its own length: no interval of that length sees one request more than the limit, wherever it
begins, and a request waits at most one bucket longer than its due. `limiter.lua` does the same
inside Valkey; a test holds the two together. Times are whole milliseconds since 1970.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Window:
    """A length of time, in buckets of whole milliseconds.

    :raises ValueError: if it cannot be divided so: its buckets together would be shorter than it
    """

    name: str
    key: str  # what its key in Valkey ends with
    seconds: int
    buckets: int

    def __post_init__(self) -> None:
        if self.seconds * 1000 % self.buckets:
            raise ValueError("The buckets of a window are of whole milliseconds.")

    @property
    def bucket_ms(self) -> int:
        return self.seconds * 1000 // self.buckets


HOUR = Window("hour", "h", 3600, 60)
DAY = Window("day", "d", 86_400, 96)
MINUTE = Window("minute", "m", 60, 60)
SECOND = Window("burst", "s", 1, 10)


@dataclass(frozen=True, slots=True)
class Rule:
    """How much one window may hold; None: any number, but it is counted."""

    window: Window
    limit: int | None


@dataclass(frozen=True, slots=True)
class Level:
    """How full a window is.

    `reset_ms` is when the oldest that was used comes back, None if nothing was used; `wait_ms` how
    long to wait until the request that was asked about fits, 0 if it does now.
    """

    window: Window
    limit: int | None
    used: int
    reset_ms: int | None
    wait_ms: int

    @property
    def remaining(self) -> int | None:
        return None if self.limit is None else max(0, self.limit - self.used)


@dataclass(frozen=True, slots=True)
class Decision:
    """Whether a request was let in, and how full its caller's windows are after it."""

    at_ms: int
    levels: tuple[Level, ...]
    is_degraded: bool = False  # counted by one process alone: Valkey is away

    @property
    def is_allowed(self) -> bool:
        return not any(level.wait_ms for level in self.levels)

    @property
    def binding(self) -> Level | None:
        """Return the window that decides: the longest to wait for, else the one with least left."""
        bounded = [level for level in self.levels if level.limit is not None]
        if not self.is_allowed:
            return max(bounded, key=lambda level: level.wait_ms)
        return min(bounded, key=lambda level: level.remaining or 0, default=None)

    @property
    def retry_after(self) -> int:
        """Return the whole seconds after which the same request is served; 0 if it was."""
        return math.ceil(max((level.wait_ms for level in self.levels), default=0) / 1000)

    def of(self, window: Window) -> Level:
        return next(level for level in self.levels if level.window == window)


def headers_of(decision: Decision) -> dict[str, str]:
    """Return what the caller is told of their limits; of unlimited windows, only how much was used."""
    headers = {"X-RateLimit-Policy": "degraded"} if decision.is_degraded else {}
    level = decision.binding
    if level is None:
        return headers | {
            f"X-Usage-{one.window.name.title()}": str(one.used) for one in decision.levels
        }
    reset_ms = decision.at_ms if level.reset_ms is None else level.reset_ms
    left = str(level.remaining)
    headers |= {
        "X-RateLimit-Limit": str(level.limit),
        "X-RateLimit-Remaining": left,
        "X-RateLimit-Reset": str(math.ceil(reset_ms / 1000)),
        "RateLimit-Policy": ", ".join(
            f'"{one.window.name}";q={one.limit};w={one.window.seconds}'
            for one in decision.levels
            if one.limit is not None
        ),
        "RateLimit": f'"{level.window.name}";r={left};t={seconds_until(reset_ms, decision.at_ms)}',
    }
    if not decision.is_allowed:
        headers["Retry-After"] = str(decision.retry_after)
    return headers


def seconds_until(moment_ms: int, at_ms: int) -> int:
    return max(0, math.ceil((moment_ms - at_ms) / 1000))


@dataclass(slots=True)
class Count:
    """What one window of one caller holds: how much in which bucket."""

    held: dict[int, int] = field(default_factory=dict)
    last: int = 0  # the newest bucket: a clock that is set back does not count anew

    def turn(self, window: Window, *, at_ms: int) -> int:
        """Forget what is over, and return the present bucket."""
        bucket = max(at_ms // window.bucket_ms, self.last)
        if bucket != self.last:
            self.held = {one: n for one, n in self.held.items() if one >= bucket - window.buckets}
        return bucket

    def add(self, bucket: int, cost: int) -> None:
        self.held[bucket] = self.held.get(bucket, 0) + cost
        self.last = bucket

    def level(self, rule: Rule, *, cost: int, at_ms: int) -> Level:
        window = rule.window
        used = sum(self.held.values())
        reset = _over_ms(min(self.held), window) if self.held else None
        return Level(window, rule.limit, used, reset, self._wait_ms(rule, used, cost, at_ms))

    def _wait_ms(self, rule: Rule, used: int, cost: int, at_ms: int) -> int:
        if rule.limit is None or cost == 0 or used + cost <= rule.limit:
            return 0
        excess = used + cost - rule.limit
        for bucket in sorted(self.held):
            excess -= self.held[bucket]
            if excess <= 0:
                return _over_ms(bucket, rule.window) - at_ms
        return rule.window.seconds * 1000  # it is more than the whole limit: it never fits


def _over_ms(bucket: int, window: Window) -> int:
    """Return when what is in a bucket does not count any more."""
    return (bucket + window.buckets + 1) * window.bucket_ms


class Counts:
    """All windows of one caller, counted together or not at all. Not for two threads at once."""

    def __init__(self) -> None:
        self._counts: dict[str, Count] = {}

    def put(self, window: Window, *, cost: int, counted_at_ms: int) -> None:
        """Put in what was counted elsewhere, the oldest first."""
        count = self._counts.setdefault(window.key, Count())
        count.add(counted_at_ms // window.bucket_ms, cost)

    def take(self, rules: Sequence[Rule], *, cost: int, at_ms: int) -> Decision:
        """Count a request of this cost if all windows have room. A cost of 0 only looks."""
        counts = [self._counts.setdefault(rule.window.key, Count()) for rule in rules]
        buckets = [
            count.turn(rule.window, at_ms=at_ms) for count, rule in zip(counts, rules, strict=True)
        ]
        before = self._levels(counts, rules, cost=cost, at_ms=at_ms)
        if cost == 0 or any(level.wait_ms for level in before):
            return Decision(at_ms, before)
        for count, bucket in zip(counts, buckets, strict=True):
            count.add(bucket, cost)
        return Decision(at_ms, self._levels(counts, rules, cost=0, at_ms=at_ms))

    @staticmethod
    def _levels(
        counts: Sequence[Count], rules: Sequence[Rule], *, cost: int, at_ms: int
    ) -> tuple[Level, ...]:
        return tuple(
            count.level(rule, cost=cost, at_ms=at_ms)
            for count, rule in zip(counts, rules, strict=True)
        )
