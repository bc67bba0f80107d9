"""A folder and a bucket keep what they are given, and never write over it."""

import io
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from deploy.backup import buckets, locks
from deploy.backup.buckets import Bucket
from deploy.backup.errors import BackupError, Exists, Missing
from deploy.backup.settings import Settings
from deploy.backup.stores import Folder, Store, store_of
from deploy.backup.wal import Archive
from tests.faults.whole_drill import speaking_s3

pytestmark = pytest.mark.allow_hosts(["127.0.0.1"])
SEGMENT = "000000010000000000000003"


@pytest.fixture(scope="module")
def endpoint() -> Iterator[str]:
    with speaking_s3() as address:
        yield address


@pytest.fixture(params=["folder", "bucket"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Store:
    if request.param == "folder":
        return Folder(tmp_path / "repository")
    endpoint = request.getfixturevalue("endpoint")
    bucket = Bucket.at(f"s3://{tmp_path.name.replace('_', '-')}/here", endpoint=endpoint)
    bucket.make()
    return bucket


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    key = locks.make_key(tmp_path / "key")
    return Settings(target="", recipient=key, identity_file=str(tmp_path / "key"))


@pytest.fixture
def segment(tmp_path: Path) -> Path:
    file = tmp_path / SEGMENT
    file.write_bytes(os.urandom(100_000))
    return file


def read(store: Store, name: str) -> bytes:
    said = io.BytesIO()
    store.get(name, said)
    return said.getvalue()


def test_what_was_put_is_there_under_its_name(store: Store) -> None:
    for name in ("a/1", "a/2", "b/1"):
        store.put(name, io.BytesIO(name.encode()))

    assert store.names("a/") == ["a/1", "a/2"]
    assert store.names("a/2") == ["a/2"]
    assert store.names("c/") == []
    assert read(store, "b/1") == b"b/1"


def test_nothing_is_written_over(store: Store) -> None:
    store.put("a", io.BytesIO(b"first"))

    with pytest.raises(Exists):
        store.put("a", io.BytesIO(b"second"))

    assert read(store, "a") == b"first"
    assert store.names("") == ["a"]


def test_what_is_large_is_not_written_over_either(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(buckets, "PART_BYTES", 5 * 1024 * 1024)
    large = b"x" * 11_000_000  # three parts
    store.put("large", io.BytesIO(large))

    with pytest.raises(Exists):
        store.put("large", io.BytesIO(b"y" * len(large)))

    assert read(store, "large") == large


def test_what_is_not_there_is_missing(store: Store) -> None:
    with pytest.raises(Missing):
        read(store, "a")
    store.delete("a")


def test_what_was_deleted_is_gone(store: Store) -> None:
    store.put("a/1", io.BytesIO(b"1"))
    store.delete("a/1")
    assert store.names("") == []


def test_half_of_something_is_nothing(tmp_path: Path) -> None:
    class Broken(io.BytesIO):
        def read(self, size: int | None = -1) -> bytes:
            raise OSError("the disk is full")

    with pytest.raises(OSError, match="the disk is full"):
        Folder(tmp_path / "r").put("a/1", Broken(b"1"))

    assert [one for one in (tmp_path / "r").rglob("*") if one.is_file()] == []


def test_the_log_comes_back_as_it_was(
    store: Store, settings: Settings, segment: Path, tmp_path: Path
) -> None:
    archive = Archive(store, locks.Locks(settings))
    archive.keep(segment, SEGMENT)

    archive.fetch(SEGMENT, tmp_path / "fetched")

    assert (tmp_path / "fetched").read_bytes() == segment.read_bytes()
    assert archive.segments() == [SEGMENT]


def test_archiving_the_same_again_is_no_mistake_and_another_one_is(
    store: Store, settings: Settings, segment: Path
) -> None:
    archive = Archive(store, locks.Locks(settings))
    archive.keep(segment, SEGMENT)
    archive.keep(segment, SEGMENT)
    segment.write_bytes(b"of another server")

    with pytest.raises(Exists, match="do two servers share"):
        archive.keep(segment, SEGMENT)


def test_nobody_reads_it_without_the_key(
    store: Store, settings: Settings, segment: Path, tmp_path: Path
) -> None:
    segment.write_bytes(b"somebody's secret" * 100)
    Archive(store, locks.Locks(settings)).keep(segment, SEGMENT)
    (name,) = store.names("wal/")
    locks.make_key(tmp_path / "other")
    other = Settings(target="", identity_file=str(tmp_path / "other"))

    with pytest.raises(BackupError, match="another key's"):
        Archive(store, locks.Locks(other)).read(SEGMENT)

    assert b"secret" not in read(store, name)


def test_a_file_of_the_log_that_was_exchanged_is_damaged(
    store: Store, settings: Settings, segment: Path
) -> None:
    archive = Archive(store, locks.Locks(settings))
    archive.keep(segment, SEGMENT)
    (name,) = store.names("wal/")
    store.delete(name)
    other = segment.with_name("other")
    other.write_bytes(b"what somebody else made with the public key")
    archive.keep(other, "0000000100000000000000FF")
    (foreign,) = store.names("wal/")
    store.put(name, io.BytesIO(read(store, foreign)))

    with pytest.raises(BackupError, match="damaged"):
        archive.read(SEGMENT)


def test_a_storage_that_is_away_is_told_of_in_one_sentence(endpoint: str) -> None:
    away = store_of(Settings(target="s3://bucket", s3_endpoint="http://127.0.0.1:9"))
    with pytest.raises(BackupError, match="does not answer"):
        away.names("")
