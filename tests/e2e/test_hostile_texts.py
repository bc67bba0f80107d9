"""Whatever people, records and jobs are called: no page runs it."""

import json
from collections.abc import Sequence
from pathlib import Path

import pytest

from tests.e2e.browsing import Visit
from tests.e2e.conftest import Platform
from tests.e2e.hostile import PAYLOADS
from tests.e2e.people import sign_in

pytestmark = pytest.mark.allow_hosts(["127.0.0.1"])

WORD = "zebrafishery"  # which no other record has


@pytest.fixture
def hostile_records(platform: Platform, tmp_path: Path) -> None:
    """Load a series for each text, which has it wherever a record has text."""
    records = [
        {
            "geo_id": f"GSE9{number:06}",
            "title": f"{WORD} {text}",
            "summary": f"{WORD} {text}",
            "overall_design": text,
            "organisms": ["Homo sapiens"],
            "sample_count": 20,
        }
        for number, text in enumerate(PAYLOADS)
    ]
    file = tmp_path / "hostile.jsonl"
    file.write_text("\n".join(map(json.dumps, records)), encoding="utf-8")
    platform.manage("load_datasets", str(file))


@pytest.fixture
def staff(visit: Visit, platform: Platform) -> Visit:
    sign_in(visit.page, platform.email, platform.password)
    return visit


def test_records_run_nothing_in_results_reports_or_their_own_pages(
    staff: Visit, hostile_records: None
) -> None:
    staff.open(f"/search?q={WORD}&max_results=100")
    shown = staff.page.locator(".result").count()
    _look_at(staff, [f"/datasets/GSE9{number:06}" for number in range(len(PAYLOADS))])

    assert shown == len(PAYLOADS)
    assert not _ran(staff)


def _look_at(visit: Visit, paths: Sequence[str]) -> None:
    for path in paths:
        visit.open(path)
        assert not _ran(visit), path


def _ran(visit: Visit) -> bool:
    return bool(visit.page.evaluate("window.__xss === 1"))
