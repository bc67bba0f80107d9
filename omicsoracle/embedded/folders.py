"""Who owns the embedded servers' folders, and who may pass through them."""

import os
import pwd
import stat
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from omicsoracle.embedded.errors import CannotStart


@dataclass(frozen=True, slots=True)
class Owner:
    """Whom PostgreSQL runs as when we are root, which it refuses to be."""

    user: int
    group: int


def owner_of(data: Path) -> Owner | None:
    """Return whom PostgreSQL has to run as, or None where that is simply us."""
    if os.geteuid() != 0:
        return None
    if data.exists() and data.stat().st_uid != 0:
        return Owner(data.stat().st_uid, data.stat().st_gid)
    nobody = pwd.getpwnam("nobody")
    return Owner(nobody.pw_uid, nobody.pw_gid)


def as_owner(owner: Owner | None) -> dict[str, Any]:
    """Return what subprocess needs to start a process as this owner."""
    if owner is None:
        return {}
    return {"user": owner.user, "group": owner.group, "extra_groups": []}


def prepare(*, var: Path, sockets: Path, owner: Owner | None) -> None:
    """Make the folders; that of the sockets lets in nobody but the owner (and root).

    :raises CannotStart: if a folder is another user's
    """
    for folder in (var, var / "log", sockets):
        try:
            folder.mkdir(parents=True, exist_ok=True, mode=0o755 if folder == var else 0o700)
        except PermissionError:
            raise CannotStart(
                f"{folder.parent} may not be written to: make it yours, or set VAR_DIR to a "
                "folder that is."
            ) from None
    if owner is not None:
        os.chown(sockets, owner.user, owner.group)
    elif sockets.stat().st_uid != os.geteuid():
        raise CannotStart(
            f"{sockets} belongs to another user: delete it, or set VAR_DIR to a folder of yours."
        )
    sockets.chmod(0o700)


def let_through(places: Iterable[Path], tell: Callable[[str], None]) -> None:
    """Let other users pass through (not look into) the folders above places they must reach."""
    opened = []
    for folder in sorted({one for place in places for one in (place, *place.parents)}):
        mode = folder.stat().st_mode
        if not mode & stat.S_IXOTH:
            folder.chmod(mode | stat.S_IXOTH)
            opened.append(str(folder))
    if opened:
        tell(
            "PostgreSQL refuses to run as root: other users may now pass through (not look into) "
            + ", ".join(opened)
        )


def let_read(programs: Path) -> None:
    """Let everybody read the programs, which a strict umask hid from all but root."""
    if (programs / "bin" / "postgres").stat().st_mode & stat.S_IROTH:
        return
    for file in [programs, *programs.rglob("*")]:
        if not file.is_symlink():
            mode = file.stat().st_mode
            file.chmod(mode | stat.S_IROTH | (stat.S_IXOTH if mode & stat.S_IXUSR else 0))


def package(name: str) -> Path:
    """Find a package without importing it: these make folders when they are imported."""
    found = find_spec(name)
    if found is None or found.origin is None:
        raise CannotStart(
            f"The package {name} is not installed: `make run` does it, or set DATABASE_URL and "
            "REDIS_URL to servers of your own."
        )
    return Path(found.origin).parent
