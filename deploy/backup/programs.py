"""PostgreSQL's own programs."""

import os
import pwd
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from deploy.backup.errors import BackupError
from deploy.backup.settings import Settings, environment

HOURS = 6 * 3600.0


def run(
    settings: Settings, program: str, *arguments: str, seconds: float = HOURS, **variables: str
) -> str:
    """Run a program to its end; return what it said.

    :raises BackupError: if it fails, or takes too long; the message is its last line
    """
    command = [str(settings.programs / program), *arguments]
    # What may take hours is not to end with a timeout that a role or a database has.
    variables = {"PGCONNECT_TIMEOUT": "10", "PGOPTIONS": "-c statement_timeout=0", **variables}
    try:
        done = subprocess.run(
            command,
            env=environment(**settings.connection, **variables),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=seconds,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise BackupError(f"{program} was not done after {seconds:.0f} seconds.") from None
    except OSError as error:
        raise BackupError(f"{program} cannot be run: {error}") from error
    if done.returncode:
        lines = [line for line in (done.stderr + done.stdout).splitlines() if line.strip()]
        raise BackupError(f"{program} failed: {_telling(lines)}")
    return done.stdout


def owner(folder: Path) -> dict[str, Any]:
    """Return as whom a server is to run, for subprocess: PostgreSQL refuses to be root's.

    It is whose the folder is, or else `postgres`, if there is such a user.
    """
    if os.geteuid() != 0:
        return {}
    user, group = folder.stat().st_uid, folder.stat().st_gid
    if user == 0:
        names = {one.pw_name: one for one in pwd.getpwall()}
        found = names.get("postgres") or names["nobody"]
        user, group = found.pw_uid, found.pw_gid
    return {"user": user, "group": group, "extra_groups": []}


def hand_over(folder: Path, to: dict[str, Any]) -> None:
    """Make a folder and all that is in it somebody's."""
    if to:
        for one in [folder, *folder.rglob("*")]:
            os.chown(one, to["user"], to["group"], follow_symlinks=False)


def _telling(lines: Sequence[str]) -> str:
    errors = [line for line in lines if "error" in line.lower() or "FATAL" in line]
    return ([*errors[:1], *lines[-1:]] or ["it gave no reason"])[0]
