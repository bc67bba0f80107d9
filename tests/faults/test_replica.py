"""Reads that may lag go to a replica that is near, and to the primary whenever it is not."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.db import DatabaseError, connections

from common import replica
from common.replica import PrimaryRouter, Watch, may_lag
from deploy.backup import programs
from deploy.backup.settings import Settings
from discovery.models import Dataset
from omicsoracle.embedded.folders import as_owner, owner_of
from omicsoracle.embedded.guard import Guard
from tests.faults.own_postgres import OwnPostgres, own_folder, wait_for


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


class Pair:
    """How far a primary and a replica are; None: the replica is away."""

    def __init__(self) -> None:
        self.written, self.replayed = 100, 100
        self.is_away = False

    def __call__(self) -> tuple[int, int]:
        if self.is_away:
            raise DatabaseError
        return self.written, self.replayed


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def pair() -> Pair:
    return Pair()


@pytest.fixture
def watch(pair: Pair, clock: Clock) -> Watch:
    return Watch(pair, clock)


def after(clock: Clock, watch: Watch, seconds: int) -> bool:
    """Look once a second; return what is said at the end."""
    near = False
    for _ in range(seconds):
        clock.now += 1
        near = watch.is_near()
    return near


def test_a_replica_that_has_all_is_near(watch: Watch) -> None:
    assert watch.is_near()


def test_a_replica_is_near_however_long_nothing_is_written(watch: Watch, clock: Clock) -> None:
    assert after(clock, watch, 100)


def test_a_replica_a_little_behind_is_near(watch: Watch, clock: Clock, pair: Pair) -> None:
    watch.is_near()
    for _ in range(10):
        clock.now += 1
        pair.written += 50
        pair.replayed = max(100, pair.written - 100)  # two seconds
        assert watch.is_near()


def test_a_replica_that_was_cut_off_is_left_when_it_is_too_old(
    watch: Watch, clock: Clock, pair: Pair
) -> None:
    watch.is_near()
    pair.written = 200

    assert after(clock, watch, 5)
    assert not after(clock, watch, 1)


def test_a_replica_that_is_away_is_not_used_and_is_used_again_when_it_is_back(
    watch: Watch, clock: Clock, pair: Pair
) -> None:
    pair.is_away = True
    assert not after(clock, watch, 1)
    pair.is_away = False
    assert after(clock, watch, 1)


def test_nobody_asks_more_often_than_once_a_second(clock: Clock) -> None:
    asked: list[float] = []

    def positions() -> tuple[int, int]:
        asked.append(clock.now)
        return 1, 1

    watch = Watch(positions, clock)

    for _ in range(30):
        clock.now += 0.1
        watch.is_near()

    assert len(asked) == 3


def test_without_a_replica_all_is_read_from_the_primary() -> None:
    assert may_lag(Dataset.objects.all()).db == "default"


def test_what_came_from_the_replica_is_written_to_the_primary() -> None:
    series = Dataset()
    series._state.db = "replica"

    assert PrimaryRouter().db_for_write(Dataset, instance=series) == "default"
    assert PrimaryRouter().allow_migrate("replica", "discovery") is False


class Servers:
    """A primary, and a hot standby that streams from it."""

    def __init__(self, primary: OwnPostgres, standby: OwnPostgres) -> None:
        self.primary, self.standby = primary, standby


@pytest.fixture(scope="module")
def servers() -> Iterator[Servers]:
    guard = Guard()
    with own_folder() as folder:
        primary = OwnPostgres(folder / "p", guard)
        standby = OwnPostgres(folder / "s", guard)
        try:
            primary.start()
            primary.ask("create table series (id int primary key)")
            _copy(primary, standby)
            standby.start()
            yield Servers(primary, standby)
        finally:
            standby.end()
            primary.end()
            guard.close()


def _copy(primary: OwnPostgres, standby: OwnPostgres) -> None:
    standby.home.var.mkdir(mode=0o711)
    settings = Settings(target="", connection=primary.variables)
    programs.run(
        settings,
        "pg_basebackup",
        f"--pgdata={standby.data}",
        "--write-recovery-conf",
        "--checkpoint=fast",
    )
    programs.hand_over(standby.data, as_owner(owner_of(primary.data)))


@pytest.fixture
def aliases(servers: Servers, settings: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[Servers]:
    """Let `default` and `replica` be the two servers, for who asks how far they are."""
    own = {
        name: connections["default"].settings_dict
        | {"NAME": "omicsoracle", "HOST": str(one.home.sockets)}
        for name, one in (("default", servers.primary), ("replica", servers.standby))
    }
    handler = type(connections)(own)
    monkeypatch.setattr(replica, "connections", handler)
    monkeypatch.setattr(replica, "watch", Watch(replica.positions))
    monkeypatch.setitem(settings.DATABASES, "replica", own["replica"])
    yield servers
    handler.close_all()


def test_a_real_standby_is_read_from_while_it_keeps_up(
    aliases: Servers, django_db_blocker: Any, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(replica, "LOOK_EVERY", 0.05)
    settings.DATABASE_REPLICA_MAX_LAG = 1.0
    with django_db_blocker.unblock():
        aliases.primary.ask("insert into series values (1)")
        wait_for(lambda: replica.alias() == "replica", "the replica is near")
        wait_for(lambda: aliases.standby.ask("select id from series") == [(1,)], "it is copied")

        aliases.standby.ask("select pg_wal_replay_pause()")
        aliases.primary.ask("insert into series values (2)")
        wait_for(lambda: replica.alias() == "default", "it is left when it falls behind")

        aliases.standby.ask("select pg_wal_replay_resume()")
        wait_for(lambda: replica.alias() == "replica", "it is used again")

        aliases.standby.stop("kill")
        wait_for(lambda: replica.alias() == "default", "it is left when it is away")
