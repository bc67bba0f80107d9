"""A child process that serves: started in a group of its own, logged, guarded, stopped."""

import contextlib
import os
import signal
import subprocess
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil

from omicsoracle.embedded.errors import CannotStart
from omicsoracle.embedded.guard import Guard

START_PATIENCE = 60.0  # seconds: a recovery after a crash may have much to read
SIGN_OF_LIFE = 3.0  # seconds between two words to somebody who waits
STOP_PATIENCE = 2.5
LOG_BYTES = 10 * 1024 * 1024  # a longer log is put aside at the next start, as `.1`

Tell = Callable[[str], None]
Pause = Callable[[float], None]


@dataclass(frozen=True, slots=True)
class Home:
    """Where the children of one parent live, and how to reach whoever waits for them."""

    var: Path
    sockets: Path
    guard: Guard
    tell: Tell = print
    pause: Pause = time.sleep


@dataclass(frozen=True, slots=True)
class Server:
    """A running child: its process leads a group of its own."""

    name: str
    process: subprocess.Popen[bytes]
    stop_signal: signal.Signals
    log: Path
    log_start: int
    guard: Guard

    def said(self) -> str:
        """Return what it logged since it was started."""
        with self.log.open("rb") as stream:
            stream.seek(self.log_start)
            return stream.read().decode(errors="replace")

    def ask_to_stop(self) -> None:
        """Send the signal that ends it in good order."""
        if self.process.poll() is None:
            self.process.send_signal(self.stop_signal)

    def stop(self, patience: float = STOP_PATIENCE) -> None:
        """End it in good order, or by force if that takes too long."""
        self.ask_to_stop()
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.process.wait(patience)
        self.end()

    def end(self) -> None:
        """End it and its children at once, if they are still there; nothing is left to guard."""
        if self.process.poll() is None and self.stop_signal == signal.SIGINT:
            self.process.send_signal(signal.SIGQUIT)  # PostgreSQL ends its own children, each
            with contextlib.suppress(subprocess.TimeoutExpired):  # in a group of its own
                self.process.wait(STOP_PATIENCE)
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()
        self.guard.forget(self.process.pid)


def spawn(
    home: Home, name: str, command: Sequence[str], *, stop_signal: signal.Signals, **how: Any
) -> Server:
    """Start a child whose output goes to a log of its name; `how` is what Popen takes besides."""
    log = home.var / "log" / f"{name.lower()}.log"
    if log.exists() and log.stat().st_size > LOG_BYTES:
        log.replace(log.with_name(f"{log.name}.1"))
    with log.open("ab") as out:
        log_start = out.tell()
        process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            **how,
        )
    home.guard.watch(process.pid, stop_signal)
    return Server(name, process, stop_signal, log, log_start, home.guard)


def wait_until(home: Home, is_up: Callable[[], bool], server: Server) -> None:
    """Wait for a server that was just started, with a sign of life every few seconds.

    :raises CannotStart: if it stops instead, or takes longer than a minute
    """
    try:
        _wait(home, is_up, server)
    except BaseException:
        server.stop()
        raise


def _wait(home: Home, is_up: Callable[[], bool], server: Server) -> None:
    started = told = time.monotonic()
    while not is_up():
        if server.process.poll() is not None:
            raise CannotStart(
                f"{server.name} stopped at once: {last_words(server.said())} (see {server.log})"
            )
        now = time.monotonic()
        if now - started > START_PATIENCE:
            raise CannotStart(f"{server.name} does not answer after a minute: see {server.log}.")
        if now - told > SIGN_OF_LIFE:
            home.tell(f"{server.name}: {last_words(server.said())} ({now - started:.0f} s so far)")
            told = now
        home.pause(0.03)


def end_leftover(pid_file: Path, data: Path) -> None:
    """End a server that a killed parent left on this data, and remove a stale pid file."""
    with contextlib.suppress(FileNotFoundError, IndexError, ValueError, psutil.Error):
        process = psutil.Process(int(pid_file.read_text().split()[0]))
        # Numbers of processes are used again: only one that works in this folder is ours.
        if Path(process.cwd()) == data.resolve():
            process.send_signal(signal.SIGINT)
            for alive in psutil.wait_procs([process], timeout=STOP_PATIENCE)[1]:
                alive.kill()
                alive.wait(STOP_PATIENCE)
    pid_file.unlink(missing_ok=True)


def last_words(text: str) -> str:
    """Return the last line that says what went wrong, or the last of all."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    telling = [
        line
        for line in lines
        if any(sign in line for sign in ("FATAL", "PANIC", "No space left", "rror", "could not"))
    ]
    return (telling or lines or ["it gave no reason"])[-1]
