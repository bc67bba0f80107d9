"""More than the servers can do, of every kind at once: who is refused, and how quickly."""

from collections import Counter
from collections.abc import Sequence
from itertools import cycle, islice

from omicsoracle.gate import Kind
from tests.factories import UserFactory
from tests.performance.accounts.flood import questions
from tests.performance.accounts.report import Row
from tests.performance.quotas.load import LOST, Timed, at_rate
from tests.performance.quotas.servers import Site, key_of
from tests.performance.requests.subjects import Headers, asking, raw
from tests.performance.requests.summary import latency

QUIET, FLOOD = 2, 150  # of each kind a second
SECONDS, SHORT_SECONDS = 15.0, 6.0
REFUSED = 503
MOST_REFUSED_MS, MOST_SERVED_MS = 100.0, 500.0
PEOPLE = 20
WARM_UP = 3.0


def measure(site: Site, *, short: bool) -> list[Row]:
    seconds = SHORT_SECONDS if short else SECONDS
    requests = _requests(round(FLOOD * seconds))
    _ask(site, requests, QUIET, WARM_UP)
    quiet = _ask(site, requests, QUIET, seconds)
    flood = _ask(site, requests, FLOOD, seconds)
    rows = [_row(kind, _of(quiet, kind), _of(flood, kind)) for kind in Kind]
    shares = [_refused(_of(flood, kind)) for kind in Kind]
    return [*rows, _order(shares), _refusals(flood)]


def _requests(of_each: int) -> list[bytes]:
    """Return requests of all kinds in turn, in the order of `Kind`."""
    user, staff = UserFactory(tier="enterprise"), UserFactory(is_staff=True, is_superuser=True)
    people = [key_of(UserFactory(tier="enterprise")) for _ in range(PEOPLE)]
    key, boss = key_of(user), key_of(staff)
    asked = zip(islice(questions(), of_each), cycle(people), strict=False)
    return [one for question, who in asked for one in _of_all_kinds(question, who, key, boss)]


def _of_all_kinds(question: str, who: Headers, key: Headers, boss: Headers) -> list[bytes]:
    made = {
        Kind.BATCH: raw("POST", "/api/v2/batch/jobs", key, {"queries": [question]}),
        Kind.EXPORT: raw("GET", "/api/v2/auth/me/export", who),
        Kind.OTHER: raw("POST", "/api/v2/agents/search", who, asking(question)),
        Kind.AUTH: raw("POST", "/api/v2/auth/refresh", {}, {"refresh": question}),
        Kind.STAFF: raw("GET", "/api/v2/admin/users?page_size=1", boss),
        Kind.HEALTH: raw("GET", "/health/live", {}),
    }
    return [made[kind] for kind in Kind]


def _ask(site: Site, requests: Sequence[bytes], rate: int, seconds: float) -> list[Timed]:
    # A round of all kinds goes to one server, the next to the other.
    ports = [port for port in site.ports for _ in Kind]
    return site.pool.submit(at_rate, ports, requests, rate * len(Kind), seconds).result()


def _of(calls: Sequence[Timed], kind: Kind) -> list[Timed]:
    return [one for one in calls if one.number % len(Kind) == kind]


def _refused(calls: Sequence[Timed]) -> float:
    return sum(one.status == REFUSED for one in calls) / len(calls)


def _served(calls: Sequence[Timed]) -> list[float]:
    return [one.milliseconds for one in calls if one.status not in {REFUSED, LOST}]


def _row(kind: Kind, quiet: Sequence[Timed], flood: Sequence[Timed]) -> Row:
    alone, beside = latency(_served(quiet)).p95, latency(_served(flood)).p95
    statuses = Counter(one.status for one in flood)
    served = "none served" if beside is None else f"p95 of those served {beside:.0f} ms"
    return Row(
        f"{kind.name.lower()}: {FLOOD} a second, beside as many of each other kind",
        f"{_refused(flood):.0%} refused; {served} ({alone or 0:.0f} ms at {QUIET} a second);"
        f" without an answer: {statuses[LOST]}",
        f"p95 ≤ {MOST_SERVED_MS:.0f} ms, all answered",
        (beside or 0) <= MOST_SERVED_MS and not statuses[LOST],
    )


def _order(shares: Sequence[float]) -> Row:
    return Row(
        "refused of batch, export, search, auth, staff, health",
        ", ".join(f"{share:.0%}" for share in shares),
        "falling, of health none",
        list(shares) == sorted(shares, reverse=True) and not shares[-1],
    )


def _refusals(calls: Sequence[Timed]) -> Row:
    took = latency([one.milliseconds for one in calls if one.status == REFUSED])
    if took.p95 is None:
        return Row("refusals", "none: the machine could do all of it")
    return Row(
        "refusals, from the moment that the request was due",
        f"p50 {took.p50:.0f} ms, p95 {took.p95:.0f} ms, p99 {took.p99:.0f} ms",
        f"p99 < {MOST_REFUSED_MS:.0f} ms",
        (took.p99 or 0) < MOST_REFUSED_MS,
    )
