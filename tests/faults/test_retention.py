"""What is kept of backups: never less than what is kept needs."""

import io
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from deploy.backup.errors import Missing
from deploy.backup.repository import BASE, PAGE, Backup, Repository
from deploy.backup.restoring import choose
from deploy.backup.retention import kept_of, prune
from deploy.backup.settings import Settings
from deploy.backup.wal import gaps, name_of, number_of, segment_at

NOW = datetime(2026, 11, 27, 12, tzinfo=UTC)


def backup(days_ago: int, *, parent: Backup | None = None, segment: int = 0) -> Backup:
    at = NOW - timedelta(days=days_ago)
    name = f"{at:%Y%m%dT%H%M%SZ}-{'incremental' if parent else 'full'}"
    first = f"00000001{name_of(segment or 100 - days_ago)}"
    above = parent.name if parent else ""
    return Backup(name, above, 1, first, first, at, at, 1, {})


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    return Repository(Settings(target=str(tmp_path / "r"), keep_full=1, keep_days=7, keep_dumps=2))


def put(repository: Repository, *backups: Backup) -> None:
    for one in backups:
        for name in (BASE, PAGE):
            repository.store.put(one.place(name), io.BytesIO(one.dumps()))


def put_log(repository: Repository, numbers: range) -> None:
    for number in numbers:
        name = f"00000001{name_of(number)}"
        repository.store.put(f"wal/00000001/{name}-{'0' * 32}.gz.age", io.BytesIO(b"1"))


def test_any_moment_of_the_time_that_is_kept_can_be_gone_back_to() -> None:
    old, before, within = backup(30), backup(10), backup(3)

    kept = kept_of([old, before, within], full=1, since=NOW - timedelta(days=7))

    assert kept == [before, within]


def test_so_many_full_ones_are_kept_however_old_they_are() -> None:
    fulls = [backup(days) for days in (90, 80, 70)]
    assert kept_of(fulls, full=2, since=NOW) == fulls[1:]


def test_an_incremental_one_is_kept_with_what_it_builds_on() -> None:
    full = backup(30)
    first = backup(29, parent=full)
    kept = kept_of([full, first], full=1, since=NOW)
    assert kept == [full, first]


def test_an_incremental_one_that_builds_on_another_is_kept_too() -> None:
    full = backup(30)
    first = backup(29, parent=full)
    second = backup(28, parent=first)
    assert kept_of([full, first, second], full=1, since=NOW)[-1] == second


def test_pruning_leaves_the_log_that_is_needed_and_no_more(repository: Repository) -> None:
    old, kept = backup(30, segment=10), backup(8, segment=20)
    put(repository, old, kept)
    put_log(repository, range(5, 30))

    gone = prune(repository, at=NOW)

    assert gone.backups == [old.name]
    assert gone.log_files == 15
    assert repository.backups() == [kept]
    assert number_of(repository.archive.segments()[0]) == 20


def test_the_only_backup_is_never_removed(repository: Repository) -> None:
    put(repository, backup(1000))
    assert prune(repository, at=NOW).backups == []


def test_without_a_backup_no_log_is_removed(repository: Repository) -> None:
    put_log(repository, range(3))
    assert prune(repository, at=NOW).log_files == 0


def test_what_was_never_finished_goes_after_a_while_and_not_at_once(
    repository: Repository,
) -> None:
    put(repository, backup(1))
    for days in (5, 0):
        repository.store.put(backup(days).place(BASE), io.BytesIO(b"1"))

    prune(repository, at=NOW)

    left = repository.store.names("backups/")
    assert not [name for name in left if name.startswith(backup(5).place(""))]
    assert [name for name in left if name.startswith(backup(0).place(""))]


def test_only_the_newest_dumps_are_kept(repository: Repository) -> None:
    for day in range(1, 5):
        repository.store.put(f"dumps/2026010{day}T000000Z.dump.age", io.BytesIO(b"1"))
    assert len(prune(repository, at=NOW).dumps) == 2
    assert repository.store.names("dumps/")[0] == "dumps/20260103T000000Z.dump.age"


def test_a_backup_whose_parent_is_missing_cannot_be_used(repository: Repository) -> None:
    full = backup(2)
    put(repository, backup(1, parent=full))
    with pytest.raises(Missing, match="builds on"):
        repository.chain(repository.backups()[-1])


def test_the_newest_backup_from_before_the_moment_is_chosen() -> None:
    backups = [backup(days) for days in (3, 2, 1)]
    assert choose(backups, to=NOW - timedelta(days=1, hours=1)) == backups[1]
    assert choose(backups, to=None) == backups[2]
    with pytest.raises(Missing, match="no backup from before"):
        choose(backups, to=NOW - timedelta(days=4))


def test_a_gap_in_the_log_is_found_over_timelines() -> None:
    stored = [f"00000001{name_of(one)}" for one in (3, 4)] + [f"00000002{name_of(6)}"]
    first = f"00000001{name_of(3)}"
    assert gaps(stored, first=first, timelines=[1, 2]) == [f"00000001{name_of(5)}"]
    assert gaps(stored, first=first, timelines=[1]) == []
    assert gaps([], first=first, timelines=[1]) == [first]


@pytest.mark.parametrize(
    ("position", "is_end", "segment"),
    [
        ("0/3000028", False, "000000010000000000000003"),
        ("0/4000000", True, "000000010000000000000003"),
        ("0/4000000", False, "000000010000000000000004"),
        ("1/0", True, "0000000100000000000000FF"),
        ("A/FF000001", False, "000000010000000A000000FF"),
    ],
)
def test_a_position_lies_in_a_segment(position: str, segment: str, *, is_end: bool) -> None:
    assert segment_at(position, timeline=1, is_end=is_end) == segment
    assert name_of(number_of(segment)) == segment[8:]


def test_a_page_says_all_of_its_backup() -> None:
    made = replace(backup(1), files={BASE: "0" * 64})
    assert Backup.loads(made.dumps()) == made
