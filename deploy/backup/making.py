"""Making backups: full ones, and incremental ones that hold only what has changed since another."""

import contextlib
import fcntl
import io
import json
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

from deploy.backup import programs
from deploy.backup.errors import BackupError, Missing
from deploy.backup.repository import BASE, MANIFEST, PAGE, Backup, Repository, digest_of
from deploy.backup.wal import SEGMENT_BYTES, gaps, segment_at

LOOK_AGAIN = 0.1  # seconds
SETTINGS_NEEDED = (
    "select name, setting from pg_settings"
    " where name in ('archive_mode', 'summarize_wal', 'wal_segment_size')"
)
Clock = Callable[[], datetime]


def make(repository: Repository, *, is_full: bool, now: Clock) -> Backup:
    """Back up the whole server; the backup counts once the log that it needs is stored, too.

    :raises BackupError: if it does not succeed; then nothing counts that did not before
    """
    settings = repository.settings
    _require_settings(repository, is_full=is_full)
    with alone(settings.work), tempfile.TemporaryDirectory(dir=settings.work) as folder:
        parent = None if is_full else _newest(repository)
        started_at = now()
        name = f"{started_at:%Y%m%dT%H%M%SZ}-{'full' if is_full else 'incremental'}"
        stage = Path(folder) / name
        _copy(repository, stage, parent)
        programs.run(
            settings, "pg_verifybackup", "--no-parse-wal", "--quiet", "--format=tar", str(stage)
        )
        backup = _describe(stage, name, parent, (started_at, now()))
        return _store(repository, stage, backup)


def _require_settings(repository: Repository, *, is_full: bool) -> None:
    said = programs.run(
        repository.settings, "psql", "-XAtF=", "--dbname=postgres", "-c", SETTINGS_NEEDED
    )
    found = dict(line.split("=", 1) for line in said.splitlines())
    if found.get("archive_mode") == "off":
        raise BackupError("Set archive_mode=on and archive_command: docs/backup-and-recovery.md.")
    if found.get("wal_segment_size") != str(SEGMENT_BYTES):
        raise BackupError("Only segments of 16 MB, PostgreSQL's default, are supported.")
    if not is_full and found.get("summarize_wal") != "on":
        raise BackupError("Set summarize_wal=on, which incremental backups need.")


def _newest(repository: Repository) -> Backup:
    backups = repository.backups()
    if not backups:
        raise Missing("There is no backup to build on yet: make a full one first.")
    repository.chain(backups[-1])
    return backups[-1]


def _copy(repository: Repository, stage: Path, parent: Backup | None) -> None:
    arguments = [f"--pgdata={stage}", "--format=tar", "--compress=client-gzip:1", "--no-password"]
    # The log comes from the archive alone: so a backup proves that archiving works.
    arguments += ["--wal-method=none", "--checkpoint=fast", "--manifest-checksums=SHA256"]
    if parent:
        manifest = stage.with_name("manifest-of-parent")
        manifest.write_bytes(repository.read(parent.place(MANIFEST)))
        arguments.append(f"--incremental={manifest}")
    programs.run(repository.settings, "pg_basebackup", *arguments)
    others = sorted({file.name for file in stage.iterdir()} - {BASE, MANIFEST})
    if others:
        raise BackupError(f"Tablespaces are not supported ({', '.join(others)}).")


def _describe(
    stage: Path, name: str, parent: Backup | None, times: tuple[datetime, datetime]
) -> Backup:
    manifest: dict[str, Any] = json.loads((stage / MANIFEST).read_text())
    (span,) = manifest["WAL-Ranges"]
    timeline = int(span["Timeline"])
    return Backup(
        name=name,
        parent=parent.name if parent else "",
        timeline=timeline,
        first_segment=segment_at(span["Start-LSN"], timeline=timeline),
        last_segment=segment_at(span["End-LSN"], timeline=timeline, is_end=True),
        started_at=times[0],
        ended_at=times[1],
        size=0,
        files={},
    )


def _store(repository: Repository, stage: Path, backup: Backup) -> Backup:
    digest, size = repository.put_locked(stage / BASE, backup.place(BASE))
    with (stage / MANIFEST).open("rb") as stream:
        repository.store.put(backup.place(MANIFEST), stream)
    _wait_for_log(repository, backup)
    whole = replace(backup, size=size, files={BASE: digest, MANIFEST: digest_of(stage / MANIFEST)})
    repository.store.put(backup.place(PAGE), io.BytesIO(whole.dumps()))
    return whole


def _wait_for_log(repository: Repository, backup: Backup) -> None:
    until = time.monotonic() + repository.settings.archive_seconds
    span = {"first": backup.first_segment, "last": backup.last_segment}
    while missing := gaps(repository.archive.segments(), timelines=[backup.timeline], **span):
        if time.monotonic() > until:
            raise BackupError(
                f"The backup does not count: PostgreSQL has not archived {missing[0]}. See its log "
                "for what archive_command says."
            )
        time.sleep(LOOK_AGAIN)


@contextlib.contextmanager
def alone(work: Path) -> Iterator[None]:
    """Let one at a time change the repository from this machine.

    :raises BackupError: if another is at it
    """
    work.mkdir(parents=True, exist_ok=True, mode=0o700)
    with (work / "lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise BackupError("Another backup is being made on this machine.") from None
        yield
