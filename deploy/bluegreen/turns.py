"""Whose turn it is: the kernel shares processors out by sessions before it looks at processes."""

import contextlib
import os
import time
from collections.abc import Iterator
from pathlib import Path

BEHIND, BESIDE = 5, 0  # of nice, of a session: a third of the turns, if all are wanted
AGAIN = 0.2  # seconds; who is not root may say so ten times a second


def weigh(pid: int, nice: int) -> None:
    """Say how nice a session is to others: all its threads at once, and unlike a thread's own, anybody may take it back.

    Where the kernel does not go by sessions, or does not let it be said (the first session of a container, a `/proc`
    that is read only), nothing changes: no release is bad for that.
    """
    file = Path(f"/proc/{pid}/autogroup")
    with contextlib.suppress(OSError):
        try:
            file.write_text(str(nice))
        except BlockingIOError:
            time.sleep(AGAIN)
            file.write_text(str(nice))


@contextlib.contextmanager
def behind() -> Iterator[None]:
    """Put who deploys, and the commands that it runs, behind what serves; programs have sessions of their own."""
    weigh(os.getpid(), BEHIND)
    try:
        yield
    finally:
        weigh(os.getpid(), BESIDE)
