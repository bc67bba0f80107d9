from argparse import ArgumentParser
from typing import Any

import redis
from django.core.management.base import BaseCommand, CommandError

from common.audit_trail import note
from common.errors import OracleError
from monitoring import levels


class Command(BaseCommand):
    help = "Have a logger write more or less in all processes, for a while; or show what holds."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("logger", nargs="?", help="such as discovery.ncbi, or root")
        parser.add_argument("level", nargs="?", choices=levels.NAMES)
        parser.add_argument("--minutes", type=float, default=60.0)
        parser.add_argument("--end", action="store_true", help="let it write as it did before")

    def handle(self, *, logger: str | None, level: str | None, **options: Any) -> None:
        try:
            if logger and options["end"]:
                self._end(logger)
            elif logger and level:
                self._change(logger, level, options["minutes"])
            elif logger:
                raise CommandError("Say a level as well, or --end.")
            self._show()
        except OracleError as error:
            raise CommandError(error.detail) from error
        except redis.RedisError as error:
            raise CommandError(f"Valkey does not answer: {type(error).__name__}.") from error

    def _change(self, logger: str, level: str, minutes: float) -> None:
        levels.change(logger=logger, level=level, seconds=minutes * 60)
        note("log_level.changed", actor=None, what={"logger": logger, "level": level})

    def _end(self, logger: str) -> None:
        if not levels.end(logger=logger):
            raise CommandError(f"{logger} is not changed.")
        note("log_level.ended", actor=None, what={"logger": logger})

    def _show(self) -> None:
        held = levels.changes()
        for one in held:
            self.stdout.write(f"{one.logger} writes from {one.level} on.")
        if not held:
            self.stdout.write("All loggers write as the settings say.")
