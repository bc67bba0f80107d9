"""Django's `migrate`, which gives way to who uses the tables: docs/history.md, "Migrations"."""

from typing import Any

from django.core.management.commands import migrate
from django.db import connections

from common.patience import LOCK_TIMEOUT, again_while_locked


class Command(migrate.Command):
    def handle(self, *args: Any, **options: Any) -> None:
        """Wait briefly for each lock. A migration that did not get one is undone, and tried again."""

        def attempt() -> None:
            with connections[options["database"]].cursor() as cursor:
                cursor.execute("select set_config('lock_timeout', %s, false)", [LOCK_TIMEOUT])
            super(Command, self).handle(*args, **options)
            with connections[options["database"]].cursor() as cursor:  # who calls it goes on
                cursor.execute("reset lock_timeout")

        again_while_locked(attempt)
