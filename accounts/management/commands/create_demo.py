import json
from argparse import ArgumentParser
from dataclasses import asdict
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from accounts.services.demo import DemoNotAllowed, ensure_demo


class Command(BaseCommand):
    help = "Make the demo account of this machine, or put it right, and print how to sign in."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--json", action="store_true", help="print one JSON object")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            demo = ensure_demo(at=timezone.now())
        except DemoNotAllowed as error:
            raise CommandError(error.detail) from error
        if options["json"]:
            self.stdout.write(json.dumps(asdict(demo)))
            return
        self.stdout.write(f"E-mail:   {demo.email}")
        self.stdout.write(f"Password: {demo.password}")
        self.stdout.write(f"API key:  {demo.api_key}")
