"""`deploy/scripts/backup COMMAND`: makes, lists and removes backups, and is PostgreSQL's archive_command."""

import argparse
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from deploy.backup import dumps, locks, making, noting, restoring, retention, verifying
from deploy.backup.errors import BackupError, Missing
from deploy.backup.repository import DUMPS, Repository
from deploy.backup.settings import Settings

NOT_THERE = 1  # PostgreSQL takes it for the end of the log
DAMAGED = 200  # more than 125: PostgreSQL stops, and does not take it for the end of the log


def now() -> datetime:
    return datetime.now(UTC)


def full(repository: Repository, _: argparse.Namespace) -> str:
    return _made(repository, is_full=True)


def incremental(repository: Repository, _: argparse.Namespace) -> str:
    return _made(repository, is_full=False)


def dump(repository: Repository, _: argparse.Namespace) -> str:
    name = dumps.dump(repository, at=now())
    retention.prune(repository, at=now())
    return f"{name} is stored."


def archive(repository: Repository, given: argparse.Namespace) -> str:
    repository.archive.keep(given.path, given.name)
    return ""


def fetch(repository: Repository, given: argparse.Namespace) -> str:
    repository.archive.fetch(given.name, given.path)
    return ""


def listing(repository: Repository, _: argparse.Namespace) -> str:
    lines = [
        f"{one.name}  {one.size / 1e6:9.1f} MB  ended {one.ended_at:%Y-%m-%d %H:%M:%S} UTC"
        for one in repository.backups()
    ]
    lines += [name.removeprefix(DUMPS) for name in repository.store.names(DUMPS)]
    return "\n".join([*lines, f"{len(repository.archive.segments())} segments of the log"])


def prune(repository: Repository, _: argparse.Namespace) -> str:
    gone = retention.prune(repository, at=now())
    return (
        f"{len(gone.backups)} backups, {len(gone.dumps)} dumps, {gone.log_files} files of the log "
        "are removed."
    )


def verify(repository: Repository, _: argparse.Namespace) -> str:
    found = verifying.verify(repository)
    return (
        f"{found.backups} backups, {found.log_files} files of the log and {found.dumps} dumps are "
        "whole."
    )


def restore(repository: Repository, given: argparse.Namespace) -> str:
    done = restoring.restore(
        repository, into=given.into, to=given.to, is_for_service=given.for_service
    )
    return (
        f"{given.into} is restored from {' + '.join(done.backups)} and checked: fetched in "
        f"{done.fetching:.1f} s, recovered in {done.recovering:.1f} s, checked in "
        f"{done.checking:.1f} s. Start PostgreSQL on it, and make a full backup next."
    )


def restore_dump(repository: Repository, given: argparse.Namespace) -> str:
    dumps.restore_dump(repository, name=given.name, database=given.database)
    return f"The dump is restored into {given.database}."


def moment(text: str) -> datetime:
    """Read a moment in ISO 8601; it must say its time zone, so that nobody restores the wrong hour."""
    said = datetime.fromisoformat(text)
    if said.tzinfo is None:
        raise argparse.ArgumentTypeError("say the time zone: 2026-11-27T10:15:00+00:00")
    return said


def main(arguments: list[str]) -> int:
    """Do what is asked; return what PostgreSQL and cron want to know."""
    given = _parser().parse_args(arguments)
    try:
        if given.command == "keygen":
            said = f"BACKUP_RECIPIENT={locks.make_key(given.file)}"
        else:
            act: Callable[[Repository, argparse.Namespace], str] = given.act
            chosen = Settings.read()
            said = act(Repository(chosen), given)
            if chosen.metrics_file and given.command in noting.NOTED:
                noting.note(Path(chosen.metrics_file), given.command, at=now())
    except (BackupError, OSError) as error:
        print(f"{given.command}: {error}", file=sys.stderr)  # noqa: T201
        is_end = given.command != "fetch" or isinstance(error, Missing)
        return NOT_THERE if is_end else DAMAGED
    if said:
        print(said)  # noqa: T201
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="backup", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)

    def command(name: str, act: Callable[..., str], says: str) -> argparse.ArgumentParser:
        one = commands.add_parser(name, help=says)
        one.set_defaults(act=act)
        return one

    command("full", full, "back up the whole server")
    command("incremental", incremental, "back up what has changed since the last backup")
    command("dump", dump, "store one database as a file (small ones)")
    command("list", listing, "list what is stored")
    command("prune", prune, "remove what is older than is kept; each backup does so, too")
    command("verify", verify, "read all that is stored, and prove that it is whole")
    one = command("archive", archive, "PostgreSQL's archive_command: `archive %%p %%f`")
    one.add_argument("path", type=Path)
    one.add_argument("name")
    one = command("fetch", fetch, "PostgreSQL's restore_command: `fetch %%f %%p`")
    one.add_argument("name")
    one.add_argument("path", type=Path)
    one = command("restore", restore, "make a data folder out of backups and the log")
    one.add_argument("--into", type=Path, required=True)
    one.add_argument(
        "--to", type=moment, help="the moment to go back to; default: the newest state"
    )
    one.add_argument("--for-service", action="store_true", help="the server goes on from here")
    one = command("restore-dump", restore_dump, "load a dump into an empty database")
    one.add_argument("--name", default="", help="default: the newest")
    one.add_argument("--database", required=True)
    commands.add_parser("keygen", help="make a pair of keys").add_argument("file", type=Path)
    return parser


def _made(repository: Repository, *, is_full: bool) -> str:
    made = making.make(repository, is_full=is_full, now=now)
    retention.prune(repository, at=now())
    return f"{made.name} is stored: {made.size / 1e6:.1f} MB."


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
