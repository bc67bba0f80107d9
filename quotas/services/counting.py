"""Counting requests: the one place that lets callers in or refuses them."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import hiredis
from django.conf import settings
from django.utils import timezone

from accounts.models import User
from common import client_address
from common.errors import ServiceUnavailable, TooManyRequests
from common.spans import traced
from monitoring import metrics
from quotas import degraded, limiter, valkey
from quotas.events import UsageEvent
from quotas.limiter import Caller
from quotas.limits import DAY, HOUR, MINUTE, Counts, Decision, Rule, headers_of
from quotas.pipeline import Pipeline
from quotas.runner import restoring
from quotas.runner.storing import usage_by_minute
from quotas.services import effective

PAID_RETRY_AFTER = 30
LONGEST = timedelta(hours=24, minutes=15)  # what the window of a day holds at most
MINUTE_MS = 60_000
ATTEMPTS = 3  # limits that change more often than that within one request are not waited for


class LimitReached(TooManyRequests):
    """One request too many in some window."""

    def __init__(self, decision: Decision) -> None:
        level = decision.binding
        window = level.window.name if level else ""
        super().__init__(
            f"The requests of this {window} are used up. Wait for as many seconds as"
            " `Retry-After` says.",
            retry_after=decision.retry_after,
            policy=window,
        )
        self.headers |= headers_of(decision)
        self.decision = decision


class CannotCount(ServiceUnavailable):
    """What costs money is not given away while nobody counts."""

    detail = "This is not available at the moment, since usage cannot be counted. Try again later."


@traced("limiter")
def count(*, user: User, cost: int = 1, request: str = "") -> Decision:
    """Count a request of a user in all windows, or refuse it and count nothing.

    One round trip to Valkey. While that is away, this process lets in its share by itself.

    :param cost: what the request counts; 0 only looks, and is never refused
    :param request: what only this request is called, so that it counts once though it is asked twice
    :raises LimitReached: if a window has no room
    """
    decision = _decide(user, cost=cost, request=request) or _decide_alone(user, cost=cost)
    return _admitted(decision)


async def count_known(
    caller: Caller, prepared: limiter.Prepared, *, event: UsageEvent, pipeline: Pipeline
) -> Decision | None:
    """Count a request, and keep its usage event, by rules that the caller of this remembers.

    A refusal is the answer here too. None: Valkey is away, or has lost what it counted, or is owed
    something.

    :raises limiter.OtherLimits: if the rules are not of this version any more
    """
    if degraded.shares.has_debts(caller):
        return None
    try:
        packed = prepared.packed(event=event.dumps(), request=str(event.id).encode())
        reply = await pipeline.ask(packed)
    except valkey.Away:
        return None
    if isinstance(reply, hiredis.ReplyError):
        return None
    try:
        decision = limiter.decision_of(prepared.rules, reply)
    except limiter.CountsLost:
        return None
    degraded.shares.learn(caller, decision)
    return decision


def count_strictly(*, user: User, cost: int = 1, request: str = "") -> Decision:
    """Count a request that costs money: nobody gets it uncounted.

    :raises LimitReached: if a window has no room
    :raises CannotCount: if Valkey is away
    """
    decision = _decide(user, cost=cost, request=request)
    if decision is None:
        raise CannotCount(retry_after=PAID_RETRY_AFTER)
    return _admitted(decision)


def count_exactly(*, user: User, cost: int, at: datetime) -> Decision:
    """Count what is large; while Valkey is away, by the rows of the usage log, not by a share.

    The caller keeps others of the same user from being counted at once, and stores what was counted
    by rows (`is_degraded`) in the same transaction.

    :raises LimitReached: if a window has no room
    """
    return _admitted(_decide(user, cost=cost) or _decide_by_rows(user, cost=cost, at=at))


def refund(*, user_id: UUID, cost: int, counted_at: datetime) -> bool:
    """Give back what was counted for what never happened; False if Valkey is away: it is lost then."""
    rules = [Rule(HOUR, None), Rule(DAY, None)]
    counted_at_ms = int(counted_at.timestamp() * 1000)
    try:
        limiter.give_back(Caller.user(user_id), rules, cost=cost, counted_at_ms=counted_at_ms)
    except valkey.Away:
        return False
    return True


def count_always(*, user: User, cost: int = 1, request: str = "") -> Decision:
    """Count a request of staff, who get through uncounted while Valkey is away.

    :raises LimitReached: if a window has no room
    """
    return _admitted(_decide(user, cost=cost, request=request) or _decide_alone(user, cost=0))


def count_address() -> Decision:
    """Count a request without a credential, or with a bad one, by where it comes from.

    :raises LimitReached: if the address has sent too many
    """
    caller = Caller.address(client_address.site_of(client_address.current()))
    rules = [Rule(MINUTE, settings.ANONYMOUS_REQUESTS_A_MINUTE)]
    decision = _asked(caller, rules, version=limiter.ANY_VERSION)
    return _admitted(decision or _alone(caller, rules, cost=1))


def _admitted(decision: Decision) -> Decision:
    if not decision.is_allowed:
        raise LimitReached(decision)
    return decision


def _decide(user: User, *, cost: int, request: str = "") -> Decision | None:
    """Return what Valkey decides; None if it is away."""
    caller = Caller.user(user.pk)
    kept = effective.memory.get(user)
    for _ in range(ATTEMPTS):
        try:
            rules = kept.limits.rules()
            return _asked(caller, rules, cost=cost, version=kept.version, request=request)
        except limiter.OtherLimits as changed:
            kept = effective.memory.read(user, version=changed.version)
    return None


def _decide_alone(user: User, *, cost: int) -> Decision:
    return _alone(Caller.user(user.pk), effective.memory.get(user).limits.rules(), cost=cost)


def _decide_by_rows(user: User, *, cost: int, at: datetime) -> Decision:
    """Decide by the usage log. What was counted is a debt to Valkey, as soon as it is back."""
    caller, rules = Caller.user(user.pk), effective.memory.get(user).limits.rules()
    counts, counted = Counts(), [rule for rule in rules if rule.window in {HOUR, DAY}]
    if any(rule.limit is not None for rule in counted):
        for minute, used in usage_by_minute(user_id=user.pk, since=at - LONGEST):
            for rule in counted:
                counts.put(rule.window, cost=used, counted_at_ms=minute * MINUTE_MS)
    decision = counts.take(counted, cost=cost, at_ms=int(at.timestamp() * 1000))
    if decision.is_allowed:
        degraded.shares.owe(caller, counted, {rule.window.key: cost for rule in counted})
    return replace(decision, is_degraded=True)


def _alone(caller: Caller, rules: Sequence[Rule], *, cost: int) -> Decision:
    metrics.counted_alone.inc()
    return degraded.shares.take(caller, rules, cost=cost, processes=settings.QUOTA_PROCESSES)


def _taken(caller: Caller, rules: Sequence[Rule], **asked: Any) -> Decision:
    """Ask; if Valkey has lost its data, put back what is known of the last day, then ask again."""
    try:
        return limiter.take(caller, rules, **asked)
    except limiter.CountsLost:
        if not restoring.restore(at=timezone.now()):
            raise
    return limiter.take(caller, rules, **asked)


def _asked(caller: Caller, rules: Sequence[Rule], **asked: Any) -> Decision | None:
    """Return what Valkey decides, and pay what this process owes; None if it is away.

    :raises OtherLimits: if the rules are not those of the present version
    """
    debts = degraded.shares.debts(caller, rules)
    try:
        decision = _taken(caller, rules, debts=debts, **asked)
    except (valkey.Away, limiter.CountsLost):
        degraded.shares.owe(caller, rules, debts)
        return None
    except limiter.OtherLimits:
        degraded.shares.owe(caller, rules, debts)
        raise
    degraded.shares.learn(caller, decision)
    return decision
