"""Who needs a strong lock waits briefly, lets the others pass, and tries again."""

from collections.abc import Iterator

import psycopg
import pytest
from django.core.management import call_command
from django.db import OperationalError, connection

from common import patience
from common.patience import patiently

pytestmark = pytest.mark.django_db(transaction=True)
READ = "select count(*) from cache_uses"


@pytest.fixture
def reader() -> Iterator[psycopg.Connection]:
    """Somebody else, who reads a table in a transaction that stays open."""
    given = connection.get_connection_params()
    given.pop("cursor_factory"), given.pop("context")
    with psycopg.connect(**given) as other:
        other.execute(READ)
        yield other


@pytest.fixture(autouse=True)
def _brief(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(patience, "LOCK_TIMEOUT", "20ms")
    monkeypatch.setattr(patience, "PAUSE", 0.001)


def alter() -> str:
    with connection.cursor() as cursor:
        cursor.execute("alter table cache_uses add column extra int")
        cursor.execute("alter table cache_uses drop column extra")
    return "altered"


def test_it_is_tried_again_until_the_lock_is_had(reader: psycopg.Connection) -> None:
    pauses: list[float] = []

    def pause(seconds: float) -> None:
        pauses.append(seconds)
        if len(pauses) == 3:
            reader.rollback()

    assert patiently(alter, pause=pause) == "altered"
    assert len(pauses) == 3


def test_nobody_waits_behind_it_between_two_attempts(reader: psycopg.Connection) -> None:
    def pause(_: float) -> None:
        with connection.cursor() as cursor:
            cursor.execute("set lock_timeout = '20ms'")
            cursor.execute(READ)
        reader.rollback()

    assert patiently(alter, pause=pause) == "altered"


def test_one_gives_up_after_many_attempts(
    reader: psycopg.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(patience, "ATTEMPTS", 3)
    pauses: list[float] = []

    with pytest.raises(OperationalError):
        patiently(alter, pause=pauses.append)

    assert len(pauses) == 2


def test_what_fails_otherwise_is_not_tried_again() -> None:
    def kill() -> None:
        with connection.cursor() as cursor:
            cursor.execute(
                "select pg_terminate_backend(%s)", [connection.connection.info.backend_pid]
            )

    pauses: list[float] = []

    with pytest.raises(OperationalError):
        patiently(kill, pause=pauses.append)
    connection.close()

    assert pauses == []


def test_migrate_waits_for_who_reads_and_then_migrates(
    reader: psycopg.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    pauses: list[float] = []

    def pause(seconds: float) -> None:
        pauses.append(seconds)
        reader.rollback()

    monkeypatch.setattr("common.management.commands.migrate.LOCK_TIMEOUT", "20ms")
    monkeypatch.setattr(patience.again_while_locked, "__kwdefaults__", {"pause": pause})

    call_command("migrate", "caching", "0001", verbosity=0)
    monkeypatch.undo()
    call_command("migrate", "caching", verbosity=0)

    assert len(pauses) == 1
    with connection.cursor() as cursor:
        cursor.execute("select key from cache_uses")
