from typing import Any

from django.core.management.base import BaseCommand

from common.api_docs import page


class Command(BaseCommand):
    help = "Write docs/API_V2.1_REFERENCE.md anew, from the OpenAPI schema."

    def handle(self, **options: Any) -> None:
        page.file().write_text(page.page(), encoding="utf-8")
        self.stdout.write(f"{page.FILE} is written.")
