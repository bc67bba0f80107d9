"""Whether the limits on failed sign-ins are exact when all attempts come at once."""

import random
import time
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass
from functools import partial
from itertools import count, cycle
from threading import Barrier

from accounts.services import passwords
from tests.factories import PASSWORD
from tests.performance.accounts.calls import Call, Client, from_new_address
from tests.performance.accounts.people import people, person
from tests.performance.accounts.report import Row
from tests.performance.accounts.servers import Site

TIMES = 3
WRONG_PASSWORD = "eight orange geese"
_numbers = count()


@dataclass(frozen=True, slots=True)
class Limit:
    """So many failures, and attempts that come up against it."""

    name: str
    most: int
    attempts: int
    calls: Callable[[int], list[Call]]


@dataclass(frozen=True, slots=True)
class Outcome:
    """How an attempt ended, and how often it was sent away from a full queue before."""

    status: int
    sent_away: int


def one_account(attempts: int) -> list[Call]:
    return [_login(person().email, from_new_address())] * attempts


def one_address(attempts: int) -> list[Call]:
    emails = [f"victim{next(_numbers)}@example.org" for _ in range(attempts)]
    people(emails)
    address = from_new_address()
    return [_login(email, address) for email in emails]


def anywhere(attempts: int) -> list[Call]:
    email = person().email
    return [_login(email, from_new_address()) for _ in range(attempts)]


LIMITS = [
    Limit("one account from one address", passwords.ONE_ACCOUNT_FROM_ONE_SITE, 100, one_account),
    Limit("100 accounts from one address", passwords.ONE_SITE, 100, one_address),
    Limit("one account from 150 addresses", passwords.ONE_ACCOUNT, 150, anywhere),
]


def measure(site: Site) -> list[Row]:
    return [_row(site, limit) for limit in LIMITS]


def _row(site: Site, limit: Limit) -> Row:
    statuses, sent_away, right = [], 0, []
    for _ in range(TIMES):
        calls = limit.calls(limit.attempts)
        outcomes = _all_at_once(site, calls)
        statuses.append(Counter(one.status for one in outcomes))
        sent_away += sum(one.sent_away for one in outcomes)
        right.append(_insist(site.ports[0], _with_right_password(calls[-1])).status)
    return Row(
        f"wrong passwords for {limit.name}, {limit.attempts} at once, {TIMES} times",
        f"{'; '.join(_tally(one) for one in statuses)}; then the right password: {_list(right)}"
        f" (sent away from a full queue before that: {sent_away:,} × 503)",
        f"{limit.most} × 401, the rest 429",
        statuses == [{401: limit.most, 429: limit.attempts - limit.most}] * TIMES
        and right == [429] * TIMES,
    )


def _all_at_once(site: Site, calls: Sequence[Call]) -> list[Outcome]:
    barrier = Barrier(len(calls))
    with ThreadPoolExecutor(len(calls)) as pool:
        return list(pool.map(partial(_after, barrier), cycle(site.ports), calls))


def _after(barrier: Barrier, port: int, call: Call) -> Outcome:
    barrier.wait()
    return _insist(port, call)


def _insist(port: int, call: Call) -> Outcome:
    """Try until the attempt was heard: who is sent away from a full queue has not tried yet."""
    chance = random.Random()  # noqa: S311 (no secret)
    with closing(Client(port)) as client:
        for sent_away in count():
            status = client.send(call).status
            if status != 503:
                return Outcome(status, sent_away)
            time.sleep(chance.uniform(0.1, 0.3))
    raise AssertionError("unreachable")


def _with_right_password(call: Call) -> Call:
    return Call(call.method, call.path, call.headers, {**(call.body or {}), "password": PASSWORD})


def _login(email: str, headers: dict[str, str]) -> Call:
    return Call("POST", "/auth/login", headers, {"email": email, "password": WRONG_PASSWORD})


def _tally(statuses: Counter[int]) -> str:
    return " + ".join(f"{many} × {status}" for status, many in sorted(statuses.items()))


def _list(statuses: Sequence[int]) -> str:
    return ", ".join(str(status) for status in statuses)
