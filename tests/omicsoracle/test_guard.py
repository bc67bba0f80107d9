import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import psutil
import pytest

from omicsoracle.embedded.guard import Guard

PARENT = """
import signal, subprocess, sys, time
from omicsoracle.embedded.guard import Guard
child = subprocess.Popen(
    [sys.executable, "-c", {child!r}], start_new_session=True, stdout=subprocess.PIPE
)
child.stdout.readline()
guard = Guard()
guard.watch(child.pid, signal.SIGTERM)
if {forget}:
    guard.forget(child.pid)
print(child.pid, flush=True)
time.sleep(60)
"""
POLITE = "import time; print(flush=True); time.sleep(60)"
STUBBORN = (
    "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print(flush=True); "
    "time.sleep(60)"
)


def child_of_a_killed_parent(child: str, *, forget: bool = False) -> psutil.Process:
    """Kill a parent that has a guarded child, and return the child."""
    parent = subprocess.Popen(
        [sys.executable, "-c", PARENT.format(child=child, forget=forget)],
        stdout=subprocess.PIPE,
        cwd=Path(__file__).parents[2],
    )
    assert parent.stdout is not None
    orphan = psutil.Process(int(parent.stdout.readline()))
    parent.kill()
    parent.communicate()
    return orphan


@pytest.mark.parametrize("child", [POLITE, STUBBORN])
def test_no_child_outlives_a_killed_parent_for_five_seconds(child: str) -> None:
    orphan = child_of_a_killed_parent(child)

    gone, _ = psutil.wait_procs([orphan], timeout=5)

    assert gone or orphan.status() == psutil.STATUS_ZOMBIE


def test_a_process_that_was_forgotten_is_left_alone() -> None:
    orphan = child_of_a_killed_parent(POLITE, forget=True)

    time.sleep(1)

    assert orphan.is_running()
    orphan.kill()


def test_closing_the_guard_ends_what_it_watches() -> None:
    with subprocess.Popen([sys.executable, "-c", POLITE], start_new_session=True) as child:
        guard = Guard()
        guard.watch(child.pid, signal.SIGKILL)
        waiting = threading.Thread(target=child.wait)
        waiting.start()

        guard.close()
        waiting.join(5)

    assert child.returncode == -signal.SIGKILL


def test_who_lost_his_guard_goes_on() -> None:
    guard = Guard()
    guard._process.kill()
    guard._process.wait()

    guard.watch(2**30, signal.SIGTERM)

    guard.close()


def test_the_guard_removes_the_folder_it_was_given(tmp_path: Path) -> None:
    folder = tmp_path / "gone"
    folder.mkdir()
    guard = Guard(remove=folder)

    guard.close()

    assert not folder.exists()
