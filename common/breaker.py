"""A circuit breaker that all processes share, so that a service that is down is left in peace.

After `failures` within `within` seconds it opens: calls are refused for `open_for` seconds. Then one
call among all processes is the trial: its success closes the breaker, its failure opens it anew, and
if whoever tries dies, the next may try after `trial_for` seconds. The state lives in Valkey; without
Valkey each process counts for itself, and opens earlier.
"""

import threading
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import redis

from common.errors import ServiceUnavailable

ALONE = 2  # failures after which a process that cannot ask the others opens its own
STATES = ("closed", "open", "half-open")
KEPT_FOR = 24 * 3600  # seconds after which an open breaker that nobody tried is forgotten

# KEYS: failures, open until, the trial's token. ARGV: the time or "" for the server's, then as named.
NOW = """
local now = tonumber(ARGV[1])
if not now then
  local time = redis.call('TIME')
  now = tonumber(time[1]) + tonumber(time[2]) / 1000000
end
"""
ENTER = (  # token, trial_for; returns {state, seconds to wait}
    NOW
    + """
local until_ = tonumber(redis.call('GET', KEYS[2]))
if not until_ then return {'closed', '0'} end
if now < until_ then return {'open', tostring(until_ - now)} end
if redis.call('SET', KEYS[3], ARGV[2], 'NX', 'PX', ARGV[3]) then return {'trial', '0'} end
return {'open', tostring(redis.call('PTTL', KEYS[3]) / 1000)}
"""
)
FAIL = (  # token, failures, within, open_for, kept for; opens at the last failure, or if a trial fails
    NOW
    + """
local is_trial = redis.call('GET', KEYS[3]) == ARGV[2]
if redis.call('EXISTS', KEYS[2]) == 1 and not is_trial then return 0 end
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now - tonumber(ARGV[4]))
redis.call('ZADD', KEYS[1], now, ARGV[2])
redis.call('PEXPIRE', KEYS[1], math.ceil(tonumber(ARGV[4]) * 1000))
if is_trial or redis.call('ZCARD', KEYS[1]) >= tonumber(ARGV[3]) then
  redis.call('SET', KEYS[2], now + tonumber(ARGV[5]), 'EX', ARGV[6])
  redis.call('DEL', KEYS[1], KEYS[3])
  return 1
end
return 0
"""
)
LOOK = (  # within; returns {state, failures, seconds that it stays open}
    NOW
    + """
local until_ = tonumber(redis.call('GET', KEYS[2]))
local failures = redis.call('ZCOUNT', KEYS[1], now - tonumber(ARGV[2]), '+inf')
if not until_ then return {'closed', failures, '0'} end
if now < until_ then return {'open', failures, tostring(until_ - now)} end
return {'half-open', failures, '0'}
"""
)
HOLD_OPEN = (  # seconds
    NOW
    + """
redis.call('SET', KEYS[2], now + tonumber(ARGV[2]), 'EX', math.ceil(ARGV[2]) + tonumber(ARGV[3]))
return redis.call('DEL', KEYS[1], KEYS[3])
"""
)
END_TRIAL = """
if redis.call('GET', KEYS[3]) ~= ARGV[2] then return 0 end
if ARGV[3] == 'closed' then return redis.call('DEL', unpack(KEYS)) end
return redis.call('DEL', KEYS[3])
"""


class CircuitOpen(ServiceUnavailable):
    """The service failed too often just now; it is not asked."""

    code = "upstream_unavailable"


@dataclass(frozen=True, slots=True)
class Rule:
    """When a breaker opens and for how long, in seconds."""

    failures: int = 5
    within: float = 60
    open_for: float = 60
    trial_for: float = 30


@dataclass(frozen=True, slots=True)
class Look:
    """How a breaker is: its state, its failures of late, and seconds for which it stays open."""

    state: str
    failures: int
    open_for: float


class Breaker:
    """The breaker of one service and class of operation, never of one user.

    :param client: with short time limits and no retries, so that a Valkey that is away costs no time
    :param clock: tells the time instead of Valkey's own, which all processes agree on
    """

    def __init__(
        self,
        name: str,
        *,
        client: redis.Redis,
        rule: Rule | None = None,
        clock: Callable[[], float] | None = None,
    ) -> None:
        self._name, self._rule, self._clock = name, rule or Rule(), clock
        self._keys = [f"breaker:{{{name}}}:{part}" for part in ("failures", "open", "trial")]
        self._enter, self._fail, self._end_trial, self._look, self._hold_open = (
            client.register_script(text) for text in (ENTER, FAIL, END_TRIAL, LOOK, HOLD_OPEN)
        )
        self._client = client
        self._own = _Own(self._rule, clock or time.monotonic)

    @contextmanager
    def calling(self, *, failures: tuple[type[Exception], ...]) -> Iterator[None]:
        """Call the service within this block. It fails by raising one of `failures`.

        Other exceptions say nothing of the service; if this was the trial, another call is.

        :raises CircuitOpen: if it is not to be called now
        """
        token = uuid.uuid4().hex
        wait = self._wait(token)
        if wait is not None:
            raise CircuitOpen(f"{self._name} does not answer at the moment.", retry_after=wait)
        try:
            yield
        except failures:
            self._failed(token)
            raise
        except BaseException:
            self._ended(token, is_well=False)
            raise
        self._ended(token, is_well=True)

    def state(self) -> str:
        """Return one of `STATES`; half-open is a breaker that waits for its trial to end, or to begin."""
        return self.look().state

    def look(self) -> Look:
        """Return how it is; without Valkey as this process alone knows it."""
        try:
            state, failures, left = self._look(self._keys, [self._now(), self._rule.within])
        except redis.RedisError:
            return Look(self._own.state(), len(self._own.times), 0.0)
        return Look(
            state.decode() if isinstance(state, bytes) else state, int(failures), float(left)
        )

    def hold_open(self, seconds: float) -> None:
        """Refuse calls for so long; then a trial decides, as ever.

        :raises redis.RedisError: if the other processes cannot be told
        """
        self._hold_open(self._keys, [self._now(), seconds, KEPT_FOR])

    def close(self) -> None:
        """Forget all failures, and let calls through.

        :raises redis.RedisError: if the other processes cannot be told
        """
        self._client.delete(*self._keys)

    def _wait(self, token: str) -> float | None:
        """Return for how many seconds the service is not to be called; None if it may be."""
        try:
            state, wait = self._enter(self._keys, [self._now(), token, _ms(self._rule.trial_for)])
        except redis.RedisError:
            return self._own.wait(token)
        return float(wait) if state in {b"open", "open"} else None

    def _failed(self, token: str) -> None:
        rule = self._rule
        limits = [rule.failures, rule.within, rule.open_for, KEPT_FOR]
        try:
            self._fail(self._keys, [self._now(), token, *limits])
        except redis.RedisError:
            self._own.failed(token)

    def _ended(self, token: str, *, is_well: bool) -> None:
        verdict = "closed" if is_well else "unknown"
        try:
            self._end_trial(self._keys, [self._now(), token, verdict])
        except redis.RedisError:
            self._own.ended(token, is_well=is_well)

    def _now(self) -> str:
        return str(self._clock()) if self._clock else ""


@dataclass
class _Own:
    """The breaker of this process alone, while Valkey is away."""

    rule: Rule
    clock: Callable[[], float]
    times: list[float] = field(default_factory=list)
    open_until: float | None = None
    trial: tuple[str, float] = ("", 0)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def wait(self, token: str) -> float | None:
        with self.lock:
            now = self.clock()
            if self.open_until is None:
                return None
            busy_until = max(self.open_until, self.trial[1])
            if now < busy_until:
                return busy_until - now
            self.trial = (token, now + self.rule.trial_for)
            return None

    def state(self) -> str:
        if self.open_until is None:
            return "closed"
        return "open" if self.clock() < self.open_until else "half-open"

    def failed(self, token: str) -> None:
        with self.lock:
            now = self.clock()
            if self.open_until is not None and token != self.trial[0]:
                return
            self.times = [one for one in self.times if one > now - self.rule.within] + [now]
            if self.open_until is not None or len(self.times) >= ALONE:
                self.open_until = now + self.rule.open_for
                self.times, self.trial = [], ("", 0)

    def ended(self, token: str, *, is_well: bool) -> None:
        with self.lock:
            if self.open_until is not None and token == self.trial[0]:
                self.trial = ("", 0)
                self.open_until = None if is_well else self.open_until


def _ms(seconds: float) -> int:
    return max(1, round(seconds * 1000))
