"""Where processes count: each in a slot of its own, whose files the next process goes on with.

`prometheus_client` has each process write its figures to files named after its process id. Those
of processes that are gone would have to stay, since counters must not fall, and so grow without
end. Here the name is a slot's, "web-0": a lock that its process holds, and that the kernel lets go
of however the process ends. The next process takes the slot, and counts on where the last one
stopped. So counters are exact over processes that come and go, and there are never more files than
processes at a time. `docs/decisions/0025` tells more.
"""

import contextlib
import fcntl
import itertools
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from prometheus_client import values

FOLDER = "PROMETHEUS_MULTIPROC_DIR"  # where the library looks for it


@dataclass(slots=True)
class _Mine:
    """The slot of this process: None until it counts something."""

    folder: Path = Path()
    role: str = "other"
    name: str | None = None
    lock: int | None = None  # the descriptor that holds it


@dataclass(frozen=True, slots=True)
class Slot:
    """A slot and its process, which is alive."""

    name: str
    pid: int


_mine = _Mine()


def share(folder: Path, *, role: str) -> None:
    """Have every metric of this process that is defined from now on count in this folder.

    :param role: what the process does, such as "web": letters only
    """
    if _mine.folder == folder:
        return
    folder.mkdir(parents=True, exist_ok=True)
    _mine.folder, _mine.role = folder, role
    values.ValueClass = values.MultiProcessValue(process_identifier=name)  # type: ignore[no-untyped-call]
    os.register_at_fork(after_in_child=_forget)


def name() -> str:
    """Return the name of this process's slot; take one if it has none yet."""
    if _mine.name is None:
        _mine.name, _mine.lock = _take()
    return _mine.name


def living() -> list[Slot]:
    """Return the slots that processes of this container hold; have the gauges of free ones forgotten."""
    return list(_living())


def clear() -> None:
    """Remove all that was counted. For who knows that nobody counts at the moment."""
    for file in _mine.folder.glob("*.db"):
        file.unlink()


def _living() -> Iterator[Slot]:
    for file in sorted(_mine.folder.glob("*.lock")):
        with file.open("r+") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                pid, _, place = lock.read().partition(" ")
                # In another container the number is another process's, or nobody's.
                if pid.isdigit() and place == _numbered_in():
                    yield Slot(file.stem, int(pid))
            else:
                _forget_gauges(file.stem)


def _take() -> tuple[str, int]:
    for number in itertools.count():
        slot = f"{_mine.role}-{number}"
        lock = os.open(_mine.folder / f"{slot}.lock", os.O_RDWR | os.O_CREAT, 0o644)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(lock)
            continue
        os.ftruncate(lock, 0)
        os.pwrite(lock, f"{os.getpid()} {_numbered_in()}".encode(), 0)
        _forget_gauges(slot)
        return slot, lock
    raise AssertionError  # numbers do not end


def _numbered_in() -> str:
    """Return what names the space that our process ids are of: containers have one each."""
    with contextlib.suppress(OSError):
        return str(Path("/proc/self/ns/pid").readlink())
    return ""


def _forget_gauges(slot: str) -> None:
    """Remove what tells how a process is now that is not any more."""
    for file in _mine.folder.glob(f"gauge_live*_{slot}.db"):
        with contextlib.suppress(FileNotFoundError):  # another one was quicker
            file.unlink()


def _forget() -> None:
    """Let a fork, which has inherited its parent's lock, take a slot of its own."""
    if _mine.lock is not None:
        os.close(_mine.lock)
    _mine.name = _mine.lock = None
