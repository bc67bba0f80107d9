"""What `make audit` looks at."""

import json

import pytest

from deploy import history, licences
from deploy.licences import Package
from tests.deploy.tools import PROJECT


def log(file: str, line: str) -> list[str]:
    return ["commit 0123456789abcdef", f"+++ b/{file}", line]


@pytest.mark.parametrize(
    "secret",
    [
        "-----BEGIN RSA " + "PRIVATE KEY-----",
        "AKIA" + "A1B2C3D4E5F6G7H8",
        "ghp_" + "a1B2" * 9,
        "AGE-SECRET-KEY-1" + "Q" * 58,
    ],
)
def test_a_secret_that_was_ever_added_is_found(secret: str) -> None:
    (found,) = history.found_in(log("omicsoracle/settings/base.py", f'+KEY = "{secret}"'))

    assert found.startswith("0123456789ab omicsoracle/settings/base.py: ")
    assert secret not in found


def test_what_was_taken_away_and_what_tests_make_up_is_none() -> None:
    key = "AKIA" + "A1B2C3D4E5F6G7H8"

    assert not list(
        history.found_in([*log("a.py", f"-{key}"), *log("tests/test_logs.py", f"+{key}")])
    )


def test_what_is_in_the_baseline_was_judged_to_be_none() -> None:
    baseline = json.loads((PROJECT / ".secrets.baseline").read_text(encoding="utf-8"))

    judged = [one.get("is_secret") for rows in baseline["results"].values() for one in rows]
    assert all(one is False for one in judged)


@pytest.mark.parametrize(
    ("licence", "is_refused"),
    [
        ("GPL-3.0-only", True),
        ("AGPL-3.0", True),
        ("GNU General Public License v2 (GPLv2)", True),
        ("MIT", False),
        ("LGPL-3.0-only", False),
        ("BSD-3-Clause", False),
    ],
)
def test_a_licence_that_asks_to_give_all_away_is_refused(licence: str, is_refused: bool) -> None:  # noqa: FBT001
    package = Package("one", licence)

    assert licences.refused([package]) == [package] * is_refused


def test_every_package_that_runs_says_its_licence_and_none_asks_to_give_all_away() -> None:
    found = list(licences.packages())

    assert len(found) > 50
    assert [one.name for one in found if not one.licence] == []
    assert licences.refused(found) == []
