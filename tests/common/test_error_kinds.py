"""Codes and their categories: what is said of them, and that all of them are known."""

import json
import logging
from typing import Any

import pytest
from django.core.management import call_command
from django.db import OperationalError
from django.test import Client

from common import error_docs
from common.api import explain
from common.error_kinds import CATEGORIES, KINDS, Retry
from common.errors import OracleError, ServiceUnavailable
from common.problems import problem_body
from common.translation import translate


def refusals(kind: type[OracleError] = OracleError) -> set[type[OracleError]]:
    return {kind}.union(*(refusals(one) for one in kind.__subclasses__()))


def test_every_refusal_has_a_code_that_is_explained_with_its_own_status() -> None:
    ours = [one for one in refusals() if not one.__module__.startswith("tests.")]
    assert len(ours) > 30
    assert {
        one.__qualname__: (one.code, one.status)
        for one in ours
        if one.code not in KINDS or KINDS[one.code].status != one.status
    } == {}


def test_the_page_about_errors_is_up_to_date() -> None:
    assert error_docs.file().read_text(encoding="utf-8") == error_docs.page()


def test_a_command_writes_it(tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(error_docs, "file", lambda: tmp_path / "errors.md")

    call_command("error_docs")

    text = (tmp_path / "errors.md").read_text(encoding="utf-8")
    assert [code for code in KINDS if f"| `{code}` |" not in text] == []
    assert [one.name for one in CATEGORIES if f"| `{one.name}` |" not in text] == []


@pytest.mark.parametrize("code", KINDS)
def test_the_type_of_a_problem_leads_to_its_code(code: str, client: Client) -> None:
    place, _, name = json.loads(problem_body(OracleError.of(code)))["type"].partition("#")

    assert f'<tr id="{name}">' in client.get(place).text


def test_what_says_to_wait_can_be_waited_for() -> None:
    waits = {code for code, kind in KINDS.items() if kind.retry is Retry.AFTER_WAIT}

    assert {KINDS[code].status for code in waits} == {429, 503}


def test_a_database_that_is_away_is_the_databases_matter() -> None:
    error = translate(OperationalError("gone"))

    assert error is not None
    assert (error.category.name, error.level) == ("database", logging.ERROR)
    assert ServiceUnavailable().category.name == "internal"


@pytest.mark.parametrize(
    ("error", "level", "category"),
    [
        (OperationalError("gone"), "ERROR", "database"),
        (OracleError.of("upstream_unavailable"), "WARNING", "upstream"),
        (OracleError.of("service_unavailable"), "WARNING", "internal"),
        (OracleError.of("rate_limited"), "DEBUG", "quota"),
        (OracleError.of("token_invalid"), "DEBUG", "auth"),
        (OracleError.of("not_found"), "DEBUG", "client"),
    ],
)
def test_a_refusal_is_logged_at_the_level_of_its_category(
    error: Exception, level: str, category: str, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level("DEBUG", logger="common.api"):
        explain(error, {})

    (record,) = [one for one in caplog.records if one.name == "common.api"]
    assert (record.levelname, record.msg["category"]) == (level, category)  # type: ignore[index]
    assert ("exception" in record.msg) == (level != "DEBUG")


@pytest.mark.django_db  # a Valkey that has just been emptied is filled from there
def test_the_access_log_tells_the_code(client: Client, capfd: pytest.CaptureFixture[str]) -> None:
    client.get("/api/v2/auth/me")

    (line,) = capfd.readouterr().out.splitlines()
    assert json.loads(line)["context"] == {"logger": "access", "code": "not_authenticated"}
