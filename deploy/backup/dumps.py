"""Dumps: one database in one file, for what is small, or for moving to another version."""

import tempfile
from datetime import datetime
from pathlib import Path

from deploy.backup import programs
from deploy.backup.errors import BackupError, Missing
from deploy.backup.locks import SUFFIX
from deploy.backup.making import alone
from deploy.backup.repository import DUMPS, Repository


def dump(repository: Repository, *, at: datetime) -> str:
    """Store one database as a file; return its name."""
    settings = repository.settings
    with alone(settings.work), tempfile.TemporaryDirectory(dir=settings.work) as folder:
        file = Path(folder) / "dump"
        programs.run(settings, "pg_dump", "--format=custom", "--no-password", f"--file={file}")
        programs.run(settings, "pg_restore", "--list", str(file))
        name = f"{at:%Y%m%dT%H%M%SZ}.dump{SUFFIX}"
        repository.put_locked(file, f"{DUMPS}{name.removesuffix(SUFFIX)}")
    return name


def restore_dump(repository: Repository, *, name: str, database: str) -> None:
    """Bring a dump back into an empty database, whole or not at all.

    :param name: of the dump; "" is the newest
    :raises BackupError: if it is missing or damaged, or the database is not empty
    """
    settings = repository.settings
    there = [one.removeprefix(DUMPS) for one in repository.store.names(DUMPS)]
    if name not in ["", *there] or not there:
        raise Missing(f"There is no dump {name}; there are: {', '.join(there) or 'none'}.")
    chosen = name or there[-1]
    settings.work.mkdir(parents=True, exist_ok=True, mode=0o700)
    with tempfile.TemporaryDirectory(dir=settings.work) as folder:
        locked, plain = Path(folder) / "locked", Path(folder) / "dump"
        with locked.open("wb") as stream:
            repository.store.get(f"{DUMPS}{chosen}", stream)
        with locked.open("rb") as source, plain.open("wb") as target:
            repository.locks.open_stream(source, target, name=chosen)
        _load(repository, plain, database)


def _load(repository: Repository, plain: Path, database: str) -> None:
    settings = repository.settings
    count = "select count(*) from pg_class c join pg_namespace n on n.oid = relnamespace where nspname = 'public'"
    tables = programs.run(settings, "psql", "-XAt", f"--dbname={database}", "-c", count)
    if tables.strip() != "0":
        raise BackupError(f"The database {database} is not empty: make another one for the dump.")
    programs.run(
        settings,
        "pg_restore",
        *("--exit-on-error", "--single-transaction", "--no-owner", f"--dbname={database}"),
        str(plain),
    )
