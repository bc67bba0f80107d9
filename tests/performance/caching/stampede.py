"""Many at once on one key that has ended: how often its answer is made, and if the maker dies."""

import os
import signal
import time
from collections.abc import Callable
from multiprocessing import get_context

import redis
from django.conf import settings
from django.db import connection

from tests.performance.accounts.report import Row
from tests.performance.accounts.servers import DATABASE, Site
from tests.performance.caching.asker import ANSWERED, MAKING, ask_at_once
from tests.performance.caching.sizes import chosen

PROCESSES = 4
PATIENCE = 60.0


def measure(site: Site, *, short: bool) -> list[Row]:
    sizes = chosen(short=short)
    quiet = _stampede(sizes.clients, kill=False)
    killed = _stampede(sizes.clients, kill=True)
    each = sizes.clients // PROCESSES
    return [
        Row(
            f"{sizes.clients} at once on one ended key, {PROCESSES} processes, 1 s to make",
            f"made {quiet[0]} times, {quiet[1]} answered",
            "made once, all answered",
            quiet == (1, sizes.clients),
        ),
        Row(
            "the same, and the maker's process is killed in the middle",
            f"made {killed[0]} times, {killed[1]} of the {sizes.clients - each} that live answered",
            "made at most twice, all that live answered",
            killed[0] <= 2 and killed[1] == sizes.clients - each,
        ),
    ]


def _stampede(clients: int, *, kill: bool) -> tuple[int, int]:
    """Return how often the answer was made, and how many were answered."""
    valkey = redis.Redis.from_url(settings.REDIS_URL)  # patient, unlike the cache's
    valkey.delete(MAKING, ANSWERED)
    connection.close()
    spawn = get_context("spawn")
    barrier = spawn.Barrier(PROCESSES + 1)
    name = f"stampede-{time.time_ns()}"
    crowd = [
        spawn.Process(target=ask_at_once, args=(DATABASE, name, clients // PROCESSES, barrier))
        for _ in range(PROCESSES)
    ]
    for one in crowd:
        one.start()
    barrier.wait(PATIENCE)
    if kill:
        _wait_until(lambda: valkey.llen(MAKING) > 0)
        time.sleep(0.4)
        os.kill(int(valkey.lindex(MAKING, 0)), signal.SIGKILL)
    for one in crowd:
        one.join(PATIENCE)
    return valkey.llen(MAKING), int(valkey.get(ANSWERED) or 0)


def _wait_until(is_so: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE
    while not is_so() and time.monotonic() < deadline:
        time.sleep(0.005)
