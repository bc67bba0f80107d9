"""How long another process serves an answer after the answer that says it is invalid.

It is invalidated on one server, while a client asks the other one for it as fast as it can.
"""

import contextlib
import statistics
import threading
import time
from collections.abc import Iterator

from django_redis import get_redis_connection

from tests.factories import ApiKeyFactory
from tests.performance.accounts.calls import Call, Client
from tests.performance.accounts.people import admin
from tests.performance.accounts.report import Row
from tests.performance.accounts.servers import Site
from tests.performance.caching.sizes import chosen

PROMISED_MS = 1000
PATIENCE = 3.0
QUESTION = {"query": "breast cancer relapse"}
INVALIDATE = {"namespace": "geo:query"}


def measure(site: Site, *, short: bool) -> list[Row]:
    sizes = chosen(short=short)
    key = ApiKeyFactory(user=admin()).text
    rows = []
    with site.web_servers(**sizes.environment):
        for name, circumstances in (
            ("messages arrive", contextlib.nullcontext),
            ("messages lost", _messages_lost),
            ("L2 frozen", site.cache_frozen),
        ):
            with circumstances():
                time.sleep(1.5)  # the keepers notice
                rows.append(_row(name, [_lag(site, key) for _ in range(sizes.times)]))
    return rows


@contextlib.contextmanager
def _messages_lost() -> Iterator[None]:
    """Let nobody publish, and nobody listen."""
    valkey = get_redis_connection("default")
    valkey.execute_command("ACL", "SETUSER", "default", "resetchannels")
    try:
        yield
    finally:
        valkey.execute_command("ACL", "SETUSER", "default", "allchannels")


def _lag(site: Site, key: str) -> float:
    """Return the milliseconds from the act's answer to the last old answer, asked for after it."""
    headers = {"X-API-Key": key}
    search = Call("POST", "/agents/search", headers, QUESTION)
    here, there = (Client(port) for port in site.ports)
    with contextlib.closing(here), contextlib.closing(there):
        for client in (here, there, there):
            client.send(search)
        answers = []
        is_over = threading.Event()

        def poll() -> None:
            until = time.perf_counter() + PATIENCE
            while time.perf_counter() < until and not is_over.is_set():
                answer = there.send(search)
                answers.append(answer)
                if answer.json()["cached"] is False:
                    is_over.set()

        poller = threading.Thread(target=poll)
        poller.start()
        time.sleep(0.05)
        act = here.send(Call("POST", "/cache/invalidate", headers, INVALIDATE))
        poller.join()
    if act.status != 200 or not is_over.is_set():
        return float("inf")
    old = [one for one in answers[:-1] if one.sent_at > act.arrived_at]
    return max((one.arrived_at - act.arrived_at for one in old), default=0.0) * 1000


def _row(name: str, lags: list[float]) -> Row:
    return Row(
        f"an invalidated answer on the other server, {name}",
        f"served for at most {max(lags):.0f} ms, median {statistics.median(lags):.0f} ms"
        f" ({len(lags)} times)",
        f"≤ {PROMISED_MS:,} ms",
        max(lags) <= PROMISED_MS,
    )
