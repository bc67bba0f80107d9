"""What changed at GEO, into the catalogue."""

from argparse import ArgumentParser
from datetime import date
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from common.errors import OracleError
from discovery.management.progress import shown
from discovery.services import harvests
from discovery.tasks import index_waiting


class Command(BaseCommand):
    help = (
        "Take what is new or changed at GEO since the last refresh into the catalogue, as happens "
        "each night. Run it again after an interruption, and it goes on where it stopped."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--since",
            type=date.fromisoformat,
            metavar="YYYY-MM-DD",
            help="instead of the day of the last refresh (a week ago, if there was none)",
        )
        parser.add_argument(
            "--full",
            action="store_true",
            help="fetch GEO's whole records too: design, samples with their characteristics",
        )
        parser.add_argument("--dry-run", action="store_true", help="only say what would be found")

    def handle(self, *, since: date | None, full: bool, dry_run: bool, **options: Any) -> None:
        try:
            if dry_run:
                found = harvests.preview_refresh(since=since, at=timezone.now())
                self.stdout.write(f"{found.count} series changed. Nothing was stored.")
                return
            with shown("Refreshing") as tell:
                done = harvests.refresh(since=since, is_full=full, at=timezone.now(), tell=tell)
        except OracleError as error:
            raise CommandError(f"{error.detail} Run the command again to go on.") from error
        self.stdout.write(harvests.told(done))
        if done.added or done.updated:
            index_waiting.delay()
