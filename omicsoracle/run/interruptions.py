"""What ends a run from outside: Ctrl-C, SIGTERM, a closed terminal, a killed parent."""

import os
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

LOOK = 0.2  # seconds: a signal waits at most this long to be noticed


class Stopped(Exception):
    """Somebody wants us to stop."""


class Interruptions:
    """Turns signals into `Stopped`, raised where it does no harm: in a pause, or where allowed."""

    def __init__(self, *, with_parent: bool) -> None:
        self._parent = os.getppid() if with_parent else None
        self._asked = False
        self._at_once = False

    def listen(self) -> None:
        """Take over the signals that ask a program to end."""
        for one in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(one, self._note)

    def _note(self, _number: int, _frame: FrameType | None) -> None:
        self._asked = True
        if self._at_once:
            self._at_once = False
            raise Stopped

    @contextmanager
    def at_once(self) -> Iterator[None]:
        """Let signals end what is inside wherever it stands."""
        self.check()
        self._at_once = True
        try:
            yield
        finally:
            self._at_once = False

    def check(self) -> None:
        """Raise `Stopped` if that was asked for; leave at once if our parent (make) was killed."""
        if self._asked:
            raise Stopped
        if self._parent is not None and os.getppid() != self._parent:
            os._exit(1)  # the guard now ends the children, faster than we would

    def pause(self, seconds: float) -> None:
        """Sleep, unless we are to stop."""
        until = time.monotonic() + seconds
        self.check()
        while (left := until - time.monotonic()) > 0:
            time.sleep(min(left, LOOK))
            self.check()
