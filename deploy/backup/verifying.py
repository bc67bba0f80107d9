"""Proving that backups can be used, before somebody needs them."""

import io
import tempfile
from dataclasses import dataclass
from pathlib import Path

from deploy.backup.errors import BackupError
from deploy.backup.repository import DUMPS, Repository
from deploy.backup.restoring import fetch
from deploy.backup.wal import NAME


@dataclass(frozen=True, slots=True)
class Verified:
    """How many of each were read, opened and found to be what was stored."""

    backups: int
    log_files: int
    dumps: int


def verify(repository: Repository) -> Verified:
    """Read everything: open it, compare its digests, let pg_verifybackup look at each file.

    :raises BackupError: at the first thing that is damaged or missing
    """
    backups = repository.backups()
    if not backups and not repository.store.names(DUMPS):
        raise BackupError("There is no backup.")
    settings = repository.settings
    settings.work.mkdir(parents=True, exist_ok=True, mode=0o700)
    for backup in backups:
        repository.chain(backup)
        with tempfile.TemporaryDirectory(dir=settings.work) as folder:
            fetch(repository, backup, Path(folder) / backup.name)
    if backups:
        repository.require_log(backups[0])
    names = [name for name in repository.archive.stored_names() if NAME.fullmatch(name)]
    for name in names:
        repository.archive.read(name)
    return Verified(len(backups), len(names), _verify_dumps(repository))


def _verify_dumps(repository: Repository) -> int:
    names = repository.store.names(DUMPS)
    for name in names:
        locked = io.BytesIO()
        repository.store.get(name, locked)
        repository.locks.open(locked.getvalue())
    return len(names)
