"""A PostgreSQL of a test's own, to be stopped, frozen, filled up and destroyed."""

import contextlib
import fcntl
import json
import os
import shutil
import signal
import stat
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, LiteralString, TextIO

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
    """Let PostgreSQL's user, who is not root, come to our programs as long as the block lasts.

    Other processes may want the same: the last of them closes what the first has opened.
    """
    if os.geteuid() != 0:
        yield
        return
    place = Path(tempfile.gettempdir())
    with (place / "oo-opened.json").open("a+") as kept, (place / "oo-opened.by").open("a") as by:
        with _alone(kept):
            _write(kept, _open_all(_read(kept)))
            fcntl.flock(by, fcntl.LOCK_SH)
        try:
            yield
        finally:
            with _alone(kept), contextlib.suppress(BlockingIOError):
                fcntl.flock(by, fcntl.LOCK_EX | fcntl.LOCK_NB)
                for folder, mode in _read(kept).items():
                    Path(folder).chmod(mode)
                _write(kept, {})


@contextlib.contextmanager
def _alone(file: TextIO) -> Iterator[None]:
    fcntl.flock(file, fcntl.LOCK_EX)
    try:
        yield
    finally:
        fcntl.flock(file, fcntl.LOCK_UN)


def _open_all(opened: dict[str, int]) -> dict[str, int]:
    """Open the folders above our programs, and return how they were, with those that were opened before."""
    for place in (settings.BASE_DIR, Path(sys.executable), Path(sys.executable).resolve()):
        for folder in place.parents:
            mode = stat.S_IMODE(folder.stat().st_mode)
            if not mode & stat.S_IXOTH:
                folder.chmod(mode | stat.S_IXOTH)
                opened[str(folder)] = mode
    return opened


def _read(kept: TextIO) -> dict[str, int]:
    kept.seek(0)
    opened: dict[str, int] = json.loads(kept.read() or "{}")
    return opened


def _write(kept: TextIO, opened: dict[str, int]) -> None:
    kept.truncate(0)
    kept.write(json.dumps(opened))
    kept.flush()


def wait_for(is_so: Any, what: str, seconds: float = PATIENCE) -> None:
    until = time.monotonic() + seconds
    while not is_so():
        if time.monotonic() > until:
            raise AssertionError(f"It did not happen in {seconds} seconds: {what}")
        time.sleep(0.05)
