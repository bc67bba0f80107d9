import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import psutil
import pytest

from omicsoracle.embedded.errors import CannotStart
from omicsoracle.embedded.guard import Guard
from omicsoracle.embedded.processes import Home, Server, spawn
from omicsoracle.run.team import DEATHS, Team

STEADY = "import time; time.sleep(60)"
STUBBORN = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); time.sleep(60)"
MORTAL = "print('I am unwell', flush=True); raise SystemExit(3)"


@pytest.fixture
def said() -> list[str]:
    return []


@pytest.fixture
def home(tmp_path: Path, said: list[str]) -> Iterator[Home]:
    (tmp_path / "log").mkdir()
    guard = Guard()
    yield Home(tmp_path, tmp_path / "s", guard, tell=said.append)
    guard.close()


@pytest.fixture
def team(home: Home) -> Iterator[Team]:
    team = Team(home)
    yield team
    team.stop()


@pytest.fixture
def child(home: Home) -> Callable[[str], Callable[[], Server]]:
    """Return what starts a child that runs this code."""

    def starter(code: str, name: str = "child") -> Callable[[], Server]:
        command = [sys.executable, "-S", "-c", code]
        return partial(spawn, home, name, command, stop_signal=signal.SIGTERM)

    return starter


def died(server: Server) -> None:
    server.process.wait(5)


def test_a_child_that_is_killed_is_started_again(
    team: Team, child: Callable[[str], Callable[[], Server]], said: list[str]
) -> None:
    started: list[Server] = []

    def start() -> Server:
        started.append(child(STEADY)())
        return started[-1]

    team.start("web", start)
    os.kill(started[0].process.pid, signal.SIGKILL)
    died(started[0])
    team.look(at=100.0)
    team.look(at=100.4)
    assert len(started) == 1

    team.look(at=100.6)

    assert len(started) == 2
    assert started[1].process.poll() is None
    assert "web was killed by SIGKILL; it starts again in 0.5 s" in said[0]


def test_a_child_that_dies_five_times_in_a_minute_ends_the_run_with_its_last_words(
    team: Team, child: Callable[[str], Callable[[], Server]]
) -> None:
    started: list[Server] = []

    def start() -> Server:
        started.append(child(MORTAL)())
        return started[-1]

    team.start("worker", start)

    def look_for_a_while() -> None:
        for second in range(0, 58, 2):
            died(started[-1])
            team.look(at=float(second))

    with pytest.raises(CannotStart, match="worker ended with 3, for the 5th time") as refusal:
        look_for_a_while()

    assert "I am unwell" in str(refusal.value)
    assert len(started) == DEATHS


def test_a_child_that_dies_now_and_then_is_always_started_again(
    team: Team, child: Callable[[str], Callable[[], Server]]
) -> None:
    started: list[Server] = []

    def start() -> Server:
        started.append(child(MORTAL)())
        return started[-1]

    team.start("worker", start)

    for minute in range(DEATHS + 2):
        died(started[-1])
        team.look(at=60.0 * minute)
        team.look(at=60.0 * minute + 30)

    assert len(started) == DEATHS + 3


def test_stopping_ends_the_stubborn_too(
    team: Team,
    child: Callable[[str], Callable[[], Server]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("omicsoracle.run.team.STOP_TOGETHER", 0.3)
    polite = team.start("PostgreSQL", child(STEADY), is_ours=False)
    stubborn = team.start("worker", child(STUBBORN))
    time.sleep(0.3)

    team.stop()

    assert polite.process.returncode == -signal.SIGTERM
    assert stubborn.process.returncode == -signal.SIGKILL


def test_what_outlived_even_its_guard_is_ended_by_the_next_run(home: Home) -> None:
    with subprocess.Popen([sys.executable, "-S", "-c", STEADY]) as orphan:
        born = psutil.Process(orphan.pid).create_time()
        (home.var / "children.json").write_text(json.dumps({"web": [orphan.pid, born]}))

        Team(home).end_leftovers()

        assert not psutil.pid_exists(orphan.pid)


def test_a_process_that_got_the_number_of_an_old_child_is_left_alone(home: Home) -> None:
    (home.var / "children.json").write_text(json.dumps({"web": [os.getpid(), 1.0]}))

    Team(home).end_leftovers()

    assert not (home.var / "children.json").exists()


def test_a_broken_record_of_children_is_no_obstacle(home: Home) -> None:
    (home.var / "children.json").write_text("{")

    Team(home).end_leftovers()

    assert not (home.var / "children.json").exists()
