"""Guesses at once, over both servers: as many are looked at as the limits say."""

import time
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

from tests.performance.accounts.world import Client, Site, people, table

AT_ONCE = 100
PATIENCE = 30  # seconds; who meets a full queue tries again


def measure(site: Site) -> str:
    (user,) = people(1)
    others = [one.email for one in people(AT_ONCE)]
    rows = [
        _row(site, "one account from one address", [user.email] * AT_ONCE, "192.0.2.1"),
        _row(site, "a hundred accounts from one address", others, "192.0.2.2"),
    ]
    heading = ["a hundred wrong passwords at once", "401", "429", "limit"]
    limits = (10, 50)
    return table(
        "Guessing", heading, [[*row, limit] for row, limit in zip(rows, limits, strict=True)]
    )


def _row(site: Site, name: str, emails: Sequence[str], address: str) -> list[object]:
    with ThreadPoolExecutor(AT_ONCE) as pool:
        ports = [site.ports[one % 2] for one in range(len(emails))]
        statuses = Counter(pool.map(_guess, ports, emails, [address] * len(emails)))
    return [name, statuses[401], statuses[429]]


def _guess(port: int, email: str, address: str) -> int:
    client, end = Client(port), time.monotonic() + PATIENCE
    body = {"email": email, "password": "six purple otters"}
    while True:
        status = client.call("POST", "auth/login", body, X_Forwarded_For=address).status
        if status != 503 or time.monotonic() > end:
            return status
        time.sleep(0.1)
