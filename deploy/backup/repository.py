"""What backups there are: each has a page that is written last, and makes it count."""

import hashlib
import io
import json
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Self

from deploy.backup.errors import BackupError, Missing
from deploy.backup.locks import SUFFIX, Locks
from deploy.backup.settings import Settings
from deploy.backup.stores import Store, store_of
from deploy.backup.wal import Archive, gaps

BACKUPS, DUMPS = "backups/", "dumps/"
PAGE, MANIFEST, BASE = "backup.json", "backup_manifest", "base.tar.gz"  # of each backup


@dataclass(frozen=True, slots=True)
class Backup:
    """A full or an incremental backup, as its page describes it.

    :param parent: the backup that an incremental one builds on
    :param first_segment: from here on the write-ahead log is needed to use it
    :param last_segment: up to here at least
    :param size: bytes, as it is stored
    :param files: what it is stored as: name → SHA-256
    """

    name: str
    parent: str
    timeline: int
    first_segment: str
    last_segment: str
    started_at: datetime
    ended_at: datetime
    size: int
    files: dict[str, str]

    @property
    def is_full(self) -> bool:
        return not self.parent

    def place(self, file: str) -> str:
        return f"{BACKUPS}{self.name}/{file}"

    def dumps(self) -> bytes:
        return json.dumps(asdict(self), default=datetime.isoformat, indent=1).encode()

    @classmethod
    def loads(cls, text: bytes) -> Self:
        said: dict[str, Any] = json.loads(text)
        for moment in ("started_at", "ended_at"):
            said[moment] = datetime.fromisoformat(said[moment])
        return cls(**said)


class Repository:
    """The store, what locks it, and what is in it."""

    def __init__(self, settings: Settings, *, store: Store | None = None) -> None:
        self.settings = settings
        self.store = store or store_of(settings)
        self.locks = Locks(settings)
        self.archive = Archive(self.store, self.locks)

    def backups(self) -> list[Backup]:
        """Return all that count, the oldest first."""
        pages = [name for name in self.store.names(BACKUPS) if name.endswith(f"/{PAGE}")]
        return sorted((Backup.loads(self.read(page)) for page in pages), key=lambda one: one.name)

    def chain(self, backup: Backup) -> list[Backup]:
        """Return a backup and those that it builds on, the full one first.

        :raises Missing: if one is not there
        """
        known = {one.name: one for one in self.backups()}
        chain = [backup]
        while not chain[0].is_full:
            if chain[0].parent not in known:
                raise Missing(f"{chain[0].name} builds on {chain[0].parent}, which is missing.")
            chain.insert(0, known[chain[0].parent])
        return chain

    def require_log(self, backup: Backup, *, last: str = "") -> None:
        """See that the write-ahead log is there, from the backup's start up to its newest, or to `last`.

        :raises Missing: if a segment is not
        """
        stored = self.archive.segments()
        newest = max([int(name[:8], 16) for name in stored], default=backup.timeline)
        timelines = self.archive.lineage(newest)
        missing = gaps(stored, first=backup.first_segment, timelines=timelines, last=last)
        missing += gaps(
            stored, first=backup.last_segment, timelines=timelines, last=backup.last_segment
        )
        if missing:
            raise Missing(
                f"{missing[0]} of the write-ahead log is missing"
                f"{f', and {len(set(missing)) - 1} more' if len(set(missing)) > 1 else ''}: nothing "
                "after it can be restored."
            )

    def read(self, name: str) -> bytes:
        said = io.BytesIO()
        self.store.get(name, said)
        return said.getvalue()

    def put_locked(self, plain: Path, name: str) -> tuple[str, int]:
        """Store a file, locked, as `name.age`; return its digest and its size as it is stored."""
        locked = plain.with_name(plain.name + SUFFIX)
        try:
            self.locks.lock_file(plain, locked)
            digest, size = digest_of(locked), locked.stat().st_size
            with locked.open("rb") as stream:
                self.store.put(name + SUFFIX, stream)
        finally:
            locked.unlink(missing_ok=True)
        return digest, size

    def get_locked(self, name: str, plain: Path, *, digest: str) -> None:
        """Write a stored file, opened.

        :raises BackupError: if it is not what was stored
        """
        locked = plain.with_name(plain.name + SUFFIX)
        try:
            with locked.open("wb") as stream:
                self.store.get(name + SUFFIX, stream)
            if digest_of(locked) != digest:
                raise BackupError(f"{name} is damaged: it is not what was stored.")
            with locked.open("rb") as source, plain.open("wb") as target:
                self.locks.open_stream(source, target, name=name)
        finally:
            locked.unlink(missing_ok=True)


def digest_of(file: Path) -> str:
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
