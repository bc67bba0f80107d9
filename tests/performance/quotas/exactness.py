"""Limits under load: exactly as many requests as they say, and not one second too late."""

from collections import Counter

from quotas.models import TierLimits
from tests.factories import UserFactory
from tests.performance.accounts.report import Row
from tests.performance.quotas.load import by_clients, patiently
from tests.performance.quotas.servers import Site, limited
from tests.performance.requests.summary import latency

LIMIT, REQUESTS, CLIENTS = 1_000, 10_000, 64
BURST, PATIENT = 5, 50


def measure(site: Site, *, short: bool) -> list[Row]:
    scale = 10 if short else 1
    return [_exact(site, LIMIT // scale, REQUESTS // scale), _patient(site)]


def _exact(site: Site, limit: int, requests: int) -> Row:
    request = site.reading(limited(hour=limit, day=None))
    answers = site.pool.submit(by_clients, site.ports, request, CLIENTS, requests).result()
    statuses = Counter(one.status for one in answers)
    took = latency([one.milliseconds for one in answers])
    return Row(
        f"{requests:,} requests of one user from {CLIENTS} clients over two servers, limit {limit:,}",
        f"{mix(statuses)}; p50 {took.p50:.0f} ms, p95 {took.p95:.0f} ms",
        f"{limit:,} × 200, the rest 429",
        statuses == {200: limit, 429: requests - limit},
    )


def _patient(site: Site) -> Row:
    """The one limit that is short enough to be waited for over HTTP is the burst rule."""
    before = TierLimits.objects.get(tier="pro").burst
    TierLimits.objects.filter(tier="pro").update(burst=BURST)
    try:
        requests = [site.reading(UserFactory(tier="pro")) for _ in range(PATIENT)]
        told = site.pool.submit(patiently, site.ports, requests).result()
    finally:
        TierLimits.objects.filter(tier="pro").update(burst=before)
    statuses = Counter(status for _, status in told)
    seconds = ", ".join(f"{many} × {one} s" for one, many in sorted(Counter(told_of(told)).items()))
    return Row(
        f"{PATIENT} clients over HTTP at {BURST} a second, who sleep as long as `Retry-After` says",
        f"told: {seconds}; then {mix(statuses)}",
        "all",
        statuses == {200: len(told)},
    )


def told_of(told: list[tuple[int, int]]) -> list[int]:
    return [seconds for seconds, _ in told]


def mix(statuses: Counter[int]) -> str:
    return " + ".join(
        f"{many:,} × {status or 'no answer'}" for status, many in sorted(statuses.items())
    )
