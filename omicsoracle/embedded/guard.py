"""Ends child processes whose parent was killed.

A guard is a small process of its own. It is told over a pipe which process groups to end, and how;
when the pipe closes, its parent is gone, however that happened, and it ends what is left.
"""

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

PATIENCE = 2.5  # seconds that a process group has to end by itself
LAST_WORD = 1.0  # and once more, after SIGQUIT: PostgreSQL then leaves without its last checkpoint


class Guard:
    """The parent's end of the pipe."""

    def __init__(self, *, remove: Path | None = None) -> None:
        """Start the guard; it removes the folder, if there is one to remove, at the very end."""
        self._process = subprocess.Popen(
            [sys.executable, "-I", "-S", __file__, *([str(remove)] if remove else [])],
            stdin=subprocess.PIPE,
            start_new_session=True,
            bufsize=0,
        )

    def watch(self, group: int, how: signal.Signals) -> None:
        """End this process group with this signal once we are gone."""
        self._say(f"watch {group} {how.value}")

    def forget(self, group: int) -> None:
        """Leave this group alone: it has ended, and its number may be another's soon."""
        self._say(f"forget {group}")

    def close(self) -> None:
        """End what is still watched, and the guard itself."""
        self._process.communicate()

    def _say(self, line: str) -> None:
        # Somebody may have killed the guard; that must not end what it guarded.
        with contextlib.suppress(BrokenPipeError):
            if self._process.stdin is not None:
                self._process.stdin.write(f"{line}\n".encode())


def main(remove: list[str]) -> None:
    """Read the pipe to its end, then end the groups that were not forgotten."""
    for ignored in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(ignored, signal.SIG_IGN)
    watched: dict[int, int] = {}
    for line in sys.stdin:
        word, group, *how = line.split()
        if word == "watch":
            watched[int(group)] = int(how[0])
        else:
            watched.pop(int(group), None)
    end_groups(watched)
    for folder in remove:
        shutil.rmtree(folder, ignore_errors=True)


def end_groups(watched: dict[int, int]) -> None:
    """Send each group its signal, then SIGQUIT to those left, then SIGKILL."""
    for group, how in watched.items():
        _send(group, how)
    for patience, then in ((PATIENCE, signal.SIGQUIT), (LAST_WORD, signal.SIGKILL)):
        deadline = time.monotonic() + patience
        while any(_send(group, 0) for group in watched):
            if time.monotonic() > deadline:
                break
            time.sleep(0.05)
        for group in watched:
            _send(group, then)


def _send(group: int, how: int) -> bool:
    """Send a signal (0: none) to a process group; say whether the group exists."""
    try:
        os.killpg(group, how)
    except (ProcessLookupError, PermissionError):  # macOS: nobody but zombies is in it
        return False
    return True


if __name__ == "__main__":
    main(sys.argv[1:])
