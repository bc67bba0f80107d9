"""Whether strangers can tell a known address from an unknown one: by bytes, or by time."""

import itertools
import json
import statistics
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from statistics import NormalDist

from accounts.models import User
from tests.factories import PASSWORD
from tests.performance.accounts.world import Answer, Client, Site, people, table

PAIRS = 200
WARM_UP = 10
ACCOUNTS = 25  # of each sort: at most a hundred failures each
TOLD = {"request_id", "id", "email"}  # what is the caller's own, or made up anew
numbers = itertools.count(1)


@dataclass(frozen=True, slots=True)
class Pair:
    """Two sorts of addresses that must look alike."""

    call: str
    names: tuple[str, str]
    asks: tuple[Callable[[Client], Answer], Callable[[Client], Answer]]


def measure(site: Site) -> str:
    client = Client(site.ports[0])
    heading = ["call", "compared", "bytes differ", "medians ms", "gap", "p (Mann–Whitney)"]
    return table(
        f"Telling known addresses from unknown ones ({PAIRS} interleaved pairs each)",
        heading,
        [_row(pair, client) for pair in _pairs()],
    )


def _pairs() -> Iterator[Pair]:
    known = _login(people(ACCOUNTS))
    for name, users in {
        "unknown": None,
        "disabled": people(ACCOUNTS, is_active=False),
        "without a password": people(ACCOUNTS, password="!"),
    }.items():
        yield Pair("login", ("wrong password", name), (known, _login(users)))
    users = people(PAIRS + WARM_UP)
    yield Pair("password/reset", ("known", "unknown"), (_reset(users), _reset(None)))
    yield Pair("register", ("taken", "fresh"), (_register(users), _register(None)))


def _emails(users: Sequence[User] | None) -> Iterator[str]:
    if users is None:
        return (f"nobody-{next(numbers)}@bench.example" for _ in itertools.count())
    return itertools.cycle([user.email for user in users])


def _post(client: Client, path: str, body: dict[str, str]) -> Answer:
    number = next(numbers)
    address = f"10.{number >> 16 & 255}.{number >> 8 & 255}.{number & 255}"
    return client.call("POST", f"auth/{path}", body, X_Forwarded_For=address, X_Request_ID="same")


def _login(users: Sequence[User] | None) -> Callable[[Client], Answer]:
    emails = _emails(users)
    return lambda client: _post(
        client, "login", {"email": next(emails), "password": "six purple otters"}
    )


def _reset(users: Sequence[User] | None) -> Callable[[Client], Answer]:
    emails = _emails(users)
    return lambda client: _post(client, "password/reset", {"email": next(emails)})


def _register(users: Sequence[User] | None) -> Callable[[Client], Answer]:
    emails = _emails(users)
    return lambda client: _post(client, "register", {"email": next(emails), "password": PASSWORD})


def _row(pair: Pair, client: Client) -> list[object]:
    times: tuple[list[float], list[float]] = ([], [])
    seen: tuple[set[str], set[str]] = (set(), set())
    for turn in range(PAIRS + WARM_UP):
        # Who goes first changes, so that nobody has the warmer caches always.
        for side in (0, 1) if turn % 2 else (1, 0):
            started = time.perf_counter()
            answer = pair.asks[side](client)
            took = (time.perf_counter() - started) * 1000
            if turn >= WARM_UP:
                times[side].append(took)
                seen[side].add(_shown(answer))
    one, other = (statistics.median(taken) for taken in times)
    gap = abs(one - other) / max(one, other)
    return [
        pair.call,
        " / ".join(pair.names),
        "no" if seen[0] == seen[1] and len(seen[0]) == 1 else f"yes: {seen}",
        f"{one:.2f} / {other:.2f}",
        f"{gap:.1%}",
        f"{mann_whitney(*times):.2f}",
    ]


def _shown(answer: Answer) -> str:
    """Return all that an answer tells, but what it repeats or makes up."""
    body = {name: value for name, value in (answer.body or {}).items() if name not in TOLD}
    headers = {name: value for name, value in answer.headers.items() if name.lower() != "date"}
    headers.pop("content-length", None)
    return json.dumps([answer.status, body, sorted(headers.items())])


def mann_whitney(one: list[float], other: list[float]) -> float:
    """Return how likely a difference of ranks like this is by chance (normal approximation)."""
    ranked = sorted((value, side) for side, taken in enumerate((one, other)) for value in taken)
    ranks = sum(place for place, (_, side) in enumerate(ranked, 1) if side == 0)
    n, m = len(one), len(other)
    u = ranks - n * (n + 1) / 2
    spread = (n * m * (n + m + 1) / 12) ** 0.5
    return 2 * (1 - NormalDist().cdf(abs(u - n * m / 2) / spread))
