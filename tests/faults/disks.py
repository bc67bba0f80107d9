"""Small disks that can be filled up."""

import contextlib
import errno
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

from tests.faults.own_postgres import OwnPostgres, own_folder

MEGABYTES = 320
LOG_MEGABYTES = 512
SMALL_LOG = {"min_wal_size": "32MB", "max_wal_size": "64MB"}
PART = 64 * 1024


class CannotMount(Exception):
    """Whoever runs this may not make a disk."""


@contextlib.contextmanager
def small_disk(megabytes: int = MEGABYTES) -> Iterator[Path]:
    """Yield a folder on a disk of its own.

    :raises CannotMount: where one may not do that
    """
    with own_folder() as above:
        folder = above / "d"
        folder.mkdir()
        options = f"size={megabytes}m,mode=0711"
        done = subprocess.run(
            ["mount", "-t", "tmpfs", "-o", options, "oo-disk", str(folder)],  # noqa: S607
            capture_output=True,
            check=False,
        )
        if done.returncode:
            raise CannotMount(done.stderr.decode().strip())
        try:
            yield folder
        finally:
            subprocess.run(["umount", "--lazy", str(folder)], check=True)  # noqa: S607


@contextlib.contextmanager
def filled(folder: Path) -> Iterator[None]:
    """Leave no room on a folder's disk as long as the block lasts."""
    file = folder / "ballast"
    with file.open("wb", buffering=0) as stream:
        for size in (PART, 512):
            with contextlib.suppress(OSError):
                while stream.write(os.urandom(size)):
                    pass
    if not _is_full(folder):
        raise RuntimeError(f"{folder} could not be filled")
    try:
        yield
    finally:
        file.unlink()


def move_log(postgres: OwnPostgres, to: Path) -> None:
    """Put the log of a server on another disk; the server is started again."""
    postgres.stop()
    log = postgres.data / "pg_wal"
    owner = log.stat()
    subprocess.run(["cp", "-a", str(log), str(to)], check=True)  # noqa: S607
    subprocess.run(["rm", "-r", str(log)], check=True)  # noqa: S607
    log.symlink_to(to)
    os.chown(log, owner.st_uid, owner.st_gid, follow_symlinks=False)
    postgres.start()


def _is_full(folder: Path) -> bool:
    try:
        (folder / "probe").write_bytes(b"x" * 8192)
    except OSError as error:
        return error.errno == errno.ENOSPC
    finally:
        (folder / "probe").unlink(missing_ok=True)
    return False
