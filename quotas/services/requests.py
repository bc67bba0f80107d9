"""A request of the API and what was counted for it: from the credential to the headers."""

import time
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from accounts.models import ApiKey, User
from common.errors import OracleError
from common.ids import uuid7
from monitoring import about, metrics
from quotas import leases
from quotas.events import UsageEvent
from quotas.limiter import Caller
from quotas.limits import Decision, headers_of
from quotas.routes import Treatment, treatment_of
from quotas.runner import storing
from quotas.services import counting, effective, ring
from quotas.services.counting import LimitReached

ACCEPTED = 202
CHARGE, REQUEST = "quotas.charge", "quotas.request"


class TierRequired(OracleError):
    """What only other tiers include."""

    status = 403
    code = "tier_required"
    detail = "AI summaries are part of the tiers pro and enterprise: change to one of them."


@dataclass(slots=True)
class Charge:
    """What was counted for one request, and what only this request is called."""

    request: UUID
    started: float = field(default_factory=time.perf_counter)
    user: User | None = None
    api_key_id: UUID | None = None
    cost: int = 0
    decision: Decision | None = None
    lease: str | None = None
    rider: bytes | None = None  # of the usage event
    is_admitted: bool = False


def charge_of(request: HttpRequest) -> Charge:
    """Return the charge of a request, an empty one to begin with.

    Who stands in front of Django may have tried to count it already: under this id, it counts once.
    """
    kept: Charge | None = getattr(request, "quota_charge", None)
    if kept is None:
        kept = Charge(request.META.get(REQUEST) or uuid7())
        request.quota_charge = kept  # type: ignore[attr-defined]
        request.META[CHARGE] = kept  # for who stands in front of Django
    return kept


def is_counted(request: HttpRequest) -> bool:
    """Say whether this is a call that came through the middleware, and not one that a schema is made of."""
    return hasattr(request, "quota_charge")


def admit(request: HttpRequest, *, user: User, credential: object) -> None:
    """Count a request of a user, or refuse it.

    :raises TierRequired: if the user's tier does not include it; that is counted nowhere
    :raises LimitReached: if a window has no room
    :raises TooManyAtOnce: if as many expensive requests of the user are running as may
    :raises CannotCount: if it costs money, and Valkey is away
    """
    treatment = treatment_of(request.method or "", about.route_of(request))
    charge = charge_of(request)
    if charge.is_admitted and charge.user == user:  # a second try of the same request
        return
    charge.user = user
    charge.api_key_id = credential.pk if isinstance(credential, ApiKey) else None
    if treatment.needs_ai:
        _require_ai(charge, user)
    if treatment.is_expensive:
        try:
            charge.lease = leases.obtain(Caller.user(user.pk))
        except leases.TooManyAtOnce:
            metrics.limits_reached.labels(user.tier, "at once").inc()
            charge.decision = counting.count(user=user, cost=0)
            raise
    _count(charge, user, treatment)
    charge.is_admitted = True


def admit_stranger() -> None:
    """Count a request without a credential by its address, or refuse it.

    Only a refusal tells of the limit: the answers to strangers are to differ by nothing.

    :raises LimitReached: if the address has sent too many
    """
    try:
        counting.count_address()
    except LimitReached as refusal:
        _note_refusal("nobody", refusal)
        raise


def require_tier(request: HttpRequest, *, user: User, route: str) -> None:
    """Hold a request that was counted to what another route asks of a tier: it does what that does.

    :raises TierRequired: if the user's tier does not include it
    :raises CannotCount: if it costs money, and Valkey is away
    """
    treatment = treatment_of("POST", route)
    if treatment.is_paid:
        counting.count_strictly(user=user, cost=0)
    if treatment.needs_ai:
        _require_ai(charge_of(request), user)


def charge(request: HttpRequest, *, user: User, cost: int) -> None:
    """Count what only the view knows the cost of, such as the queries of a batch: all or none.

    To be called in the transaction that writes what is paid for, with others of this user kept out.

    :raises LimitReached: if a window has no room for all of it
    """
    kept = charge_of(request)
    at = timezone.now()
    try:
        kept.decision = counting.count_exactly(user=user, cost=cost, at=at)
    except LimitReached as refusal:
        kept.decision = refusal.decision
        _note_refusal(user.tier, refusal)
        raise
    kept.cost += cost
    if kept.decision.is_degraded:  # nobody else knows of it yet: the next count looks at the rows
        storing.store([_event(request, HttpResponse(status=ACCEPTED), kept, user)])
        kept.cost = 0


def take_back(request: HttpRequest, *, user: User) -> None:
    """Give back what was counted by `charge`, since nothing came of it."""
    kept = charge_of(request)
    if kept.cost:
        counting.refund(user_id=user.pk, cost=kept.cost, counted_at=timezone.now())
        kept.cost = 0


def finish(request: HttpRequest, response: HttpResponse) -> None:
    """Tell the caller of their limits, keep the request for the usage log, let the next one run."""
    charge = charge_of(request)
    if charge.user is None:
        return
    if charge.lease is not None:
        leases.release(Caller.user(charge.user.pk), charge.lease)
    if charge.decision is None:
        return
    for name, value in headers_of(charge.decision).items():
        response[name] = value
    if charge.cost:
        event = _event(request, response, charge, charge.user)
        ring.note(event, is_valkey_away=charge.decision.is_degraded)


def _require_ai(charge: Charge, user: User) -> None:
    """Look at the limits first, so that a tier that changed a moment ago is known."""
    charge.decision = counting.count(user=user, cost=0)
    if not effective.memory.get(user).limits.ai:
        raise TierRequired


def _count(charge: Charge, user: User, treatment: Treatment) -> None:
    count: Any = counting.count
    if treatment.is_always_open:
        count = counting.count_always
    elif treatment.is_paid:
        count = counting.count_strictly
    try:
        charge.decision = count(user=user, cost=treatment.cost, request=str(charge.request))
    except LimitReached as refusal:
        charge.decision = refusal.decision
        _note_refusal(user.tier, refusal)
        raise
    charge.cost = treatment.cost


def _note_refusal(tier: str, refusal: LimitReached) -> None:
    metrics.limits_reached.labels(tier, str(refusal.extra.get("policy") or "unknown")).inc()


def _event(request: HttpRequest, response: HttpResponse, charge: Charge, user: User) -> UsageEvent:
    return UsageEvent(
        id=charge.request,
        user_id=user.pk,
        api_key_id=charge.api_key_id,
        endpoint=f"/{about.route_of(request)}",
        method=request.method or "",
        status_code=response.status_code,
        execution_time_ms=round((time.perf_counter() - charge.started) * 1000),
        cost=charge.cost,
        created_at=timezone.now(),
        rider=charge.rider,
    )
