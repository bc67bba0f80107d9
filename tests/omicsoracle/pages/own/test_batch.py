"""Many questions at once, on pages."""

from collections.abc import Callable
from typing import Any

import pytest
from django.conf import LazySettings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from accounts.models import User
from batch.models import BatchJob
from common import wake as waking
from tests.batch.conftest import run_all
from tests.factories import UserFactory
from tests.omicsoracle.pages.own.conftest import ESCAPED, HOSTILE, browser_of

pytestmark = pytest.mark.django_db
FORM = {"questions": "liver\nlung", "workflow_type": "simple_search", "report_type": "brief"}


@pytest.fixture(autouse=True)
def _answers_are_made_up(settings: LazySettings, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.WORKFLOW_EXECUTOR = "tests.batch.executors.execute"
    monkeypatch.setattr(waking._Broker, "again_at", float("inf"))


def send(browser: Client, **changed: Any) -> Any:
    return browser.post("/batch", FORM | changed)


def sent(browser: Client, **changed: Any) -> BatchJob:
    answer = send(browser, **changed)
    assert answer.status_code == 302, answer.content.decode()
    return BatchJob.objects.get(pk=answer["Location"].rpartition("/")[2])


def test_questions_typed_and_of_a_file_are_one_job_with_its_settings(browser: Client) -> None:
    file = SimpleUploadedFile("mine.csv", b"id,question\n1,heart\n2,\n", "text/csv")

    job = sent(
        browser,
        questions="liver\r\n\r\n  lung  of  mice\r\n",
        file=file,
        name="Screen",
        max_results="5",
        organism="mouse",
        has_raw_data="on",
    )

    assert job.queries == ["liver", "lung of mice", "heart"]
    assert (job.workflow_type, job.metadata) == ("simple_search", {"name": "Screen"})
    assert job.parameters["max_results"] == 5
    assert job.parameters["filters"] == {"organism": "Mus musculus", "has_raw_data": True}


def test_a_form_sent_twice_is_one_job_and_with_other_questions_it_asks_again(
    browser: Client,
) -> None:
    first = send(browser, once="a")

    again, other = send(browser, once="a"), send(browser, once="a", questions="heart")

    assert again["Location"] == first["Location"]
    assert BatchJob.objects.count() == 1
    assert other.status_code == 422
    assert "Send it again" in other.text
    assert 'value="a"' not in other.text
    assert ">\nheart</textarea>" in other.text


def test_what_is_wrong_is_said_by_line_and_nothing_typed_is_lost(browser: Client) -> None:
    file = SimpleUploadedFile("mine.txt", ("x" * 501).encode(), "text/plain")

    page = send(browser, file=file, min_samples="many", name=HOSTILE)

    assert page.status_code == 400
    assert "Line 3: " in page.text
    assert 'id="id_min_samples_error"' in page.text
    assert f"liver\nlung\n{'x' * 501}</textarea>" in page.text
    assert f'value="{ESCAPED}"' in page.text
    assert not BatchJob.objects.exists()


@pytest.mark.parametrize(
    ("file", "said"),
    [(None, "Write a question a line"), (b"\xff\xfe", "not text in UTF-8"), (b'"', "not CSV")],
)
def test_a_file_that_is_none_or_nothing_at_all_is_explained(
    browser: Client, file: bytes | None, said: str
) -> None:
    files = {"file": SimpleUploadedFile("mine.csv", file, "text/csv")} if file else {}

    page = send(browser, questions="", **files)

    assert page.status_code == 400
    assert said in page.text


def test_the_limits_of_the_tier_are_told_before_and_a_refusal_after(
    browser: Client, limit: Callable[..., None]
) -> None:
    limit(queries_per_job=1, hour=50)

    before, refused = browser.get("/batch").text, send(browser)

    assert 'data-most="1"' in before
    assert 'data-left="49"' in before or 'data-left="50"' in before
    assert refused.status_code == 400
    assert "Your tier includes 1 queries a job" in refused.text


def test_a_job_shows_each_question_with_its_state_and_leads_to_its_result(
    browser: Client,
) -> None:
    job = run_all(sent(browser, questions=f"liver\nfault\n{HOSTILE}", name=HOSTILE))

    page, listed = browser.get(f"/batch/{job.pk}"), browser.get("/batch?status=completed")
    result = browser.get(f"/batch/{job.pk}/results/2")
    failed = browser.get(f"/batch/{job.pk}/results/1")

    assert '<span data-job="completed_tasks">2</span> of' in page.text
    assert f'href="/batch/{job.pk}/results/0">liver</a>' in page.text
    assert "Run the 1 failed again" in page.text
    for one in (page, listed, result):
        assert ESCAPED in one.text
        assert "<script>alert" not in one.text
    assert "This failed" in failed.text
    assert browser.get(f"/batch/{job.pk}/results/9").status_code == 404
    assert "no-store" in page["Cache-Control"]


def test_results_turn_over_page_by_page(browser: Client) -> None:
    job = sent(browser, questions="\n".join(f"question {n}" for n in range(21)))

    first = browser.get(f"/batch/{job.pk}")
    more = first.context["beside"]["next"]
    second = browser.get(f"/batch/{job.pk}{more}")

    assert [row["index"] for row in second.context["rows"]] == [20]
    assert second.context["beside"]["previous"] is not None


def test_others_see_none_of_it_and_who_is_not_signed_in_is_led_there(
    browser: Client, client: Client
) -> None:
    job = sent(browser)
    other = browser_of(UserFactory.create())

    for path in ("", "/progress", "/results/0", "/deliveries"):
        assert other.get(f"/batch/{job.pk}{path}").status_code == 404
        assert client.get(f"/batch/{job.pk}{path}")["Location"].startswith("/login?next=/batch/")
    assert other.post(f"/batch/{job.pk}/cancel").status_code == 404
    job.refresh_from_db()
    assert job.status == "pending"


def test_cancelling_asks_first_in_a_page_or_in_a_dialog(browser: Client) -> None:
    job = sent(browser)
    path = f"/batch/{job.pk}/cancel"

    page, part = browser.get(path), browser.get(path, headers={"HX-Request": "true"})
    before = BatchJob.objects.get().status
    done = browser.post(path)

    assert "<html" in page.text
    assert "<html" not in part.text
    assert "Yes, cancel it" in part.text
    assert (before, BatchJob.objects.get().status) == ("pending", "cancelled")
    assert done["Location"] == f"/batch/{job.pk}"
    assert browser.post(path).status_code == 409


def test_what_failed_runs_again(browser: Client) -> None:
    job = run_all(sent(browser, questions="fault\nliver"))

    answer = browser.post(f"/batch/{job.pk}/retry")

    job.refresh_from_db()
    assert answer["Location"] == f"/batch/{job.pk}"
    assert job.status == "pending"


def test_who_has_nothing_left_sees_until_when_and_the_job_goes_on(
    browser: Client, limit: Callable[..., None]
) -> None:
    job = sent(browser)
    limit(hour=1)

    page, listed, refused = browser.get(f"/batch/{job.pk}"), browser.get("/batch"), send(browser)

    for one in (page, listed, refused):
        assert one.status_code == 429
        assert "data-countdown=" in one.text
        assert int(one["Retry-After"]) > 0
    assert f'data-id="{job.pk}"' in page.text  # by which a socket tells how it goes on
    assert ">\nliver\nlung</textarea>" in refused.text


def test_a_part_that_belongs_to_nobody_signed_in_leads_the_whole_page_to_the_sign_in(
    client: Client, user: User
) -> None:
    answer = client.get("/batch", headers={"HX-Request": "true"})

    assert answer["HX-Redirect"] == "/login?next=/batch"
