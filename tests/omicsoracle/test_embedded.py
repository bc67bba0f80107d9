import os
import signal
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import psutil
import psycopg
import pytest
import redis

from omicsoracle.embedded import folders, postgres, processes, valkey
from omicsoracle.embedded.errors import CannotStart
from omicsoracle.embedded.guard import Guard
from omicsoracle.embedded.processes import Home, Server

QUICK = postgres.FORGETFUL | {"shared_buffers": "16MB", "shared_preload_libraries": ""}


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Home]:
    """Return a home in this test's folder."""
    guard = Guard()
    yield Home(tmp_path, tmp_path / "s", guard, tell=lambda _: None)
    guard.close()


@pytest.fixture
def start(home: Home) -> Iterator[Callable[[], Server]]:
    """Start PostgreSQL in this test's folder, again and again if wanted."""
    servers: list[Server] = []

    def start_another() -> Server:
        servers.append(postgres.start(home, options=QUICK))
        return servers[-1]

    yield start_another
    for server in servers:
        server.end()


def sleeper(home: Home) -> Server:
    """Start a server that says one line and never answers."""
    (home.var / "log").mkdir(exist_ok=True)
    server = processes.spawn(
        home,
        "sleeper",
        [sys.executable, "-c", "import time; print('at work', flush=True); time.sleep(60)"],
        stop_signal=signal.SIGTERM,
    )
    while "at work" not in server.said():
        time.sleep(0.02)
    return server


def query(var: Path, statement: str) -> list[tuple[object, ...]]:
    with psycopg.connect(
        host=str(var / "s"), user="postgres", dbname="omicsoracle", autocommit=True
    ) as connection:
        cursor = connection.execute(statement)
        return cursor.fetchall() if cursor.description else []


def test_postgres_keeps_its_data_over_a_restart(
    start: Callable[[], Server], tmp_path: Path
) -> None:
    server = start()
    query(tmp_path, "create table kept (x int); insert into kept values (7)")
    server.stop()

    start()

    assert query(tmp_path, "select x from kept") == [(7,)]


def test_postgres_listens_on_its_socket_only(start: Callable[[], Server], tmp_path: Path) -> None:
    process = psutil.Process(start().process.pid)

    assert process.net_connections("tcp") == []
    assert oct((tmp_path / "s").stat().st_mode)[-3:] == "700"


def test_a_pid_file_of_a_process_that_is_not_ours_is_in_nobodys_way(
    start: Callable[[], Server], tmp_path: Path
) -> None:
    start().stop()
    (tmp_path / "postgres" / "postmaster.pid").write_text(f"{os.getpid()}\n")

    server = start()

    assert server.process.poll() is None
    assert psutil.pid_exists(os.getpid())


def test_a_server_that_a_killed_parent_left_is_ended_first(
    start: Callable[[], Server], tmp_path: Path
) -> None:
    left = start()

    start()

    assert left.process.wait(5) is not None
    assert query(tmp_path, "select 1") == [(1,)]


def test_data_of_another_version_is_refused_in_one_sentence(home: Home, tmp_path: Path) -> None:
    (tmp_path / "postgres").mkdir()
    (tmp_path / "postgres" / "PG_VERSION").write_text("15\n")

    with pytest.raises(CannotStart, match="was written by PostgreSQL 15") as refusal:
        postgres.start(home)

    assert "\n" not in str(refusal.value)


def test_a_half_made_data_folder_is_made_anew(start: Callable[[], Server], tmp_path: Path) -> None:
    (tmp_path / "postgres.unfinished" / "base").mkdir(parents=True)

    start()

    assert query(tmp_path, "select 1") == [(1,)]
    assert not (tmp_path / "postgres.unfinished").exists()


def test_a_server_that_refuses_its_settings_says_why(home: Home) -> None:
    with pytest.raises(CannotStart, match=r"PostgreSQL stopped at once: .*no_such_option"):
        postgres.start(home, options={"no_such_option": "1"})


def test_valkey_keeps_what_was_written_over_a_kill(home: Home, tmp_path: Path) -> None:
    options = {"appendfsync": "always"}
    server = valkey.start(home, options=options)
    with redis.Redis(unix_socket_path=str(tmp_path / "s" / "valkey.sock")) as client:
        client.set("kept", "yes")
    server.process.kill()
    server.process.wait()

    again = valkey.start(home, options=options)

    with redis.Redis(unix_socket_path=str(tmp_path / "s" / "valkey.sock")) as client:
        assert client.get("kept") == b"yes"
    again.stop()


def test_a_folder_that_is_not_whole_is_refused_with_what_to_do(home: Home, tmp_path: Path) -> None:
    (tmp_path / "postgres").mkdir()
    (tmp_path / "postgres" / "PG_VERSION").write_text("18\n")

    with pytest.raises(CannotStart, match="not a whole PostgreSQL data folder: move it away"):
        postgres.start(home)


def test_the_data_of_another_user_is_refused(
    home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "postgres").mkdir()

    def denied(self: Path) -> str:
        raise PermissionError

    monkeypatch.setattr(Path, "read_text", denied)

    with pytest.raises(CannotStart, match="belongs to another user"):
        postgres._refuse_foreign(tmp_path / "postgres")


def test_a_full_disk_is_named_when_the_cluster_cannot_be_made(tmp_path: Path) -> None:
    programs = tmp_path / "bin"
    programs.mkdir()
    (programs / "initdb").write_text("#!/bin/sh\necho 'No space left on device' >&2\nexit 1\n")
    (programs / "initdb").chmod(0o755)

    with pytest.raises(CannotStart, match=r"could not make .*: No space left on device"):
        postgres._make_cluster(programs, tmp_path / "postgres", None, lasting=False)

    assert not list(tmp_path.glob("postgres*"))


def test_little_shared_memory_is_not_relied_upon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(postgres, "ROOMY", 1 << 60)

    chosen = postgres._shared_memory()

    assert chosen in ({"dynamic_shared_memory_type": "mmap"}, {})
    assert bool(chosen) == Path("/dev/shm").exists()  # noqa: S108 (only looked at)


def test_a_missing_package_is_named() -> None:
    with pytest.raises(CannotStart, match="no_such_package is not installed"):
        folders.package("no_such_package")


def test_valkey_is_stopped_in_good_order_and_kept(home: Home, tmp_path: Path) -> None:
    server = valkey.start(home)

    server.stop()

    assert server.process.returncode == 0
    assert (tmp_path / "valkey").stat().st_mode & 0o077 == 0


def test_who_waits_long_hears_what_the_server_is_doing(
    home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    heard: list[str] = []
    monkeypatch.setattr(processes, "SIGN_OF_LIFE", 0.0)
    told = replace(home, tell=heard.append)

    server = sleeper(told)
    ready = iter([False, False, True])
    processes.wait_until(told, lambda: next(ready), server)
    server.end()

    assert "sleeper: at work" in heard[-1]


def test_a_server_that_never_answers_is_ended(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(processes, "START_PATIENCE", 0.1)
    server = sleeper(home)

    with pytest.raises(CannotStart, match="sleeper does not answer after a minute"):
        processes.wait_until(home, lambda: False, server)

    assert server.process.returncode == -signal.SIGTERM


def test_a_long_log_is_put_aside(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    sleeper(home).end()
    monkeypatch.setattr(processes, "LOG_BYTES", 1)

    server = sleeper(home)
    server.end()

    assert server.log.with_name("sleeper.log.1").exists()
    assert server.log_start == 0


def test_passing_through_a_folder_does_not_let_anybody_look(tmp_path: Path) -> None:
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o700)
    said: list[str] = []

    folders.let_through([closed], said.append)

    assert closed.stat().st_mode & 0o777 == 0o701
    assert str(closed) in said[0]


def test_programs_hidden_by_a_strict_umask_can_be_read(tmp_path: Path) -> None:
    program = tmp_path / "bin" / "postgres"
    program.parent.mkdir(mode=0o700)
    program.touch(mode=0o700)

    folders.let_read(tmp_path)

    assert program.stat().st_mode & 0o777 == 0o705
    assert program.parent.stat().st_mode & 0o777 == 0o705


def test_root_runs_postgres_as_whoever_owns_the_data(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 0)

    owner = folders.owner_of(tmp_path / "none yet")

    assert owner is not None
    assert owner.user != 0


def test_who_is_not_root_runs_postgres_as_themselves(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 1000)

    assert folders.owner_of(tmp_path) is None
    assert folders.as_owner(None) == {}


def test_sockets_in_a_folder_of_somebody_else_are_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: tmp_path.stat().st_uid + 1)

    with pytest.raises(CannotStart, match="belongs to another user"):
        folders.prepare(var=tmp_path, sockets=tmp_path / "s", owner=None)


def test_a_folder_that_cannot_be_made_is_refused_with_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def denied(self: Path, **options: object) -> None:
        raise PermissionError

    monkeypatch.setattr(Path, "mkdir", denied)

    with pytest.raises(CannotStart, match=r"may not be written to.*VAR_DIR"):
        folders.prepare(var=tmp_path / "var", sockets=tmp_path / "s", owner=None)
