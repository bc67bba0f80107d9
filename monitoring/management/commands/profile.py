from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand
from django.utils import timezone
from django.utils.module_loading import import_string
from pyinstrument import Profiler


class Command(BaseCommand):
    help = "Show where the time of answering a question goes, without the cache."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("question", nargs="?", default="breast cancer")
        parser.add_argument("--times", type=int, default=10)

    def handle(self, *, question: str, times: int, **options: Any) -> None:
        answer = import_string(settings.PROFILED)
        answer(question, timezone.now().date())  # what is loaded once is not what is asked for
        with Profiler(interval=0.001, async_mode="disabled") as profiler:
            for _ in range(times):
                answer(question, timezone.now().date())
        self.stdout.write(profiler.output_text(unicode=True, color=self.stdout.isatty()))
