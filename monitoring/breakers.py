"""The breakers of what we rely on: settings name who has them, since those apps are above us."""

from django.conf import settings
from django.utils.module_loading import import_string

from common.audit_trail import note
from common.breaker import Breaker, Look
from monitoring.health import Check

LONGEST = 24 * 3600  # seconds that one is held open by hand


def all_breakers() -> dict[str, Breaker]:
    return {name: import_string(path)() for name, path in settings.BREAKERS.items()}


def looks() -> dict[str, Look]:
    """Return how each breaker is: its state, its failures of late, and for how long it is open."""
    return {name: breaker.look() for name, breaker in all_breakers().items()}


def upstreams() -> Check:
    """Report what is left in peace at the moment, for /health."""
    shut = [f"{name} is {look.state}" for name, look in looks().items() if look.state != "closed"]
    return Check("degraded", "; ".join(shut)) if shut else Check("ok")


def hold_open(name: str, *, seconds: float, actor: object) -> None:
    """Have nobody call a service for so long.

    :raises KeyError: if there is no such breaker
    :raises redis.RedisError: if the others cannot be told
    """
    held = min(max(1.0, seconds), LONGEST)
    all_breakers()[name].hold_open(held)
    note("breaker.opened", actor=actor, what={"breaker": name, "seconds": held})


def close(name: str, *, actor: object) -> None:
    """Let a service be called again, whatever it did.

    :raises KeyError: if there is no such breaker
    :raises redis.RedisError: if the others cannot be told
    """
    all_breakers()[name].close()
    note("breaker.closed", actor=actor, what={"breaker": name})
