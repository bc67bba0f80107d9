"""Every query of every dashboard, asked of a Prometheus that has watched the platform at work."""

import json
import time
from collections.abc import Iterator
from dataclasses import dataclass

from tests.performance.watching.watchers import DEPLOY, Watchers

PATIENCE = 90.0  # seconds: rates need two looks, usage is stored a little later


@dataclass(frozen=True, slots=True)
class Panel:
    """One query of one panel, and how many series it gave."""

    dashboard: str
    title: str
    expression: str
    series: int = 0


def queries() -> Iterator[Panel]:
    for file in sorted((DEPLOY / "grafana" / "dashboards").glob("*.json")):
        for panel in json.loads(file.read_text())["panels"]:
            for target in panel["targets"]:
                yield Panel(file.stem, panel["title"], target["expr"])


def ask_all(watchers: Watchers) -> list[Panel]:
    """Ask each query until it gives a number; 0 series if it does not in good time."""
    until = time.monotonic() + PATIENCE
    found = []
    for one in queries():
        while (number := _series(watchers, one)) == 0 and time.monotonic() < until:
            time.sleep(1)
        found.append(Panel(one.dashboard, one.title, one.expression, number))
    return found


def _series(watchers: Watchers, panel: Panel) -> int:
    return sum(one["value"][1] != "NaN" for one in watchers.query(panel.expression))
