"""The catalogue's front door for dumps."""

import gzip
import zlib
from argparse import ArgumentParser
from pathlib import Path
from typing import IO, Any, cast

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone
from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

from discovery.services import catalogue
from discovery.tasks import index_waiting

GZIP_MAGIC = b"\x1f\x8b"
REFUSALS_SHOWN = 20


class Command(BaseCommand):
    help = (
        "Load GEO series from a JSON-lines file (plain or gzip). Safe to run again: what is "
        "already there is passed over, a newer record replaces an older one."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path, metavar="FILE")
        parser.add_argument(
            "--no-embeddings",
            action="store_true",
            help="do not wake the worker that embeds the new series (beat does so within 30 s)",
        )

    def handle(self, *, file: Path, no_embeddings: bool, **options: Any) -> None:
        try:
            report = self._load(file)
        except OSError as error:
            raise CommandError(f"{file} cannot be read: {error.strerror or error}.") from error
        except (EOFError, zlib.error) as error:
            raise CommandError(
                f"{file} is damaged or cut off ({error}). The records before the damage are loaded; "
                "get the file again and run this once more."
            ) from error
        self._tell(report)
        if not no_embeddings and (report.added or report.updated):
            index_waiting.delay()

    def _load(self, file: Path) -> catalogue.LoadReport:
        console = Console(stderr=True)
        columns = (
            TextColumn("{task.description}"),
            BarColumn(),
            TaskProgressColumn(),
            TextColumn("{task.fields[series]} series"),
            TimeRemainingColumn(),
        )
        with file.open("rb") as raw, Progress(*columns, console=console) as progress:
            task = progress.add_task(f"Loading {file.name}", total=file.stat().st_size, series=0)
            return catalogue.load(
                lines=catalogue.read_lines(_opened(raw)),
                at=timezone.now(),
                on_progress=lambda report: progress.update(
                    task, completed=raw.tell(), series=report.read
                ),
            )

    def _tell(self, report: catalogue.LoadReport) -> None:
        for number, reason in report.refused[:REFUSALS_SHOWN]:
            self.stderr.write(f"line {number}: skipped: {reason}")
        if len(report.refused) > REFUSALS_SHOWN:
            self.stderr.write(f"… and {len(report.refused) - REFUSALS_SHOWN} more lines skipped")
        self.stdout.write(
            f"{report.read} records read: {report.added} added, {report.updated} updated, "
            f"{report.unchanged} unchanged, {report.older} older than what is stored, "
            f"{len(report.refused)} skipped."
        )


def _opened(raw: IO[bytes]) -> IO[bytes]:
    """Return the stream, unpacked if it is gzip by its first bytes, whatever its name."""
    magic = raw.read(2)
    raw.seek(0)
    return cast("IO[bytes]", gzip.open(raw)) if magic == GZIP_MAGIC else raw
