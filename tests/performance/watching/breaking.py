"""Each of the plan's four alerts: the thing is broken in earnest, and mended."""

import contextlib
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from django.conf import settings

from tests.faults.site import WRITE, Site
from tests.performance.watching.platform import MEMORY, MOST_CONNECTIONS
from tests.performance.watching.watchers import Watchers

SECONDS = 150.0  # for a message to come
# Another body takes no lock on the table, for which requests would have to wait.
NAP = """
create or replace function doze() returns trigger language plpgsql as
$$ begin perform pg_sleep(3.4); return new; end $$;
create trigger doze before update on users for each row execute function doze();
"""
AWAKE = """
create or replace function doze() returns trigger language plpgsql as
$$ begin return new; end $$;
"""
BALLAST = """
import os, sys, time
import django
django.setup()
from monitoring import slots
slots.name()
held = os.urandom(1 << 20) * (int(sys.argv[1]) >> 20)
print("held", flush=True)
sys.stdin.read()
"""


@dataclass(frozen=True, slots=True)
class Told:
    """How an alert went: after how many seconds somebody was told of it, and of its end."""

    name: str
    broken: str
    fired_after: float
    resolved_after: float


@contextlib.contextmanager
def a_table_is_gone(site: Site) -> Iterator[None]:
    """Take away the table that reads of the catalogue need: they are 500."""
    site.postgres.ask("alter table datasets rename to datasets_taken_away")
    try:
        yield
    finally:
        site.postgres.ask("alter table datasets_taken_away rename to datasets")


@contextlib.contextmanager
def writes_are_slow(site: Site) -> Iterator[None]:
    site.postgres.ask(NAP)
    try:
        yield
    finally:
        site.postgres.ask(AWAKE)


@contextlib.contextmanager
def connections_are_held(site: Site) -> Iterator[None]:
    """Hold most of the connections that there are."""
    with contextlib.ExitStack() as stack:
        for _ in range(round(MOST_CONNECTIONS * 0.8)):
            stack.enter_context(site.postgres.connect())
        yield


@contextlib.contextmanager
def memory_is_held(site: Site) -> Iterator[None]:
    """Have a process of the platform hold nearly all that the platform may have."""
    folder = str(site.postgres.home.var)
    holder = subprocess.Popen(
        [sys.executable, "-W", "ignore", "-c", BALLAST, str(round(MEMORY * 0.9))],
        cwd=settings.BASE_DIR,
        env=os.environ | {"VAR_DIR": folder},  # noqa: TID251 (handed on)
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    try:
        assert holder.stdout
        holder.stdout.readline()
        yield
    finally:
        holder.kill()
        holder.communicate()


FAULTS: dict[str, tuple[str, Callable[[Site], contextlib.AbstractContextManager[None]], bool]] = {
    "high_error_rate": ("a table taken away: reads are 500", a_table_is_gone, False),
    "slow_response": ("each write takes 3.4 s in PostgreSQL", writes_are_slow, True),
    "db_pool_exhausted": (
        "48 of 57 connections held by somebody else",
        connections_are_held,
        False,
    ),
    "high_memory": ("2.7 of 3 GB held by one process of the platform", memory_is_held, False),
}


def break_all(site: Site, watchers: Watchers) -> list[Told]:
    """Break one thing after the other, and wait until somebody was told of it and of its end."""
    found = []
    for name, (says, broken, is_write) in FAULTS.items():
        with _asked(site, is_write=is_write):
            with broken(site):
                began = time.monotonic()
                fired = watchers.receiver.wait(name, "firing", since=began, seconds=SECONDS)
            mended = time.monotonic()
            resolved = watchers.receiver.wait(name, "resolved", since=mended, seconds=SECONDS)
        found.append(Told(name, says, fired, resolved))
    return found


@contextlib.contextmanager
def _asked(site: Site, *, is_write: bool) -> Iterator[None]:
    """Ask the site for something all the time."""
    is_over = threading.Event()

    def ask() -> None:
        number = 0
        while not is_over.wait(0.05):
            number += 1
            if is_write:
                site.ask(WRITE, method="PATCH", body={"full_name": str(number)})
            else:
                site.ask(f"/api/v2/datasets?page_size={number % 90 + 1}")

    thread = threading.Thread(target=ask)
    thread.start()
    try:
        yield
    finally:
        is_over.set()
        thread.join()
