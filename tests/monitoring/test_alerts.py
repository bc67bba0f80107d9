"""Rules, alerts and the pages that say what to do: whole, and proven by Prometheus's own tool."""

import json
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from django.conf import settings

from tests.monitoring import programs

DEPLOY = settings.BASE_DIR / "deploy"
PROMETHEUS = DEPLOY / "prometheus"
DOCS = settings.BASE_DIR / "docs"
PARTS = ["## What to look at", "## What to do", "## How to know it is over"]
METRIC = re.compile(r"\b(?:omicsoracle|django_db)_\w+")
RECORDED = re.compile(r"\bomicsoracle:\w+:\w+")
LINK = re.compile(r"\]\((?!https?:)([^)#]+)[^)]*\)")
TOLD = re.compile(r"^\| `(\w+)` \| (\w+)", re.MULTILINE)


def rules() -> Iterator[dict[str, Any]]:
    for file in sorted((PROMETHEUS / "rules").glob("*.yml")):
        for group in yaml.safe_load(file.read_text())["groups"]:
            yield from group["rules"]


def alerts() -> list[dict[str, Any]]:
    return [one for one in rules() if "alert" in one]


def known_metrics() -> set[str]:
    """Return the names that /metrics has, by the page that a test holds to it."""
    names = set()
    for name, kind in TOLD.findall((DOCS / "metrics.md").read_text()):
        endings = ("", "_bucket", "_sum", "_count") if kind == "histogram" else ("",)
        names |= {name + ending for ending in endings}
    return names | {"omicsoracle_build_info"}


def run(program: str, *arguments: str, folder: Path) -> None:
    try:
        found = programs.find(program)
    except programs.Missing as reason:
        pytest.skip(str(reason))
    done = subprocess.run(
        [found, *arguments], cwd=folder, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_every_rule_does_what_its_test_says() -> None:
    files = [file.name for file in sorted((PROMETHEUS / "tests").glob("*.yml"))]

    run("promtool", "test", "rules", *files, folder=PROMETHEUS / "tests")


def test_prometheus_and_alertmanager_take_their_configuration() -> None:
    run("promtool", "check", "config", "--syntax-only", "prometheus.yml", folder=PROMETHEUS)
    names = [f"rules/{file.name}" for file in (PROMETHEUS / "rules").glob("*.yml")]
    run("promtool", "check", "rules", *names, folder=PROMETHEUS)
    run("amtool", "check-config", "alertmanager.yml", folder=DEPLOY / "alertmanager")


def test_no_rule_is_without_a_test() -> None:
    proven = "".join(file.read_text() for file in (PROMETHEUS / "tests").glob("*.yml"))

    missing = [name for one in rules() if (name := one.get("alert") or one["record"]) not in proven]

    assert missing == []


def test_no_rule_asks_for_a_metric_that_is_not_told() -> None:
    asked = {name for one in rules() for name in METRIC.findall(one["expr"]) if ":" not in name}

    assert asked - known_metrics() == set()
    assert len(asked) > 20


def test_the_plans_four_alerts_are_as_the_plan_has_them() -> None:
    told = {
        one["alert"]: (
            one["expr"].rpartition(">")[2].strip(),
            one["for"],
            one["labels"]["severity"],
        )
        for one in alerts()
    }

    assert told["high_error_rate"] == ("0.05", "5m", "critical")
    assert told["slow_response"] == ("3", "5m", "warning")
    assert told["db_pool_exhausted"] == ("0.8", "2m", "critical")
    assert told["high_memory"] == ("0.9", "5m", "warning")


def test_each_alert_leads_to_a_page_that_says_what_to_do() -> None:
    for one in alerts():
        page = (settings.BASE_DIR / one["annotations"]["runbook_url"]).read_text()
        places = [page.find(part) for part in PARTS]
        assert -1 not in places, one["alert"]
        assert places == sorted(places), one["alert"]
        assert f"`{one['alert']}`" in page or one["alert"].startswith("error_budget"), one["alert"]


def test_no_page_leads_nowhere_and_none_names_a_metric_that_is_not_told() -> None:
    for page in sorted((DOCS / "runbooks").glob("*.md")):
        text = page.read_text()
        assert [link for link in LINK.findall(text) if not (page.parent / link).exists()] == []
        assert set(METRIC.findall(text)) - known_metrics() == set(), page.name


def dashboards() -> dict[str, Any]:
    files = sorted((DEPLOY / "grafana" / "dashboards").glob("*.json"))
    return {file.stem: json.loads(file.read_text()) for file in files}


def test_dashboards_ask_the_provisioned_source_for_what_is_told_or_recorded() -> None:
    sources = DEPLOY / "grafana" / "provisioning" / "datasources" / "prometheus.yml"
    (source,) = yaml.safe_load(sources.read_text())["datasources"]
    recorded = {one["record"] for one in rules() if "record" in one}
    for name, dashboard in dashboards().items():
        expressions = [one["expr"] for panel in dashboard["panels"] for one in panel["targets"]]
        asked = {found for one in expressions for found in METRIC.findall(one)} - {"omicsoracle"}
        named = {found for one in expressions for found in RECORDED.findall(one)}
        assert {one for one in asked if one not in known_metrics()} == set(), name
        assert named - recorded == set(), name
        assert {panel["datasource"]["uid"] for panel in dashboard["panels"]} == {source["uid"]}


def test_there_are_the_plans_three_dashboards_whose_panels_do_not_overlap() -> None:
    assert set(dashboards()) == {"overview", "performance", "business"}
    for name, dashboard in dashboards().items():
        ids = [panel["id"] for panel in dashboard["panels"]]
        assert len(ids) == len(set(ids)), name
        cells = [
            (x, y)
            for place in (panel["gridPos"] for panel in dashboard["panels"])
            for x in range(place["x"], place["x"] + place["w"])
            for y in range(place["y"], place["y"] + place["h"])
        ]
        assert len(cells) == len(set(cells)), name
        assert max(x for x, _ in cells) < 24, name
