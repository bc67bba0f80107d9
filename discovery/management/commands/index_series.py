"""What series are about, for search."""

from typing import Any

from django.core.management.base import BaseCommand

from discovery.services import catalogue


class Command(BaseCommand):
    help = (
        "Index anew the series that were indexed by an earlier version or with other ontologies. "
        "Safe to run again, and to interrupt: what is done stays done."
    )

    def handle(self, **options: Any) -> None:
        done = catalogue.bring_index_up_to_date(on_progress=self._tell)
        self.stdout.write(f"{done} series were indexed anew." if done else "All is up to date.")

    def _tell(self, count: int) -> None:
        self.stdout.write(f"{count} more series indexed")
