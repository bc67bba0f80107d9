import errno
import shutil
import socket
from collections import namedtuple
from pathlib import Path

import pytest
from django.conf import settings

from omicsoracle.embedded.errors import CannotStart
from omicsoracle.run import checks

# Sockets of this machine only: the checks look at ports.
pytestmark = pytest.mark.allow_hosts(["127.0.0.1"])


def test_a_taken_port_is_refused_with_another_to_choose() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]

        with pytest.raises(CannotStart, match=f"PORT {port} is taken.*make run PORT={port + 1}"):
            checks.require_port(port)


@pytest.mark.parametrize("port", [0, -1, 65_536])
def test_a_number_that_is_no_port_is_refused(port: int) -> None:
    with pytest.raises(CannotStart, match="is no port"):
        checks.require_port(port)


def test_a_port_of_roots_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    def denied(self: socket.socket, address: object) -> None:
        raise PermissionError

    monkeypatch.setattr(socket.socket, "bind", denied)

    with pytest.raises(CannotStart, match="reserved for root"):
        checks.require_port(80)


def test_another_trouble_with_the_port_is_not_hidden(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(self: socket.socket, address: object) -> None:
        raise OSError(errno.EIO, "broken")

    monkeypatch.setattr(socket.socket, "bind", broken)

    with pytest.raises(OSError, match="broken"):
        checks.require_port(8000)


def test_a_full_disk_is_refused_with_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    usage = namedtuple("usage", "free")
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage(200_000_000))

    with pytest.raises(CannotStart, match=r"Only 0\.2 GB are free.*VAR_DIR"):
        checks.require_space(tmp_path / "not" / "there")


def test_two_runs_of_one_folder_are_one_too_many(tmp_path: Path) -> None:
    with checks.hold(tmp_path), pytest.raises(CannotStart, match=r"already running.*process"):
        checks.hold(tmp_path)

    checks.hold(tmp_path).close()


def test_a_database_that_does_not_answer_is_refused_without_its_password(tmp_path: Path) -> None:
    database = {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": "some",
        "USER": "one",
        "PASSWORD": "hidden-word",
        "HOST": str(tmp_path),
        "PORT": "",
    }

    with pytest.raises(CannotStart, match="DATABASE_URL leads to no PostgreSQL") as refusal:
        checks.require_postgres(database)

    assert "hidden-word" not in str(refusal.value)
    assert "\n" not in str(refusal.value)


def test_a_database_that_is_no_postgres_is_refused() -> None:
    with pytest.raises(CannotStart, match="must begin with postgres://"):
        checks.require_postgres({"ENGINE": "django.db.backends.sqlite3"})


def test_a_database_that_answers_is_taken() -> None:
    database = {**settings.DATABASES["default"], "NAME": "postgres", "PASSWORD": ""}

    checks.require_postgres(database)


@pytest.mark.parametrize("url", ["redis://:hidden-word@127.0.0.1:1/0", "nonsense"])
def test_a_valkey_that_does_not_answer_is_refused_without_its_password(url: str) -> None:
    with pytest.raises(CannotStart, match="REDIS_URL leads to no Valkey") as refusal:
        checks.require_valkey(url)

    assert "hidden-word" not in str(refusal.value)


def test_a_valkey_that_answers_is_taken() -> None:
    checks.require_valkey(settings.REDIS_URL)
