"""Whatever people, records and jobs are called: no page runs it."""

import json
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
            "accession": accession_of(number),
            "title": f"{WORD} {text}",
            "summary": f"{WORD} {text}",
            "overall_design": text,
            "taxa": ["9606"],
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


def test_records_run_nothing_in_answers_reports_or_on_their_own_pages(
    staff: Visit, hostile_records: None
) -> None:
    accessions = [accession_of(number) for number in range(len(PAYLOADS))]

    shown = _texts_on(staff, f"/search?q={WORD}&max_results=100", ".result")
    reported = _texts_on(staff, f"/reports/read?series={'+'.join(accessions)}", "main")
    titles = [_texts_on(staff, f"/datasets/{one}", "h1") for one in accessions]

    assert len([one for one in shown if one.startswith(WORD)]) == len(PAYLOADS)
    assert accessions[-1] in reported[0]
    assert [one[0].removeprefix(f"{WORD} ") for one in titles] == [
        shown_as(one) for one in PAYLOADS
    ]


def test_what_people_write_runs_nothing_where_they_or_staff_read_it(staff: Visit) -> None:
    for text in PAYLOADS:
        staff.call("POST", "agents/query", {"query": f"liver {text}"})
    jobs = {
        "workflow_type": "simple_search",
        "queries": list(PAYLOADS),
        "metadata": {"name": PAYLOADS[3]},
    }
    job = staff.call("POST", "batch/jobs", jobs)["id"]
    for text in PAYLOADS[:6]:
        staff.call("POST", "users/api-keys", {"name": text[:100]})
    staff.call("PATCH", "auth/me", {"full_name": PAYLOADS[5]})

    pages = [
        "/",
        "/history",
        f"/batch/{job}",
        "/batch",
        "/keys",
        "/account",
        "/usage",
        "/quick-start",
    ]
    told = [_texts_on(staff, path, "main")[0] for path in pages]
    _texts_on(staff, "/admin/", "body")
    _texts_on(staff, "/admin/accounts/user/", "body")
    _texts_on(staff, "/admin/accounts/apikey/", "body")
    staff.call("PATCH", "auth/me", {"full_name": "Demo"})

    assert PAYLOADS[-1] in told[1]
    assert PAYLOADS[0] in told[2]


def accession_of(number: int) -> str:
    return f"GSE9{number:06}"


def shown_as(text: str) -> str:
    """Return a text as a browser shows it: spaces run together."""
    return " ".join(text.split())


def _texts_on(visit: Visit, path: str, part: str) -> list[str]:
    """Open a page on which nothing may run; return what each such part of it says."""
    page = visit.open(path)
    texts = page.locator(part).all_inner_texts()
    assert page.evaluate("window.__xss") is None, path
    return [shown_as(one) for one in texts]
