from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from accounts.models import Scope, User
from accounts.services.api_keys import TooManyKeys, make_key


class Command(BaseCommand):
    help = "Make an API key for a user and print it, this once."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("email")
        parser.add_argument("--name", required=True, help="what the key is for")
        parser.add_argument(
            "--scope",
            action="append",
            choices=Scope.values,
            help="what it allows; once for each (default: all)",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            user = User.objects.get_by_natural_key(options["email"])
        except User.DoesNotExist as error:
            raise CommandError(f"No user has the address {options['email']}.") from error
        try:
            _, key = make_key(
                user=user,
                name=options["name"],
                scopes=options["scope"] or Scope.values,
                actor=None,
                at=timezone.now(),
            )
        except TooManyKeys as error:
            raise CommandError(error.detail) from error
        self.stdout.write(key)
