"""Where the command line keeps its key: a file that nobody else may read."""

import json
import os
import stat
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any
from uuid import uuid4

import typer

APPLICATION = "omicsoracle"
OWNER_ONLY, OWNER_FOLDER = 0o600, 0o700


class NotKept(Exception):
    """The file cannot be used as it is; the message says what to do."""


@dataclass(frozen=True, slots=True)
class Stored:
    """Whose service is asked, and with which key."""

    url: str
    key: str = field(repr=False)
    email: str = ""
    key_id: str = ""


def path() -> Path:
    """Return where the platform keeps such things."""
    return Path(typer.get_app_dir(APPLICATION)) / "credentials.json"


def load() -> Stored | None:
    """Return what was kept, if anything was.

    :raises NotKept: if others may read the file, or it is none of ours
    """
    file = path()
    try:
        if os.name == "posix" and file.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO):
            raise NotKept(
                f"Others may read {file}: run `chmod 600` on it, and make another key if they did."
            )
        kept: Any = json.loads(file.read_text(encoding="utf-8"))
        return Stored(**{name: str(value) for name, value in kept.items()})
    except FileNotFoundError:
        return None
    except (AttributeError, TypeError, ValueError) as error:
        raise NotKept(f"{file} is damaged: remove it, and run `omicsoracle login`.") from error


def save(stored: Stored) -> Path:
    """Keep this, in place of what was kept; the file is never there with other rights, or by half."""
    file = path()
    file.parent.mkdir(mode=OWNER_FOLDER, parents=True, exist_ok=True)
    beside = file.with_name(f"{file.name}.{uuid4().hex}")
    descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, OWNER_ONLY)
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as out:
            json.dump(asdict(stored), out)
        beside.replace(file)
    except OSError:
        beside.unlink(missing_ok=True)
        raise
    return file


def forget() -> bool:
    """Remove what was kept; say whether there was anything."""
    try:
        path().unlink()
    except FileNotFoundError:
        return False
    return True
