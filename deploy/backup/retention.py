"""What is kept, and what may go: never what something that is kept needs."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from deploy.backup.repository import BACKUPS, DUMPS, PAGE, Backup, Repository
from deploy.backup.wal import SEGMENT, number_of

HALF_MADE = timedelta(days=2)  # after which a backup without a page is nobody's work any more


@dataclass(frozen=True, slots=True)
class Pruned:
    """What went: names of backups and dumps, and how many files of the log."""

    backups: list[str]
    dumps: list[str]
    log_files: int


def prune(repository: Repository, *, at: datetime) -> Pruned:
    """Remove what is older than is kept."""
    settings = repository.settings
    backups = repository.backups()
    since = at - timedelta(days=settings.keep_days)
    kept = kept_of(backups, full=settings.keep_full, since=since)
    gone = [one for one in reversed(backups) if one not in kept]  # who builds on others goes first
    for backup in gone:
        repository.store.delete(backup.place(PAGE))
    for name in repository.store.names(BACKUPS):
        if _is_litter(name, kept, at):
            repository.store.delete(name)
    return Pruned(
        [one.name for one in gone], _prune_dumps(repository), _prune_log(repository, kept)
    )


def kept_of(backups: list[Backup], *, full: int, since: datetime) -> list[Backup]:
    """Return what is kept of backups: so many full ones, and all that any moment since then needs.

    An incremental one is kept as long as the full one that it builds on.
    """
    heads = [one for one in backups if one.is_full]
    before = [one for one in heads if one.ended_at <= since]
    kept = {one.name for one in [*heads[-max(1, full) :], *before[-1:]]}
    kept |= {one.name for one in heads if one.ended_at > since}
    for one in backups:
        if one.parent in kept:
            kept.add(one.name)
    return [one for one in backups if one.name in kept]


def _is_litter(name: str, kept: list[Backup], at: datetime) -> bool:
    """Say whether this belongs to no backup that counts, nor to one that is being made."""
    backup = name.removeprefix(BACKUPS).partition("/")[0]
    if any(one.name == backup for one in kept):
        return False
    try:
        begun = datetime.strptime(f"{backup[:15]}+0000", "%Y%m%dT%H%M%S%z")
    except ValueError:
        return False  # it is not ours
    return begun < at - HALF_MADE


def _prune_log(repository: Repository, kept: list[Backup]) -> int:
    """Remove segments from before all that is kept. Without a backup nothing is removed."""
    if not kept:
        return 0
    first = min(number_of(one.first_segment) for one in kept)
    timeline = min(one.timeline for one in kept)
    count = 0
    for name, stored in repository.archive.stored_names().items():
        if not SEGMENT.match(name):
            continue  # histories of timelines are small, and needed for ever
        if number_of(name) < first and int(name[:8], 16) <= timeline:
            repository.store.delete(stored)
            count += 1
    return count


def _prune_dumps(repository: Repository) -> list[str]:
    dumps = repository.store.names(DUMPS)
    gone = dumps[: -max(1, repository.settings.keep_dumps)]
    for name in gone:
        repository.store.delete(name)
    return [name.removeprefix(DUMPS) for name in gone]
