"""What was asked, on pages."""

from datetime import UTC, datetime

import pytest
from django.test import Client

from accounts.models import User
from discovery.services import catalogue
from history.models import QueryHistory
from tests.discovery.conftest import NOON, SERIES, lines_of
from tests.factories import UserFactory
from tests.history.conftest import asked
from tests.omicsoracle.pages.own.conftest import ESCAPED, HOSTILE, browser_of

pytestmark = pytest.mark.django_db
ACCESSION, TITLE = str(SERIES[0]["accession"]), str(SERIES[0]["title"])


def test_the_list_is_found_by_words_kind_and_days_the_last_one_whole(
    browser: Client, user: User
) -> None:
    asked(user, "liver of mice", created_at=datetime(2026, 11, 3, 23, 59, tzinfo=UTC))
    asked(user, "lung cancer", created_at=datetime(2026, 11, 4, tzinfo=UTC), agent_type="report")

    def found(query: str) -> list[str]:
        page = browser.get(f"/history?{query}")
        return [one["query_text"] for one in page.context["queries"]]

    assert found("") == ["lung cancer", "liver of mice"]
    assert found("q=liver") == ["liver of mice"]
    assert found("agent_type=report") == ["lung cancer"]
    assert found("until=2026-11-03") == ["liver of mice"]
    assert found("after=2026-11-04") == ["lung cancer"]
    assert browser.get("/history?until=soon").status_code == 400
    narrowed = browser.get("/history?q=lung").text
    assert "/api/v2/history/queries/export?q=lung&amp;format=csv" in narrowed


def test_an_empty_list_says_what_to_do(browser: Client, user: User) -> None:
    nothing = browser.get("/history").text
    asked(user)
    unfound = browser.get("/history?q=zebra").text

    assert "You have asked nothing yet" in nothing
    assert "Nothing that you asked fits" in unfound


def test_a_question_shows_its_result_as_it_was_and_is_asked_again(
    browser: Client, user: User
) -> None:
    catalogue.load(lines=lines_of(SERIES), at=NOON)
    body = {"query": HOSTILE, "filters": {"organism": "Homo sapiens"}}
    row = asked(
        user, HOSTILE, asked=body, result={"total_found": 1, "relevance_score": [[ACCESSION, 0.5]]}
    )

    page = browser.get(f"/history/{row.pk}")

    assert ACCESSION in page.text
    assert "0.50" in page.text
    assert ESCAPED in page.text
    assert "<script>alert" not in page.text
    assert page.context["search"].startswith("/search?q=%22%3E%3Cscript%3E")
    assert page.context["search"].endswith("&organism=Homo+sapiens")


def test_what_is_no_search_is_asked_again_where_it_stands(browser: Client, user: User) -> None:
    catalogue.load(lines=lines_of(SERIES), at=NOON)
    body = {"dataset_ids": [ACCESSION]}
    row = asked(user, "GSE101", agent_type="validate", asked=body, result={})

    page = browser.post(f"/history/{row.pk}/again")

    assert page.status_code == 200
    assert TITLE in page.text


def test_deleting_one_or_all_asks_first(browser: Client, user: User) -> None:
    one, _, _ = asked(user), asked(user), asked(UserFactory.create())

    for path, left in ((f"/history/{one.pk}/delete", 2), ("/history/clear", 1)):
        question = browser.get(path)
        before = QueryHistory.objects.count()
        answer = browser.post(path)

        assert "gone for good" in question.text
        assert answer["Location"] == "/history"
        assert (before, QueryHistory.objects.count()) == (left + 1, left)


def test_others_questions_are_not_there(user: User) -> None:
    row = asked(user)
    other = browser_of(UserFactory.create())

    assert other.get(f"/history/{row.pk}").status_code == 404
    assert other.post(f"/history/{row.pk}/again").status_code == 404
    assert other.post(f"/history/{row.pk}/delete").status_code == 404
    assert QueryHistory.objects.exists()
