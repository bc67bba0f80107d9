"""Bringing a server back, to its newest state or to a moment before an accident."""

import shutil
import tarfile
import tempfile
import time
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from deploy.backup import programs
from deploy.backup.errors import BackupError, Missing
from deploy.backup.recovery import Recovery
from deploy.backup.repository import BASE, MANIFEST, Backup, Repository, digest_of

KEPT = 0o700


@dataclass(frozen=True, slots=True)
class Restored:
    """What was brought back, from which backups, and how many seconds each part took."""

    backups: list[str]
    fetching: float
    recovering: float
    checking: float


def restore(
    repository: Repository, *, into: Path, to: datetime | None = None, is_for_service: bool = False
) -> Restored:
    """Make a data folder as it was at a moment, or as it was last; check every table and index.

    :param to: what was committed up to then is restored; None: all that there is
    :param is_for_service: the server goes on from here: its new timeline is archived
    :raises BackupError: if it cannot be had whole; then `into` is no data folder
    """
    _require_empty(into)
    chain = repository.chain(choose(repository.backups(), to=to))
    repository.require_log(chain[-1], last=chain[-1].last_segment if to else "")
    into.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=into.parent, prefix=".restoring-") as folder:
        began = time.monotonic()
        data = _assemble(repository, chain, Path(folder))
        fetched = time.monotonic()
        recovery = Recovery(repository.settings, data, to=to, owner=programs.owner(into.parent))
        with recovery.running():
            recovered = time.monotonic()
            recovery.check()
        if is_for_service:
            for history in (data / "pg_wal").glob("*.history"):
                repository.archive.keep(history, history.name)
        data.rename(into)
    names = [one.name for one in chain]
    checked = time.monotonic()
    return Restored(names, fetched - began, recovered - fetched, checked - recovered)


def _require_empty(into: Path) -> None:
    if into.exists():
        if any(into.iterdir()):
            raise BackupError(f"{into} is not empty: move it away first.")
        into.rmdir()


def choose(backups: list[Backup], *, to: datetime | None) -> Backup:
    """Return the newest backup that ended before a moment.

    :raises Missing: if there is none
    """
    usable = [one for one in backups if to is None or one.ended_at <= to]
    if not usable:
        raise Missing(
            f"There is no backup from before {to:%Y-%m-%d %H:%M:%S}."
            if to
            else "There is no backup."
        )
    return usable[-1]


def _assemble(repository: Repository, chain: list[Backup], folder: Path) -> Path:
    """Make a data folder out of a full backup and those that build on it, each verified."""
    parts = [fetch(repository, backup, folder / backup.name) for backup in chain]
    if len(parts) == 1:
        return parts[0]
    whole = folder / "whole"
    programs.run(
        repository.settings,
        "pg_combinebackup",
        *("--link", "--no-sync", "--manifest-checksums=SHA256", f"--output={whole}"),
        *map(str, parts),
    )
    _verify(repository, whole)
    for part in parts:
        shutil.rmtree(part)
    return whole


def fetch(repository: Repository, backup: Backup, folder: Path) -> Path:
    """Fetch one backup and unpack it; PostgreSQL's own program looks at each file of it.

    :raises BackupError: if it is damaged
    """
    folder.mkdir(mode=KEPT)
    archive = folder.with_name(f"{backup.name}.tar.gz")
    repository.get_locked(backup.place(BASE), archive, digest=backup.files[BASE])
    with tarfile.open(archive, "r:gz") as tar:
        tar.extractall(folder, filter="data")
    archive.unlink()
    with (folder / MANIFEST).open("wb") as stream:
        repository.store.get(backup.place(MANIFEST), stream)
    if digest_of(folder / MANIFEST) != backup.files[MANIFEST]:
        raise BackupError(f"{backup.place(MANIFEST)} is damaged: it is not what was stored.")
    _verify(repository, folder)
    return folder


def _verify(repository: Repository, folder: Path) -> None:
    programs.run(repository.settings, "pg_verifybackup", "--no-parse-wal", "--quiet", str(folder))
