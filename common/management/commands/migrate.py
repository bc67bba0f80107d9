"""Django's `migrate`, which gives way to who uses the tables: docs/history.md, "Migrations"."""

from typing import Any

from django.core.management.base import CommandError, CommandParser
from django.core.management.commands import migrate
from django.db import connections
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.state import ProjectState

from common.expansion import objections
from common.patience import LOCK_TIMEOUT, again_while_locked

REFUSED = 3  # the exit code


class Command(migrate.Command):
    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument(
            "--expand-only",
            action="store_true",
            help="refuse, before anything is done, what code that still runs could not work with",
        )

    def handle(self, *args: Any, expand_only: bool = False, **options: Any) -> None:
        """Wait briefly for each lock. A migration that did not get one is undone, and tried again."""
        if expand_only:
            _require_expansion(options["database"])

        def attempt() -> None:
            with connections[options["database"]].cursor() as cursor:
                cursor.execute("select set_config('lock_timeout', %s, false)", [LOCK_TIMEOUT])
            super(Command, self).handle(*args, **options)
            with connections[options["database"]].cursor() as cursor:  # who calls it goes on
                cursor.execute("reset lock_timeout")

        again_while_locked(attempt)


def _require_expansion(database: str) -> None:
    loader = (executor := MigrationExecutor(connections[database])).loader
    if not loader.applied_migrations:  # nothing runs yet
        return
    found: list[str] = []
    state = ProjectState(real_apps=loader.unmigrated_apps)
    for migration, _ in executor.migration_plan(loader.graph.leaf_nodes(), clean_start=True):
        if (migration.app_label, migration.name) not in loader.applied_migrations:
            found += objections(migration, state)
        migration.mutate_state(state, preserve=False)
    if found:
        raise CommandError(
            "Nothing is done: code that still runs could not go on. " + "; ".join(found),
            returncode=REFUSED,
        )
