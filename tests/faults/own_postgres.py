"""A PostgreSQL of a test's own, to be stopped, frozen, filled up and destroyed."""

import contextlib
import os
import shutil
import signal
import stat
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, LiteralString

import psutil
import psycopg
from django.conf import settings

from omicsoracle.embedded import postgres
from omicsoracle.embedded.guard import Guard
from omicsoracle.embedded.processes import Home, Server

SMALL = {
    "shared_buffers": "16MB",
    "maintenance_work_mem": "16MB",
    "shared_preload_libraries": "",
    "max_wal_size": "256MB",
    "fsync": "off",  # what dies here is a process, never the machine
}
STOPS = {"fast": signal.SIGINT, "immediate": signal.SIGQUIT, "kill": signal.SIGKILL}
PATIENCE = 30.0


class OwnPostgres:
    """One server with its data and socket in one folder."""

    def __init__(
        self, folder: Path, guard: Guard, options: Mapping[str, str] | None = None
    ) -> None:
        self.home = Home(folder, folder / "run", guard, tell=lambda _: None)
        self.options = SMALL | dict(options or {})
        self.server: Server | None = None

    @property
    def data(self) -> Path:
        return self.home.var / "postgres"

    @property
    def has_ended(self) -> bool:
        return self.server is None or self.server.process.poll() is not None

    @property
    def variables(self) -> dict[str, str]:
        """Return libpq's variables for it."""
        return {"PGHOST": str(self.home.sockets), "PGPORT": "5432", "PGUSER": "postgres"}

    def start(self) -> None:
        self.server = postgres.start(self.home, options=self.options)

    def stop(self, how: str = "fast") -> None:
        """Stop it: `fast`, `immediate`, or `kill`, which nobody is told of."""
        assert self.server is not None
        children = psutil.Process(self.server.process.pid).children()
        self.server.process.send_signal(STOPS[how])
        self.server.process.wait(PATIENCE)
        psutil.wait_procs(children, timeout=PATIENCE)  # who lost the postmaster ends by itself
        self.server.end()
        self.server = None

    def end(self) -> None:
        if self.server is not None:
            with contextlib.suppress(psutil.NoSuchProcess):
                self.thaw()
            self.server.end()

    def freeze(self) -> None:
        """Stop all its processes where they are."""
        self._tell_all(signal.SIGSTOP)

    def thaw(self) -> None:
        self._tell_all(signal.SIGCONT)

    def connect(self, database: str = "omicsoracle") -> "psycopg.Connection[Any]":
        return psycopg.connect(
            host=str(self.home.sockets),
            port=5432,
            user="postgres",
            dbname=database,
            autocommit=True,
            connect_timeout=5,
        )

    def ask(self, question: LiteralString, *values: object) -> list[tuple[Any, ...]]:
        with self.connect() as connection:
            cursor = connection.execute(question, values or None)
            return cursor.fetchall() if cursor.description else []

    def _tell_all(self, how: signal.Signals) -> None:
        assert self.server is not None
        postmaster = psutil.Process(self.server.process.pid)
        for process in [postmaster, *postmaster.children()]:
            with contextlib.suppress(psutil.NoSuchProcess):
                process.send_signal(how)


@contextlib.contextmanager
def own_folder() -> Iterator[Path]:
    """Make a folder whose path is short enough for a socket, and that everybody may pass through."""
    folder = Path(tempfile.mkdtemp(prefix="oo-"))
    folder.chmod(0o711)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextlib.contextmanager
def scripts_can_run() -> Iterator[None]:
    """Let PostgreSQL's user, who is not root, come to our programs as long as the block lasts."""
    opened: list[tuple[Path, int]] = []
    if os.geteuid() == 0:
        for place in (settings.BASE_DIR, Path(sys.executable), Path(sys.executable).resolve()):
            for folder in place.parents:
                if not (mode := folder.stat().st_mode) & stat.S_IXOTH:
                    folder.chmod(mode | stat.S_IXOTH)
                    opened.append((folder, stat.S_IMODE(mode)))
    try:
        yield
    finally:
        for folder, mode in opened:
            folder.chmod(mode)


def wait_for(is_so: Any, what: str, seconds: float = PATIENCE) -> None:
    until = time.monotonic() + seconds
    while not is_so():
        if time.monotonic() > until:
            raise AssertionError(f"It did not happen in {seconds} seconds: {what}")
        time.sleep(0.05)
