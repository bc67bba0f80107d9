from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from accounts import audit


class Command(BaseCommand):
    help = "Check that no line of the audit log was changed or taken out, and print its head."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--expect", metavar="DIGEST", help="a head that was printed before: it must be there"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        verdict = audit.verify()
        if verdict.broken_at is not None:
            raise CommandError(
                f"The audit log is broken: line {verdict.broken_at} is not what was written."
            )
        expected = options["expect"]
        if expected and not audit.holds(digest=expected):
            raise CommandError(
                "The audit log was cut or written anew: it does not hold the digest expected."
            )
        self.stdout.write(f"{verdict.lines} lines, all as they were written.")
        self.stdout.write(f"Head: {verdict.head or 'none yet'}")
