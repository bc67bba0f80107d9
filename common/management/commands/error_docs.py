from typing import Any

from django.core.management.base import BaseCommand

from common import error_docs


class Command(BaseCommand):
    help = "Write docs/errors.md anew, from the codes that there are."

    def handle(self, **options: Any) -> None:
        error_docs.file().write_text(error_docs.page(), encoding="utf-8")
        self.stdout.write(f"{error_docs.FILE} is written.")
