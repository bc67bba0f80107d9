"""Runs load in a process of its own: wrk where it is installed, else our own."""

import json
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from django.conf import settings

from tests.performance.requests.load import CONNECTIONS, Task
from tests.performance.requests.summary import Latency, Load

WRK = shutil.which("wrk")
SCRIPT = Path(__file__).parent / "send.lua"


def run(task: Task) -> Load:
    """Send it all; with 64 clients in turn unless the task has a rate."""
    return _by_wrk(task, WRK) if WRK and not task.rate else _by_ours(task)


def name() -> str:
    return "wrk" if WRK else "a generator in Python"


def _by_ours(task: Task) -> Load:
    command = [sys.executable, "-m", "tests.performance.requests.load"]
    done = subprocess.run(
        command,
        input=task.as_json(),
        capture_output=True,
        text=True,
        check=False,
        cwd=settings.BASE_DIR,
    )
    if done.returncode:
        raise RuntimeError(f"The load generator failed: {done.stderr.strip()[-500:]}")
    return Load.from_json(json.loads(done.stdout))


def _by_wrk(task: Task, wrk: str) -> Load:
    with tempfile.TemporaryDirectory() as folder:
        requests, result = Path(folder) / "requests", Path(folder) / "result"
        requests.write_bytes(b"".join(b"%8d%s" % (len(one), one) for one in task.requests))
        command = [wrk, "--threads", "1", "--connections", str(CONNECTIONS), "--timeout", "30s"]
        command += ["--duration", f"{max(1, round(task.seconds))}s", "--script", str(SCRIPT)]
        command += [f"http://127.0.0.1:{task.port}/", "--", str(requests), str(result)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode or not result.exists():
            raise RuntimeError(f"wrk failed: {(done.stderr or done.stdout).strip()[-500:]}")
        return read_wrk(json.loads(result.read_text()))


def read_wrk(said: dict[str, float]) -> Load:
    """Return what wrk counted. It does not tell refusals from errors: neither is expected."""
    failed = int(said["failed"])
    return Load(
        seconds=said["microseconds"] / 1e6,
        served=int(said["answers"]) - failed,
        errors=failed + int(said["broken"]),
        of_served=Latency(*(said[f"p{share}"] / 1000 for share in (50, 95, 99))),
    )
