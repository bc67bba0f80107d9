import json
from argparse import ArgumentParser
from collections import Counter
from dataclasses import asdict
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand
from django.utils import timezone

from monitoring import production
from monitoring.production.findings import Finding, Status


class Command(BaseCommand):
    help = "Say what of this installation is not fit for production, and what to do. Ends with 1 if anything fails."
    requires_system_checks: tuple[str, ...] = ()  # it runs them, and tells what they say

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--json", action="store_true", help="for programs")
        parser.add_argument("--strict", action="store_true", help="end with 1 for warnings, too")
        parser.add_argument(
            "--alertmanager",
            type=Path,
            default=Path(settings.BASE_DIR) / "deploy" / "alertmanager" / "alertmanager.yml",
            help="the configuration that Alertmanager runs with",
        )

    def handle(self, *, alertmanager: Path, strict: bool, **options: Any) -> None:
        found = production.examine(at=timezone.now(), alertmanager=alertmanager)
        count: Counter[Status] = Counter(one.status for one in found)
        if options["json"]:
            self.stdout.write(_as_json(found))
        else:
            self.stdout.write(_as_text(found, count))
        if count["fail"] or (strict and count["warn"]):
            raise SystemExit(1)


def _as_json(found: list[Finding]) -> str:
    return json.dumps(
        {"findings": [asdict(one) for one in found], "for_people": production.FOR_PEOPLE}, indent=2
    )


def _as_text(found: list[Finding], count: Counter[Status]) -> str:
    lines = []
    for one in found:
        lines.append(f"{one.status:4}  {one.topic:10}  {one.says}")
        if one.advice:
            lines.append(f"{'':18}→ {one.advice}")
    lines += ["", "What no program can see:", *(f"  - {one}" for one in production.FOR_PEOPLE)]
    lines += ["", f"{count['ok']} well, {count['warn']} doubtful, {count['fail']} wrong."]
    return "\n".join(lines)
