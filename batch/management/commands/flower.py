"""`manage.py flower`: shows Celery's workers and tasks to staff, through their site."""

import os
import sys
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.management.base import BaseCommand

from batch import flower


class Command(BaseCommand):
    help = "Start Flower where FLOWER_URL says. Staff see it at /admin/flower/."

    def handle(self, **_: Any) -> None:
        place = urlsplit(settings.FLOWER_URL)
        arguments = [
            *(sys.executable, "-m", "celery", "-A", "omicsoracle", "flower"),
            *(f"--address={place.hostname}", f"--port={place.port}"),
            *(f"--url_prefix={flower.PREFIX}", "--read_only"),
        ]
        # Not an argument: those are seen by everybody on the machine.
        secret = {"FLOWER_BASIC_AUTH": f"{flower.USER}:{flower.secret()}"}
        os.execve(sys.executable, arguments, {**os.environ, **secret})  # noqa: S606, TID251
