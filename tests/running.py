"""`make run`, as a process that a test starts, reads and ends."""

import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest
from django.conf import settings

PATIENCE = 240.0  # seconds; a busy machine is no failure


class Run:
    """One `python -m omicsoracle.run`, in an environment that may have more."""

    def __init__(self, var: Path, port: int, page: Path, **environment: str) -> None:
        self.var, self.page = var, page
        own = {"VAR_DIR": str(var), "PORT": str(port), "VALKEY_DATABASE": "", "WEB_WORKERS": "1"}
        self.environment = own | environment
        self.started = time.monotonic()
        with page.open("wb") as out:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "omicsoracle.run", "--with-parent"],
                env={**os.environ, **self.environment},  # noqa: TID251 (handed on)
                cwd=settings.BASE_DIR,
                stdout=out,
                stderr=subprocess.STDOUT,
            )

    def said(self) -> str:
        return self.page.read_text()

    def wait_for(self, words: str) -> float:
        """Wait until it says this; return the seconds since its start."""
        deadline = time.monotonic() + PATIENCE
        while words not in self.said():
            if self.process.poll() is not None or time.monotonic() > deadline:
                pytest.fail(f"it never said {words!r}, but:\n{self.said()}")
            time.sleep(0.1)
        return time.monotonic() - self.started

    def end(self, how: signal.Signals) -> int:
        self.process.send_signal(how)
        return self.process.wait(PATIENCE)

    def refusal(self) -> str:
        """Wait for the end of one that was refused; return what it said."""
        assert self.process.wait(PATIENCE) == 1
        return self.said()

    def alive(self) -> list[psutil.Process]:
        """Return all processes that work in this run's folder or were started with it."""
        return [one for one in psutil.process_iter() if self._is_ours(one)]

    def _is_ours(self, one: psutil.Process) -> bool:
        try:
            inside = Path(one.cwd()).is_relative_to(self.var)
            return one.status() != psutil.STATUS_ZOMBIE and (
                inside or one.environ().get("VAR_DIR") == str(self.var)
            )
        except psutil.Error:
            return False


def key_in(page: str) -> str:
    found = re.search(r"Demo key +(\S+)", page)
    assert found is not None
    return found[1]


def login_in(page: str) -> tuple[str, str]:
    """Return the demo user's address and password."""
    found = re.search(r"Demo login +(\S+) +(\S+)", page)
    assert found is not None
    return found[1], found[2]
