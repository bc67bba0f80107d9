"""Series from NCBI into the catalogue."""

from argparse import ArgumentParser, ArgumentTypeError
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from common.errors import OracleError
from discovery.management.progress import shown
from discovery.services import harvests
from discovery.tasks import index_waiting


def whole(text: str) -> int:
    if not (text.isascii() and text.isdigit() and 1 <= int(text[:10]) < 2**31):
        raise ArgumentTypeError(f"{text!r} is no number from 1")
    return int(text)


class Command(BaseCommand):
    help = (
        "Take the series that a query finds at NCBI into the catalogue. The query is in Entrez's "
        "language: 'breast cancer AND human[ORGN]'. Run the same query again after an interruption, "
        "and it goes on where it stopped."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("query", metavar="QUERY")
        parser.add_argument(
            "--limit", type=whole, help="read so many series of NCBI's list at most"
        )
        parser.add_argument(
            "--full",
            action="store_true",
            help="fetch GEO's whole records too: design, samples with their characteristics",
        )
        parser.add_argument(
            "--restart", action="store_true", help="begin anew what was begun before"
        )
        parser.add_argument("--dry-run", action="store_true", help="only say what would be found")

    def handle(
        self,
        *,
        query: str,
        limit: int | None,
        full: bool,
        restart: bool,
        dry_run: bool,
        **options: Any,
    ) -> None:
        try:
            if dry_run:
                self._preview(query)
                return
            with shown(f"Harvesting {query[:40]}") as tell:
                done = harvests.harvest(
                    query=query,
                    at_most=limit,
                    is_full=full,
                    at=timezone.now(),
                    is_anew=restart,
                    tell=tell,
                )
        except OracleError as error:
            raise CommandError(f"{error.detail} Run the command again to go on.") from error
        self.stdout.write(harvests.told(done))
        if done.added or done.updated:
            index_waiting.delay()

    def _preview(self, query: str) -> None:
        found = harvests.preview(query=query)
        self.stdout.write(f"NCBI finds {found.count} series. It reads the query as:")
        self.stdout.write(f"  {found.translation}")
        for warning in found.warnings:
            self.stdout.write(f"It warns: {warning}")
        for line in found.first:
            self.stdout.write(f"  {line}")
        self.stdout.write("Nothing was stored.")
