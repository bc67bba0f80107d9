"""The child processes of a run: started, watched, started again when they die, stopped."""

import contextlib
import json
import signal
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field

import psutil

from omicsoracle.embedded.errors import CannotStart
from omicsoracle.embedded.processes import Home, Server

DEATHS = 5  # as many within MINUTE end the run
MINUTE = 60.0
LONGEST_WAIT = 8.0  # seconds before another attempt
STOP_TOGETHER = 4.0  # seconds that web, workers and beat have to end what they are doing
TAIL = 15  # lines of a log that are shown


@dataclass(slots=True)
class Member:
    """One child, and when it died of late."""

    name: str
    start: Callable[[], Server]
    is_ours: bool  # web, workers, beat; PostgreSQL and Valkey look after their leftovers themselves
    server: Server | None = None
    starts_at: float = 0.0
    deaths: deque[float] = field(default_factory=lambda: deque(maxlen=DEATHS))


class Team:
    """All children. The record in var/ lets the next run find those that outlived everything."""

    def __init__(self, home: Home) -> None:
        self._home = home
        self._record = home.var / "children.json"
        self._members: list[Member] = []

    def end_leftovers(self) -> None:
        """End what an earlier run left alive, if even its guard was killed."""
        with contextlib.suppress(FileNotFoundError, ValueError):
            for pid, born in json.loads(self._record.read_text()).values():
                _end_leftover(pid, born)
        self._record.unlink(missing_ok=True)

    def start(self, name: str, start: Callable[[], Server], *, is_ours: bool = True) -> Server:
        """Start a child and keep it running from now on."""
        member = Member(name, start, is_ours)
        self._members.append(member)
        return self._start(member)

    def look(self, *, at: float) -> None:
        """Start again who died, a little later each time.

        :raises CannotStart: if one died five times within a minute, or cannot be started again
        """
        for member in self._members:
            if member.server is not None and member.server.process.poll() is not None:
                self._bury(member, member.server, at)
            if member.server is None and at >= member.starts_at:
                self._start(member)

    def stop(self) -> None:
        """Stop the children in the opposite order to their start."""
        running = [one.server for one in reversed(self._members) if one.server and one.is_ours]
        deadline = time.monotonic() + STOP_TOGETHER
        for server in running:
            server.ask_to_stop()
        for server in running:
            server.stop(max(0.0, deadline - time.monotonic()))
        for member in reversed(self._members):
            if member.server is not None and not member.is_ours:
                member.server.stop()
        self._members.clear()
        self._record.unlink(missing_ok=True)

    def _start(self, member: Member) -> Server:
        member.server = server = member.start()
        with contextlib.suppress(psutil.NoSuchProcess):
            self._write_record()
        return server

    def _write_record(self) -> None:
        born = {
            one.name: [one.server.process.pid, psutil.Process(one.server.process.pid).create_time()]
            for one in self._members
            if one.is_ours and one.server is not None
        }
        self._record.write_text(json.dumps(born))

    def _bury(self, member: Member, server: Server, at: float) -> None:
        code = server.process.returncode
        server.end()
        member.server = None
        member.deaths.append(at)
        how = f"was killed by {signal.Signals(-code).name}" if code < 0 else f"ended with {code}"
        if len(member.deaths) == DEATHS and at - member.deaths[0] < MINUTE:
            tail = "\n".join(server.said().splitlines()[-TAIL:])
            raise CannotStart(
                f"{member.name} {how}, for the {DEATHS}th time in a minute. The end of "
                f"{server.log}:\n{tail}"
            )
        recent = sum(at - death < MINUTE for death in member.deaths)
        wait = min(LONGEST_WAIT, 0.5 * 2 ** (recent - 1))
        member.starts_at = at + wait
        self._home.tell(f"{member.name} {how}; it starts again in {wait:g} s (see {server.log}).")


def _end_leftover(pid: int, born: float) -> None:
    with contextlib.suppress(psutil.NoSuchProcess):
        process = psutil.Process(pid)
        if abs(process.create_time() - born) > 1:  # the number is another process's by now
            return
        family = [process, *process.children(recursive=True)]
        for one in family:
            with contextlib.suppress(psutil.NoSuchProcess):
                one.kill()
        psutil.wait_procs(family, timeout=STOP_TOGETHER)
