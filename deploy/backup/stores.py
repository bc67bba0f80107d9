"""Where backups lie: a folder, or a bucket (`deploy.backup.buckets`). Nothing is written over."""

import contextlib
import os
import shutil
import uuid
from importlib import import_module
from pathlib import Path
from typing import BinaryIO, Protocol, cast

from deploy.backup.errors import Exists, Missing
from deploy.backup.settings import Settings

SCHEME = "s3://"
PART = ".part-"  # what is being written; it does not count


class Store(Protocol):
    """Things under names with slashes in them."""

    def put(self, name: str, source: BinaryIO) -> None:
        """Store something, whole or not at all.

        :raises Exists: if there is something of this name
        """

    def get(self, name: str, target: BinaryIO) -> None:
        """Read something.

        :raises Missing: if it is not there
        """

    def names(self, beginning: str) -> list[str]:
        """Return all names that begin so, in order."""

    def delete(self, name: str) -> None:
        """Delete something; it does not matter if it is gone."""


class Folder:
    """A folder, on a disk that is not the database's."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def put(self, name: str, source: BinaryIO) -> None:
        target = self.root / name
        target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        part = target.with_name(f"{PART}{uuid.uuid4().hex}")
        try:
            with part.open("xb") as stream:
                shutil.copyfileobj(source, stream, 1 << 20)
                stream.flush()
                os.fsync(stream.fileno())
            target.hardlink_to(part)
        except FileExistsError:
            raise Exists(f"{name} is there already, and is not written over.") from None
        finally:
            part.unlink(missing_ok=True)
        _keep_entry(target.parent)

    def get(self, name: str, target: BinaryIO) -> None:
        try:
            with (self.root / name).open("rb") as stream:
                shutil.copyfileobj(stream, target, 1 << 20)
        except FileNotFoundError:
            raise Missing(f"{name} is not in {self.root}.") from None

    def names(self, beginning: str) -> list[str]:
        folder, _, begin = beginning.rpartition("/")
        where = self.root / folder
        files = where.glob(f"{begin}*") if begin else where.rglob("*")
        whole = (file for file in files if file.is_file() and PART not in file.name)
        return sorted(str(file.relative_to(self.root)) for file in whole)

    def delete(self, name: str) -> None:
        file = self.root / name
        file.unlink(missing_ok=True)
        with contextlib.suppress(OSError):  # others are in it
            file.parent.rmdir()


def store_of(settings: Settings) -> Store:
    """Return the store that BACKUP_TARGET names."""
    if not settings.target.startswith(SCHEME):
        return Folder(Path(settings.target))
    # Loading it takes longer than storing a segment of the log, and who has a folder needs it not.
    buckets = import_module("deploy.backup.buckets")
    return cast("Store", buckets.Bucket.at(settings.target, endpoint=settings.s3_endpoint))


def _keep_entry(folder: Path) -> None:
    """Have the folder's new entry outlive a power cut."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
