"""The drill: a database with data is backed up, destroyed, and brought back to a chosen second.

`make drill` runs it with real tables and a real pace; a quick one is among the tests.
"""

import contextlib
import os
import shlex
import shutil
import sys
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql

from deploy.backup import locks, making, programs, restoring
from deploy.backup.errors import BackupError
from deploy.backup.repository import Repository
from deploy.backup.restoring import Restored
from deploy.backup.settings import PROJECT, Settings
from omicsoracle.embedded.folders import as_owner, owner_of
from omicsoracle.embedded.guard import Guard
from tests.faults.own_postgres import OwnPostgres, own_folder, scripts_can_run

TABLES = """select format('%I.%I', schemaname, tablename) from pg_tables
    where schemaname not in ('pg_catalog', 'information_schema') order by 1"""
SEQUENCES = """select schemaname || '.' || sequencename, last_value from pg_sequences
    where last_value is not null order by 1"""
AHEAD = 32  # values of a sequence that PostgreSQL logs in advance: a restored one may be so far on
Tell = Callable[[str], None]
Contents = dict[str, tuple[int, str]]


@dataclass(slots=True)
class Scene:
    """A server that archives, the repository, and where a restored server goes."""

    folder: Path
    guard: Guard
    server: OwnPostgres
    repository: Repository
    restored: list[OwnPostgres] = field(default_factory=list)

    def back_up(self, *, is_full: bool) -> str:
        return making.make(self.repository, is_full=is_full, now=lambda: datetime.now(UTC)).name

    def restore(self, repository: Repository, *, to: datetime | None = None) -> Restored:
        """Restore into a new server, which is then up."""
        place = self.folder / f"r{uuid.uuid4().hex[:6]}"
        place.mkdir(mode=0o711)
        _give(place, as_owner(owner_of(self.server.data)))
        server = OwnPostgres(place, self.guard)
        done = restoring.restore(repository, into=server.data, to=to)
        self.restored.append(server)
        server.start()
        return done

    def end(self) -> None:
        for one in self.restored:
            one.end()

    def copy(self, name: str) -> Repository:
        """Return a copy of the repository, to be spoilt."""
        target = self.folder / name
        shutil.copytree(self.repository.settings.target, target)
        programs.hand_over(target, as_owner(owner_of(self.server.data)))
        return Repository(replace(self.repository.settings, target=str(target)))


@contextlib.contextmanager
def scene(*, archive_timeout: int, target: str = "", endpoint: str = "") -> Iterator[Scene]:
    """Start a server that archives into a repository of its own."""
    guard = Guard()
    with scripts_can_run(), own_folder() as folder, contextlib.ExitStack() as stack:
        stack.callback(guard.close)
        server = OwnPostgres(folder / "a", guard)
        settings = Settings(
            target=target or str(folder / "repository"),
            s3_endpoint=endpoint,
            recipient=locks.make_key(folder / "key"),
            identity_file=str(folder / "key"),
            work=folder / "work",
            connection=server.variables,
            archive_seconds=20,
        )
        server.options |= archiving(settings, folder / "backup.env", archive_timeout)
        stack.callback(server.end)
        server.start()
        made = Scene(folder, guard, server, Repository(settings))
        stack.callback(made.end)
        yield made


def archiving(settings: Settings, file: Path, timeout: int) -> dict[str, str]:
    """Return what PostgreSQL is told, as docs/backup-and-recovery.md says."""
    named = settings.variables()
    file.write_text("".join(f"{name}={value}\n" for name, value in named.items()))
    for place in (Path(settings.target), settings.work):
        if not settings.target.startswith("s3://") or place == settings.work:
            place.mkdir(exist_ok=True, mode=0o700)
    owner = as_owner(owner_of(file.parent / "a" / "postgres"))
    for one in (file, Path(settings.identity_file), Path(settings.target)):
        if one.exists():
            programs.hand_over(one, owner) if one.is_dir() else _give(one, owner)
    script = PROJECT / "deploy" / "scripts" / "backup"
    python = f"ENV_FILE={file} BACKUP_PYTHON={shlex.quote(sys.executable)}"
    return {
        "archive_mode": "on",
        "archive_command": f'{python} {script} archive "%p" %f',
        "archive_timeout": str(timeout),
        "summarize_wal": "on",
        "max_wal_senders": "4",
        "wal_level": "replica",
    }


def _give(file: Path, owner: dict[str, Any]) -> None:
    if owner:
        os.chown(file, owner["user"], owner["group"])


def contents_of(server: OwnPostgres) -> Contents:
    """Return how many rows each table has, and a checksum over all of them; sequences, too."""
    found: Contents = {}
    with server.connect() as connection:
        for (table,) in connection.execute(TABLES).fetchall():
            row = connection.execute(
                sql.SQL(
                    "select count(*), md5(coalesce(string_agg(md5(t::text), '' order by"
                    " md5(t::text)), '')) from {} t"
                ).format(sql.SQL(table))
            ).fetchone()
            assert row is not None
            found[table] = (row[0], row[1])
        for name, value in connection.execute(SEQUENCES).fetchall():
            found[f"sequence {name}"] = (value, "")
    return found


def differences(before: Contents, after: Contents) -> list[str]:
    """Return what is not as it was."""
    wrong = list(before.keys() ^ after.keys())
    for name in before.keys() & after.keys():
        if name.startswith("sequence "):
            if not before[name][0] <= after[name][0] <= before[name][0] + AHEAD:
                wrong.append(name)
        elif before[name] != after[name]:
            wrong.append(name)
    return sorted(wrong)


def flip_a_byte(repository: Repository) -> str:
    """Change one byte in the middle of the oldest backup; return the file's name."""
    files = sorted(Path(repository.settings.target).glob("backups/*/base.tar.gz.age"))
    with files[0].open("r+b") as stream:
        stream.seek(files[0].stat().st_size // 2)
        byte = stream.read(1)
        stream.seek(-1, os.SEEK_CUR)
        stream.write(bytes([byte[0] ^ 1]))
    return files[0].name


def lose_a_segment(repository: Repository) -> str:
    """Remove the segment that the newest backup begins with; return its name."""
    first = repository.backups()[-1].first_segment
    repository.store.delete(repository.archive.stored_names()[first])
    return first


def refusal(act: Callable[[], object]) -> str:
    """Return why something is refused; "" if it is not."""
    try:
        act()
    except BackupError as error:
        return str(error)
    return ""


class Writer:
    """Commits a row again and again, and knows when it last did."""

    def __init__(self, server: OwnPostgres, every: float = 0.05) -> None:
        self.last, self.last_at = 0, datetime.min.replace(tzinfo=UTC)
        self._server, self._every = server, every
        self._is_over = threading.Event()
        self._thread = threading.Thread(target=self._write)

    def __enter__(self) -> "Writer":
        self._server.ask("create table ticks (n int primary key, at timestamptz not null)")
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._is_over.set()
        self._thread.join()

    def _write(self) -> None:
        with contextlib.suppress(psycopg.Error), self._server.connect() as connection:
            while not self._is_over.wait(self._every):
                row = connection.execute(
                    "insert into ticks values (%s, clock_timestamp()) returning at", [self.last + 1]
                ).fetchone()
                assert row is not None
                self.last, self.last_at = self.last + 1, row[0]


def settle(seconds: float = 1.1) -> datetime:
    """Return a moment that lies between what was committed before and what is after."""
    time.sleep(seconds / 2)
    moment = datetime.now(UTC)
    time.sleep(seconds / 2)
    return moment
