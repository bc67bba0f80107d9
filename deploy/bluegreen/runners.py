"""How programs are started and ended: by systemd, or as processes that outlive the deployment.

A start takes all the processor time that it can have: it is put behind what serves, and brought forward before it serves.
"""

import contextlib
import json
import os
import signal
import subprocess
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Protocol

from deploy.bluegreen.commands import run
from deploy.bluegreen.errors import DeployError
from deploy.bluegreen.turns import BEHIND, BESIDE, weigh

LOOK = 0.1
BEHIND_WEIGHT, BESIDE_WEIGHT = 33, 100  # of systemd, the same


class Runner(Protocol):
    """Programs are known by their names, such as `blue-web`."""

    def start(self, name: str, environment: Mapping[str, str]) -> None: ...
    def put_behind(self, name: str) -> None: ...
    def bring_forward(self, name: str) -> None: ...
    def is_alive(self, name: str) -> bool: ...
    def ask_to_stop(self, name: str) -> None: ...
    def stop(self, name: str, seconds: float) -> None: ...


class Systemd:
    """Instances of `omicsoracle@.service`, each with a file of its environment in `colours/`."""

    def __init__(self, home: Path) -> None:
        self._files = home / "colours"

    def start(self, name: str, environment: Mapping[str, str]) -> None:
        self._files.mkdir(parents=True, exist_ok=True)
        lines = [f"{variable}={value}\n" for variable, value in environment.items()]
        (self._files / name).write_text("".join(lines), encoding="utf-8")
        run(["systemctl", "enable", "--quiet", self._unit(name)], seconds=30)
        run(["systemctl", "restart", self._unit(name)], seconds=30)
        self.put_behind(name)

    def put_behind(self, name: str) -> None:
        """Let what serves have its turns first."""
        self._weigh(name, BEHIND_WEIGHT)

    def bring_forward(self, name: str) -> None:
        """Let it have its turns as others do."""
        self._weigh(name, BESIDE_WEIGHT)

    def is_alive(self, name: str) -> bool:
        try:
            run(["systemctl", "is-active", "--quiet", self._unit(name)], seconds=30)
        except DeployError:
            return False
        return True

    def ask_to_stop(self, name: str) -> None:
        run(["systemctl", "stop", "--no-block", self._unit(name)], seconds=30)

    def stop(self, name: str, seconds: float) -> None:
        """Stop it; after `TimeoutStopSec` systemd does so by force."""
        run(["systemctl", "disable", "--quiet", "--now", self._unit(name)], seconds=seconds + 120)

    def _weigh(self, name: str, weight: int) -> None:
        command = ["systemctl", "set-property", "--runtime", self._unit(name)]
        with contextlib.suppress(DeployError):  # nobody's release is bad for that
            run([*command, f"CPUWeight={weight}"], seconds=30)

    @staticmethod
    def _unit(name: str) -> str:
        return f"omicsoracle@{name}.service"


class Processes:
    """Processes with a group and a log of their own. Nobody starts them again when they die."""

    def __init__(self, home: Path) -> None:
        self._records, self._logs = home / "run", home / "log"
        self._started: dict[str, subprocess.Popen[bytes]] = {}

    def start(self, name: str, environment: Mapping[str, str]) -> None:
        self._records.mkdir(parents=True, exist_ok=True)
        self._logs.mkdir(parents=True, exist_ok=True)
        release = Path(environment["RELEASE"])
        command = [str(release / ".venv/bin/python"), "-m", "omicsoracle.run.program"]
        with (self._logs / f"{name}.log").open("ab") as out:
            process = subprocess.Popen(
                [*command, environment["PROGRAM"]],
                cwd=release,
                env=dict(environment),
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=out,
                start_new_session=True,
            )
        self._started[name] = process
        record = {"pid": process.pid, "born": _born(process.pid)}
        (self._records / f"{name}.json").write_text(json.dumps(record), encoding="utf-8")
        self.put_behind(name)

    def put_behind(self, name: str) -> None:
        """Let what serves have its turns first."""
        if pid := self._pid(name):
            weigh(pid, BEHIND)

    def bring_forward(self, name: str) -> None:
        """Let it have its turns as others do."""
        if pid := self._pid(name):
            weigh(pid, BESIDE)

    def is_alive(self, name: str) -> bool:
        return self._pid(name) is not None

    def ask_to_stop(self, name: str) -> None:
        if pid := self._pid(name):
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGTERM)

    def stop(self, name: str, seconds: float) -> None:
        """Stop it in good order, or by force after so many seconds."""
        pid = self._pid(name)
        if pid is None:
            return
        self.ask_to_stop(name)
        until = time.monotonic() + seconds
        while self._pid(name) and time.monotonic() < until:
            time.sleep(LOOK)
        with contextlib.suppress(ProcessLookupError):
            os.killpg(pid, signal.SIGKILL)
        (self._records / f"{name}.json").unlink(missing_ok=True)

    def _pid(self, name: str) -> int | None:
        """Return the number of the process that was started under a name, if it is still that one."""
        if (process := self._started.get(name)) is not None and process.poll() is not None:
            return None
        try:
            record = json.loads((self._records / f"{name}.json").read_text(encoding="utf-8"))
        except FileNotFoundError:
            return None
        is_same = record["born"] is not None and _born(record["pid"]) == record["born"]
        return int(record["pid"]) if is_same else None


def _born(pid: int) -> str | None:
    """Return when a process was started, in ticks; None if it is not there or only its end is waited for."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return None
    return None if fields[0] in "ZX" else fields[19]
