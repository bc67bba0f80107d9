"""What processes cost, and where they run."""

import time
from collections.abc import Iterable, Sequence

import psutil

QUIET_SECONDS, QUIET_SHARE = 0.4, 0.08  # of one core
LONGEST_WAIT = 15.0


def family(pids: Iterable[int]) -> list[psutil.Process]:
    parents = [psutil.Process(pid) for pid in pids]
    return [*parents, *(child for one in parents for child in one.children(recursive=True))]


def cpu_seconds(pids: Sequence[int]) -> float:
    """Return what these processes and all their children have used, those that ended included."""
    total = 0.0
    for process in family(pids):
        try:
            times = process.cpu_times()
        except psutil.NoSuchProcess:
            continue
        total += times.user + times.system + times.children_user + times.children_system
    return total


def pin_workers(pid: int) -> None:
    """Give each child of a server a core of its own, in turn."""
    cores = psutil.cpu_count() or 1
    allowed = sorted(psutil.Process(pid).cpu_affinity() or range(cores))
    for number, child in enumerate(psutil.Process(pid).children()):
        core = [allowed[number % len(allowed)]]
        for process in [child, *child.children(recursive=True)]:
            process.cpu_affinity(core)
            for thread in process.threads():
                psutil.Process(thread.id).cpu_affinity(core)


def wait_until_quiet(pids: Sequence[int]) -> None:
    """Wait until what a run left to do is done, a quarter of a minute at most."""
    until = time.monotonic() + LONGEST_WAIT
    used = cpu_seconds(pids)
    while time.monotonic() < until:
        time.sleep(QUIET_SECONDS)
        before, used = used, cpu_seconds(pids)
        if used - before <= QUIET_SECONDS * QUIET_SHARE:
            return
