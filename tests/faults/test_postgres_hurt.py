"""PostgreSQL restarted, stalled, overrun: what callers of the real web server see."""

import json
import threading
import time
from collections.abc import Iterator
from typing import Any

import psycopg
import pytest

from tests.faults import site as sites
from tests.faults.own_postgres import wait_for
from tests.faults.site import Said, Site

pytestmark = pytest.mark.allow_hosts(["127.0.0.1"])
RATE = 10  # a second: a busy machine is no fault of PostgreSQL's
CONNECTIONS = 30


@pytest.fixture(scope="module")
def site() -> Iterator[Site]:
    with sites.serving(options={"max_connections": str(CONNECTIONS)}) as made:
        made.ask()
        yield made


def refused_well(said: Said) -> bool:
    problem = json.loads(said.body)
    is_problem = said.headers["content-type"] == "application/problem+json"
    return said.status == 503 and is_problem and "retry-after" in said.headers and problem["code"]


@pytest.mark.parametrize("how", ["fast", "immediate", "kill"])
def test_reads_survive_a_restart(site: Site, how: str) -> None:
    with site.reading(RATE, 3) as answers:
        time.sleep(1)
        began = time.monotonic()
        site.postgres.stop(how)
        site.postgres.start()
        took = time.monotonic() - began

    counted = sites.statuses(answers)
    assert len(answers) == RATE * 3
    assert set(counted) <= ({200} if took < 1.5 else {200, 503})
    assert site.ask().status == 200


def test_a_stalled_server_is_given_up_within_five_seconds_and_used_again_at_once(
    site: Site,
) -> None:
    site.postgres.freeze()
    try:
        began = time.monotonic()
        said = site.ask()
        waited = time.monotonic() - began
    finally:
        site.postgres.thaw()

    assert refused_well(said)
    assert waited < 8  # five, and what a busy machine adds
    wait_for(lambda: site.ask().status == 200, "a read is answered", seconds=5)


def test_who_finds_no_connection_is_told_when_to_come_back(site: Site) -> None:
    pool = taken(site)
    try:
        site.postgres.ask(
            "select pg_terminate_backend(pid) from pg_stat_activity"
            " where usename = 'omicsoracle_app'"
        )
        pool += taken(site)
        said = site.ask()
    finally:
        for connection in pool:
            connection.close()

    assert refused_well(said)
    wait_for(lambda: site.ask().status == 200, "a read is answered", seconds=10)


def taken(site: Site) -> list["psycopg.Connection[Any]"]:
    """Take every connection that an ordinary role may have, but for the test's own."""
    connections: list[psycopg.Connection[Any]] = []
    try:
        while len(connections) < CONNECTIONS:
            connections.append(
                psycopg.connect(
                    host=str(site.postgres.home.sockets),
                    user="omicsoracle_app",
                    dbname="omicsoracle",
                )
            )
    except psycopg.OperationalError:
        pass
    return connections


def test_a_statement_that_takes_too_long_is_ended_and_told_of(site: Site) -> None:
    with site.slow_writes():
        began = time.monotonic()
        said = site.write()
        waited = time.monotonic() - began

    assert refused_well(said)
    assert b"took too long" in said.body
    assert waited < 8  # four, and what a busy machine adds
    assert site.write().status == 200


def test_who_waits_for_a_lock_is_not_kept_for_long(site: Site) -> None:
    locked = threading.Event()
    over = threading.Event()

    def lock() -> None:
        with site.postgres.connect() as connection, connection.transaction():
            connection.execute("lock table users in access exclusive mode")
            locked.set()
            over.wait(20)

    holder = threading.Thread(target=lock)
    holder.start()
    locked.wait(5)
    try:
        said = site.write()
    finally:
        over.set()
        holder.join()

    assert refused_well(said)
    assert site.write().status == 200
