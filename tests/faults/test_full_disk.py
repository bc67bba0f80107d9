"""A full disk costs writes, not reads, and nothing that was written."""

from collections.abc import Iterator

import psycopg
import pytest
from django.db import OperationalError

from common.translation import translate
from deploy.backup import programs
from deploy.backup.settings import Settings
from omicsoracle.embedded.guard import Guard
from tests.faults.disks import SMALL_LOG, CannotMount, filled, move_log, small_disk
from tests.faults.own_postgres import OwnPostgres, own_folder

MADE = "create table kept (n int primary key, words text); insert into kept values (1, 'one')"
LARGE = """insert into kept select (select max(n) from kept) + g, gen_random_uuid()::text ||
    repeat(md5(random()::text), 60) from generate_series(1, 2000) g"""


@pytest.fixture
def server() -> Iterator[OwnPostgres]:
    """Yield a server whose data lies on a small disk, and its log on another one."""
    guard = Guard()
    try:
        with small_disk(160) as disk, own_folder() as log:
            made = OwnPostgres(disk, guard, SMALL_LOG)
            try:
                made.start()
                move_log(made, log / "w")
                yield made
            finally:
                made.end()
    except CannotMount as error:
        pytest.skip(f"no disk can be made here: {error}")
    finally:
        guard.close()


def fill(server: OwnPostgres) -> None:
    for _ in range(20):
        server.ask(LARGE)


def test_while_the_disk_is_full_reads_go_on_and_afterwards_all_is_well(server: OwnPostgres) -> None:
    server.ask(MADE)
    with filled(server.home.var):
        with pytest.raises(psycopg.errors.DiskFull) as refusal:
            fill(server)
        assert server.ask("select words from kept where n = 1") == [("one",)]

    server.ask(LARGE)

    settings = Settings(target="", connection=server.variables)
    programs.run(settings, "pg_amcheck", "--all", "--heapallindexed", "--install-missing")
    error = OperationalError()
    error.__cause__ = refusal.value
    told = translate(error)
    assert told is not None
    assert (told.status, told.headers["Retry-After"]) == (503, "30")
