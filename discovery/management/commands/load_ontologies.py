"""What names mean: the ontologies' door."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from discovery.ontologies.files import DamagedFile
from discovery.services import ontologies


class Command(BaseCommand):
    help = (
        "Load the ontologies that come with this version. Safe to run again, and to interrupt: an "
        "ontology is loaded whole or not at all, and what is already there is passed over."
    )

    def handle(self, **options: Any) -> None:
        try:
            ontologies.load(at=timezone.now(), on_progress=self._tell)
        except DamagedFile as error:
            raise CommandError(f"{error} Get it again and run this once more.") from error

    def _tell(self, loaded: ontologies.Loaded) -> None:
        release, what = loaded.release, "loaded" if loaded.is_news else "already there"
        self.stdout.write(
            f"{release}: {release.term_count} terms, {release.name_count} names, {what}"
        )
