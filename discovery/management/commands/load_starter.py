"""What a new installation knows at once."""

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand
from django.utils import timezone

from discovery.models import Origin
from discovery.services import catalogue


class Command(BaseCommand):
    help = "Load the starter catalogue: about 300 landmark series. Safe to run again."

    def handle(self, **options: Any) -> None:
        with settings.STARTER_CATALOGUE.open("rb") as stream:
            report = catalogue.load(
                lines=catalogue.read_lines(stream), at=timezone.now(), origin=Origin.STARTER
            )
        self.stdout.write(
            f"{report.added} added, {report.updated} updated, {report.unchanged} unchanged."
        )
