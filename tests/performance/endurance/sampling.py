"""What the processes hold: memory, descriptors, connections, what waits; looked at again and again."""

import contextlib
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psutil
import redis
from django.conf import settings
from django.db import DatabaseError, connection

from batch import queue
from quotas.limiter import STREAM
from tests.performance.endurance.site import Site
from tests.performance.requests.processes import family

MEGABYTE = 1 << 20
BACKENDS = "select count(*) from pg_stat_activity where backend_type = 'client backend'"


@dataclass(frozen=True, slots=True)
class Sample:
    """Everything at one moment, by name; `at` is in seconds since the first look."""

    at: float
    values: dict[str, float]


def look(site: Site) -> dict[str, float]:
    found: dict[str, float] = {}
    for name, pid in site.pids.items():
        found |= _held(name, pid)
    return found | _of_postgres() | _of_valkeys()


@contextmanager
def sampled(site: Site, *, every: float) -> Iterator[list[Sample]]:
    """Look again and again while the block runs; what was seen is in the list.

    A look that fails is said at once, and left out: a program may be gone, or a server not answer.
    """
    samples: list[Sample] = []
    is_over = threading.Event()
    began = time.monotonic()

    def watch() -> None:
        while not is_over.wait(every):
            try:
                samples.append(Sample(time.monotonic() - began, look(site)))
            except (psutil.Error, DatabaseError, redis.RedisError) as error:
                sys.stderr.write(f"One look failed: {error!r}\n")
                connection.close()
        connection.close()

    thread = threading.Thread(target=watch)
    thread.start()
    try:
        yield samples
    finally:
        is_over.set()
        thread.join()


def _held(name: str, pid: int) -> dict[str, float]:
    """Return what a process and all its children hold; a page that several share counts once."""
    memory, descriptors, sockets = 0, 0, 0
    for process in family([pid]):
        with contextlib.suppress(psutil.NoSuchProcess, FileNotFoundError, ProcessLookupError):
            memory += process.memory_full_info().pss
            kinds = list(_descriptors(process.pid))
            descriptors += len(kinds)
            sockets += sum(one.startswith("socket:") for one in kinds)
    return {
        f"{name}: memory, MB": memory / MEGABYTE,
        f"{name}: descriptors": descriptors,
        f"{name}: sockets": sockets,
    }


def _descriptors(pid: int) -> Iterator[str]:
    for one in Path(f"/proc/{pid}/fd").iterdir():
        with contextlib.suppress(FileNotFoundError):  # closed meanwhile
            yield str(one.readlink())


def _of_postgres() -> dict[str, float]:
    with connection.cursor() as cursor:
        cursor.execute(BACKENDS)
        (backends,) = cursor.fetchone()
    return {"PostgreSQL: connections": backends, "waiting: batch questions": queue.look().due}


def _of_valkeys() -> dict[str, float]:
    found: dict[str, float] = {}
    for name, url in (("Valkey", settings.REDIS_URL), ("Valkey cache", settings.CACHE_URL)):
        with redis.Redis.from_url(url) as client:
            told = client.info()
            found[f"{name}: clients"] = told["connected_clients"]
            found[f"{name}: data, MB"] = told["used_memory"] / MEGABYTE
            if name == "Valkey":
                for waiting in ("celery", "batch"):
                    found[f"waiting: messages in {waiting}"] = client.llen(waiting)
                found["waiting: requests to be noted"] = client.xlen(STREAM)
    return found
