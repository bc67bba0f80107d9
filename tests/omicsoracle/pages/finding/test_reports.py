"""Reports: ordered, read, taken along."""

import json

import pytest
from django.test import Client

from tests.omicsoracle.pages.finding.conftest import HOSTILE

pytestmark = pytest.mark.django_db
READ = "/reports/read"


def test_a_report_on_named_series_is_read_on_a_page(browser: Client) -> None:
    page = browser.get(
        READ, {"series": "gse101, GSE201\nGSE102 GSE9/x", "report_type": "technical"}
    )

    assert page.status_code == 200
    assert page.text.count("<h1") == 1
    assert '<article class="report">' in page.text
    assert "GSE9/X" in page.text  # not in the catalogue
    assert 'href="/datasets/GSE101"' in page.text
    assert HOSTILE not in page.text


def test_a_question_has_a_report_on_its_best_answers(browser: Client) -> None:
    page = browser.get(READ, {"query": f"breast cancer {HOSTILE}"})

    assert "GSE101" in page.text
    assert HOSTILE not in page.text


@pytest.mark.parametrize(
    ("form", "name", "begins"),
    [
        ("markdown", "md", "# "),
        ("html", "html", "<!doctype html>"),
        ("json", "json", "{"),
        ("text", "txt", ""),
    ],
)
def test_a_report_is_taken_along_in_every_form(
    form: str, name: str, begins: str, browser: Client
) -> None:
    file = browser.get(READ, {"series": "GSE101 GSE201", "report_format": form})

    assert file["Content-Disposition"].endswith(f'.{name}"')
    assert file.text.startswith(begins)
    assert "GSE201" in file.text
    assert form != "html" or HOSTILE not in file.text
    assert form != "json" or json.loads(file.text)["datasets_included"] == ["GSE101", "GSE201"]


@pytest.mark.parametrize(
    ("asked", "status"),
    [
        ({}, 400),
        ({"series": "GSE999"}, 404),
        ({"series": "x" * 30}, 400),
        ({"series": " ".join(f"GSE{number}" for number in range(1, 102))}, 400),
        ({"query": "x" * 501}, 400),
        ({"query": "x", "report_type": "<b>"}, 400),
    ],
)
def test_what_cannot_be_written_is_explained_above_the_form(
    asked: dict[str, str], status: int, browser: Client
) -> None:
    page = browser.get(READ, asked)

    assert page.status_code == status
    assert 'role="alert"' in page.text
    assert asked.get("series", "") in page.text
    assert "Make the report" in page.text
