import sys
from argparse import ArgumentParser
from getpass import getpass
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from accounts.services.admins import ensure_admin


class Command(BaseCommand):
    help = "Make an admin, or make a user one."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("email")
        parser.add_argument(
            "--password-stdin", action="store_true", help="read the password from standard input"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        password = sys.stdin.readline().rstrip("\n") if options["password_stdin"] else None
        try:
            made = ensure_admin(
                email=options["email"], password=password, ask=_ask, at=timezone.now()
            )
        except ValidationError as error:
            raise CommandError(" ".join(error.messages)) from error
        verb = "was made, and is an admin" if made else "is an admin now"
        self.stdout.write(f"{options['email']} {verb}.")


def _ask() -> str:
    """Ask for a password twice, unseen."""
    first = getpass("Password: ")
    if first != getpass("Once more: "):
        raise CommandError("The two passwords are not the same.")
    return first
