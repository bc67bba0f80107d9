"""Connections to PostgreSQL: what holds for each, and what happens to those that are lost."""

import time
from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
from django.conf import settings
from django.core.checks import run_checks
from django.db import OperationalError, connection
from django.db.backends.postgresql.base import DatabaseWrapper

from common import database
from common.database import PatientConnection
from common.translation import translate
from omicsoracle.run import children
from omicsoracle.settings import database as made  # noqa: TID251 (what it makes of variables)


@pytest.fixture
def pooled(db: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[DatabaseWrapper]:
    """Yield a connection as the web server has it: out of a pool, here of two."""
    monkeypatch.setattr(made, "DATABASE_POOL_SIZE", 2)
    own = made.connected("default", dict(connection.settings_dict))
    own["OPTIONS"]["pool"]["timeout"] = 20  # a busy machine is not a broken one
    wrapper = DatabaseWrapper(own, alias="default")
    wrapper.inc_thread_sharing()
    yield wrapper
    wrapper.close()
    wrapper.close_pool()


def ask(wrapper: Any, question: str) -> Any:
    with wrapper.cursor() as cursor:
        cursor.execute(question)
        return cursor.fetchone()[0]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("statement_timeout", "1min"),
        ("lock_timeout", "2s"),
        ("idle_in_transaction_session_timeout", "1min"),
    ],
)
def test_each_timeout_of_the_server_is_in_force(pooled: Any, name: str, value: str) -> None:
    assert ask(pooled, f"show {name}") == value


@pytest.mark.parametrize(
    ("name", "value"), [("connect_timeout", "2"), ("tcp_user_timeout", "10000")]
)
def test_each_timeout_of_the_client_is_in_force(pooled: Any, name: str, value: str) -> None:
    ask(pooled, "select 1")
    assert pooled.connection.info.get_parameters()[name] == value


def test_the_web_server_waits_less_than_the_client_does() -> None:
    web = children.web(port=1, workers=1, threads=8).environment
    seconds = float(web["DATABASE_STATEMENT_TIMEOUT"].removesuffix("s"))
    assert seconds < database.PATIENCE < 5


@pytest.mark.parametrize("threads", [1, 8, 32])
def test_the_pool_has_a_connection_for_each_thread(
    threads: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    size = int(children.web(port=1, workers=1, threads=threads).environment["DATABASE_POOL_SIZE"])
    monkeypatch.setattr(made, "DATABASE_POOL_SIZE", size)

    pool = made.connected("default", {"ENGINE": "django.db.backends.postgresql"})["OPTIONS"]["pool"]

    assert pool["max_size"] >= threads
    assert pool["timeout"] == 2


def test_a_connection_that_broke_is_replaced_before_it_is_used(pooled: Any) -> None:
    number = ask(pooled, "select pg_backend_pid()")
    pooled.close()  # back to the pool
    ask(connection, f"select pg_terminate_backend({number}, 5000)")

    assert ask(pooled, "select pg_backend_pid()") != number


def test_who_finds_the_pool_empty_waits_and_is_refused(pooled: Any) -> None:
    pool = pooled.pool
    pool.open()
    taken = [pool.getconn() for _ in range(2)]
    pool.timeout = 0.3
    began = time.monotonic()
    try:
        with pytest.raises(OperationalError) as refusal:
            ask(pooled, "select 1")
    finally:
        for one in taken:
            pool.putconn(one)

    assert time.monotonic() - began >= 0.25
    refused = translate(refusal.value)
    assert refused is not None
    assert (refused.status, refused.headers["Retry-After"]) == (503, "5")


def test_a_server_that_does_not_answer_is_given_up(
    pooled: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    ask(pooled, "select 1")
    monkeypatch.setattr(database, "PATIENCE", 0.2)

    with pytest.raises(OperationalError, match="does not answer"):
        ask(pooled, "select pg_sleep(5)")

    assert database.is_silent()
    assert pooled.connection.closed
    monkeypatch.undo()
    pooled.close()
    assert ask(pooled, "select 1") == 1
    assert not database.is_silent()


def test_a_statement_that_takes_too_long_is_told_of_as_that(pooled: Any) -> None:
    ask(pooled, "select set_config('statement_timeout', '50ms', false)")

    with pytest.raises(OperationalError) as refusal:
        ask(pooled, "select pg_sleep(5)")

    refused = translate(refusal.value)
    assert refused is not None
    assert (refused.status, "took too long" in refused.detail) == (503, True)


def test_a_server_that_is_not_there_is_waited_for_a_moment(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    tries = iter([psycopg.OperationalError("it starts"), psycopg.OperationalError("it starts")])

    def connect(*_: Any, **__: Any) -> str:
        for error in tries:
            raise error
        return "connected"

    monkeypatch.setattr(psycopg.Connection, "connect", connect)
    assert PatientConnection.connect("") == "connected"


def test_a_server_that_stays_away_is_known_to_be(monkeypatch: pytest.MonkeyPatch) -> None:
    def connect(*_: Any, **__: Any) -> None:
        raise psycopg.OperationalError("nobody is there")

    monkeypatch.setattr(psycopg.Connection, "connect", connect)
    monkeypatch.setattr(database, "RESTART", 0.1)
    monkeypatch.setattr(database._Server, "is_silent", False)

    with pytest.raises(psycopg.OperationalError, match="nobody is there"):
        PatientConnection.connect("")

    assert database.is_silent()


@pytest.mark.django_db
def test_too_many_connections_for_the_server_are_told_of(
    settings: Any,
) -> None:
    assert run_checks(tags=["database"], databases=["default"]) == []

    settings.DATABASE_POOLS = 10

    (warning,) = run_checks(tags=["database"], databases=["default"])
    assert warning.id == "common.W001"
    assert "100" in warning.msg


def test_only_the_web_server_has_a_pool() -> None:
    assert "DATABASE_POOL_SIZE" not in children.worker().environment
    assert "pool" not in settings.DATABASES["default"]["OPTIONS"]
