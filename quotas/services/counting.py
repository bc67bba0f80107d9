"""Counting requests: the one place that lets callers in or refuses them."""

from collections.abc import Callable
from functools import partial

from django.conf import settings
from django.utils import timezone

from accounts.models import User
from common import client_address
from common.errors import ServiceUnavailable, TooManyRequests
from quotas import degraded, limiter, valkey
from quotas.limiter import Caller
from quotas.limits import MINUTE, Decision, Rule, headers_of
from quotas.runner import restoring
from quotas.services import effective

PAID_RETRY_AFTER = 30
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


def count(*, user: User, cost: int = 1, event: bytes = b"") -> Decision:
    """Count a request of a user in all windows, or refuse it and count nothing.

    One round trip to Valkey. While that is away, this process lets in its share by itself.

    :param cost: what the request counts; 0 only looks, and is never refused
    :param event: what the stream of usage gets in the same call, if the answer is known already
    :raises LimitReached: if a window has no room
    """
    decision = _decide(user, cost=cost, event=event) or _decide_alone(user, cost=cost)
    return _admitted(decision)


def count_strictly(*, user: User, cost: int = 1) -> Decision:
    """Count a request that costs money: nobody gets it uncounted.

    :raises LimitReached: if a window has no room
    :raises CannotCount: if Valkey is away
    """
    decision = _decide(user, cost=cost)
    if decision is None:
        raise CannotCount(retry_after=PAID_RETRY_AFTER)
    return _admitted(decision)


def count_always(*, user: User, cost: int = 1) -> Decision:
    """Count a request of staff, who get through uncounted while Valkey is away.

    :raises LimitReached: if a window has no room
    """
    return _admitted(_decide(user, cost=cost) or _decide_alone(user, cost=0))


def count_address() -> Decision:
    """Count a request without a credential, or with a bad one, by where it comes from.

    :raises LimitReached: if the address has sent too many
    """
    caller = Caller.address(client_address.site_of(client_address.current()))
    limit = settings.ANONYMOUS_REQUESTS_A_MINUTE
    rules = [Rule(MINUTE, limit)]
    decision = _asked(partial(limiter.take, caller, rules, version=limiter.ANY_VERSION))
    if decision is None:
        share = [Rule(MINUTE, limit // settings.QUOTA_PROCESSES)]
        decision = degraded.shares.take(caller, share, cost=1)
    return _admitted(decision)


def _admitted(decision: Decision) -> Decision:
    if not decision.is_allowed:
        raise LimitReached(decision)
    return decision


def _decide(user: User, *, cost: int, event: bytes = b"") -> Decision | None:
    """Return what Valkey decides; None if it is away."""
    caller = Caller.user(user.pk)
    kept = effective.memory.get(user)
    for _ in range(ATTEMPTS):
        try:
            return _asked(
                partial(
                    limiter.take,
                    caller,
                    kept.limits.rules(),
                    cost=cost,
                    version=kept.version,
                    event=event,
                )
            )
        except limiter.OtherLimits as changed:
            kept = effective.memory.read(user, version=changed.version)
    return None


def _decide_alone(user: User, *, cost: int) -> Decision:
    share = effective.memory.get(user).limits.share(settings.QUOTA_PROCESSES)
    return degraded.shares.take(Caller.user(user.pk), share.rules(), cost=cost)


def _asked(ask: Callable[[], Decision]) -> Decision | None:
    """Return the answer; if Valkey has lost its data, put back what is known, then ask again."""
    try:
        return ask()
    except valkey.Away:
        return None
    except limiter.CountsLost:
        if not restoring.restore(at=timezone.now()):
            return None
    try:
        return ask()
    except (valkey.Away, limiter.CountsLost):
        return None
