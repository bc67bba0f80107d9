"""PostgreSQL's write-ahead log in the repository: segments, and the history files of timelines."""

import gzip
import hashlib
import io
import re
from collections.abc import Collection, Iterable
from pathlib import Path

from deploy.backup.errors import BackupError, Exists, Missing
from deploy.backup.locks import SUFFIX, Locks
from deploy.backup.stores import Store

NAME = re.compile(r"[0-9A-F]{8}\.history|[0-9A-F]{24}(\.partial|\.[0-9A-F]{8}\.backup)?")
SEGMENT = re.compile(r"[0-9A-F]{24}")
SEGMENT_BYTES = 16 * 1024 * 1024
LOG_BYTES = 1 << 32
DIGEST = 32  # hexadecimal digits of a SHA-256 in the name of what is stored


class Archive:
    """What PostgreSQL's archive_command and restore_command do."""

    def __init__(self, store: Store, locks: Locks) -> None:
        self._store, self._locks = store, locks

    def keep(self, path: Path, name: str) -> None:
        """Store a file that PostgreSQL has finished. To store the same again is no mistake.

        :raises Exists: if another file is stored under this name, perhaps another server's
        """
        if not NAME.fullmatch(name):
            raise BackupError(f"{name} is no file of the write-ahead log.")
        plain = path.read_bytes()
        stored = f"{_beginning(name)}{_digest(plain)}.gz{SUFFIX}"
        there = self._store.names(_beginning(name))
        if there == [stored]:
            return
        if there:
            raise Exists(
                f"Another {name} is in the repository already: do two servers share BACKUP_TARGET?"
            )
        self._store.put(stored, io.BytesIO(self._locks.lock(gzip.compress(plain, 1))))

    def fetch(self, name: str, path: Path) -> None:
        """Write a stored file where PostgreSQL wants it.

        :raises Missing: if it is not stored
        :raises BackupError: if it is damaged
        """
        half = path.with_name(f"{path.name}.half")
        half.write_bytes(self.read(name))
        half.replace(path)

    def read(self, name: str) -> bytes:
        """Return a stored file, after it was proven to be what PostgreSQL handed over.

        :raises Missing: if it is not stored
        :raises BackupError: if it is damaged
        """
        there = self._store.names(_beginning(name))
        if not there:
            raise Missing(f"{name} is not in the repository.")
        if len(there) > 1:
            raise BackupError(f"There are {len(there)} different {name} in the repository.")
        locked = io.BytesIO()
        self._store.get(there[0], locked)
        try:
            plain = gzip.decompress(self._locks.open(locked.getvalue()))
        except (BackupError, OSError, EOFError) as error:
            raise BackupError(f"{name} is damaged: {error}") from error
        if _digest(plain) != there[0].rpartition("-")[2][:DIGEST]:
            raise BackupError(f"{name} is damaged: it is not what was stored.")
        return plain

    def segments(self) -> list[str]:
        """Return the names of all whole segments, in order."""
        names = (_plain_name(one) for one in self._store.names("wal/"))
        return sorted(name for name in names if SEGMENT.fullmatch(name))

    def stored_names(self) -> dict[str, str]:
        """Return what everything is stored under, by PostgreSQL's name for it."""
        return {_plain_name(one): one for one in self._store.names("wal/")}

    def lineage(self, timeline: int) -> list[int]:
        """Return a timeline and those that it came from, the oldest first."""
        try:
            text = self.read(f"{timeline:08X}.history").decode()
        except Missing:
            return [timeline]
        return [*(int(line.split()[0]) for line in text.splitlines() if line.strip()), timeline]


def gaps(
    stored: Iterable[str], *, first: str, timelines: Collection[int], last: str = ""
) -> list[str]:
    """Return what is missing between a segment and the last one, or the newest there is.

    :param timelines: on any of them a segment may lie: it was begun on one and ended on the next
    """
    there = {number_of(name): name for name in stored if int(name[:8], 16) in timelines}
    begin = number_of(first)
    end = number_of(last) if last else max([*there, begin])
    return [
        f"{first[:8]}{name_of(number)}" for number in range(begin, end + 1) if number not in there
    ]


def number_of(segment: str) -> int:
    """Return how many segments lie before this one."""
    return int(segment[8:16], 16) * (LOG_BYTES // SEGMENT_BYTES) + int(segment[16:24], 16)


def name_of(number: int) -> str:
    """Return the part of a segment's name that stands behind its timeline."""
    log, segment = divmod(number, LOG_BYTES // SEGMENT_BYTES)
    return f"{log:08X}{segment:08X}"


def segment_at(position: str, *, timeline: int, is_end: bool = False) -> str:
    """Return the segment with this position (as `0/3000028`); an end belongs to what is before it."""
    log, offset = (int(part, 16) for part in position.split("/"))
    at = log * LOG_BYTES + offset - (1 if is_end else 0)
    return f"{timeline:08X}{name_of(at // SEGMENT_BYTES)}"


def _beginning(name: str) -> str:
    return f"wal/{name[:8]}/{name}-"


def _plain_name(stored: str) -> str:
    return stored.rpartition("/")[2].rpartition("-")[0]


def _digest(plain: bytes) -> str:
    return hashlib.sha256(plain).hexdigest()[:DIGEST]
