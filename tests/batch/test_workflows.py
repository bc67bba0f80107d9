"""Workflows in the background: jobs of one query, with all that jobs have."""

from datetime import timedelta
from typing import Any

import pytest
from django.conf import LazySettings
from django.db.models.functions import Now
from django.utils import timezone
from rest_framework.test import APIClient

from batch.models import BatchItem, BatchJob, Delivery
from batch.runner import settling, working
from batch.runner.settling import NotOurs
from history.models import QueryHistory
from tests.batch.conftest import Send, claim, complete
from tests.batch.test_api import client_of
from tests.factories import UserFactory

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("counting")]
EXECUTE = "/api/v2/workflows/execute"
STAGES = [
    {"stage": name, "agent_name": name, "success": True, "execution_time_ms": 1, "error": None}
    for name in ("query_processing", "dataset_search")
]


@pytest.fixture
def api(user: Any) -> APIClient:
    return client_of(user)


def asked(api: APIClient, query: str = "liver", **more: Any) -> Any:
    sent = {"query": query, "workflow_type": "simple_search", "background": True}
    return api.post(EXECUTE, sent | more, format="json")


def used(api: APIClient) -> Any:
    return api.get("/api/v2/users/usage").json()["hour"]["used"]


def staged(_: Any, *, on_stage: Any, **__: Any) -> dict[str, Any]:
    on_stage(STAGES[:1], 50)
    on_stage(STAGES, 100)
    return {"status": "partial", "stage_results": STAGES, "answer": {}}


def test_it_is_a_job_of_one_with_the_same_id(api: APIClient, user: Any) -> None:
    told = asked(api, max_results=3).json()

    job = api.get(f"/api/v2/batch/jobs/{told['workflow_id']}").json()
    assert (job["status"], job["total_tasks"]) == ("pending", 1)
    assert job["parameters"]["max_results"] == 3
    assert "dataset_ids" not in job["parameters"]
    assert api.get("/api/v2/users/usage").json()["concurrent_jobs"]["used"] == 1


def test_progress_is_seen_while_it_runs(
    api: APIClient, settings: LazySettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.WORKFLOW_EXECUTOR = f"{__name__}.staged"
    place, seen = asked(api)["Location"], []
    note = settling.note_stage

    def noted(*given: Any) -> None:
        note(*given)
        told = api.get(place).json()
        seen.append((told["status"], told["progress"], len(told["stage_results"])))

    monkeypatch.setattr(settling, "note_stage", noted)
    working.work()

    assert seen == [("running", 50, 1), ("running", 99, 2)]
    done = api.get(place).json()
    assert (done["status"], done["progress"]) == ("partial", 100)


def test_who_lost_it_notes_no_stage(api: APIClient) -> None:
    asked(api)
    ghost = claim()
    assert ghost is not None
    BatchItem.objects.update(due_at=Now() - timedelta(seconds=1))
    successor = claim()
    assert successor is not None

    with pytest.raises(NotOurs):
        settling.note_stage(ghost, STAGES, 50)
    assert BatchItem.objects.get().stages is None


def test_it_counts_one_and_nothing_if_it_is_refused(api: APIClient) -> None:
    answers = [asked(api) for _ in range(6)]

    assert [one.status_code for one in answers] == [202] * 5 + [429]
    assert answers[-1].json()["code"] == "concurrency_limited"
    assert used(api) == 5


def test_forgotten_before_it_ran_it_is_given_back(
    api: APIClient, django_capture_on_commit_callbacks: Any
) -> None:
    place = asked(api)["Location"]
    held = claim()
    other = asked(api)["Location"]

    with django_capture_on_commit_callbacks(execute=True):
        statuses = [api.delete(one).status_code for one in (place, other)]

    assert statuses == [204, 204]
    assert api.get(place).status_code == 404
    assert used(api) == 1 + 3  # what ran stays counted; two deletions and a look count, too
    assert held is not None
    assert not complete(held)
    assert not BatchJob.objects.exists()


def test_cancelled_as_a_job_it_says_so_as_a_workflow(api: APIClient) -> None:
    place = asked(api)["Location"]
    id_ = place.rsplit("/", 1)[1]

    api.delete(f"/api/v2/batch/jobs/{id_}")

    told = api.get(place).json()
    assert (told["status"], told["progress"], told["datasets"]) == ("cancelled", 100, [])
    row: Any = QueryHistory.objects.get()
    assert row.result["status"] == "cancelled"


def test_a_webhook_hears_of_its_end_and_its_address_is_not_in_the_history(api: APIClient) -> None:
    assert asked(api, webhook_url="https://1.1.1.1/secret").status_code == 202

    working.work()

    assert Delivery.objects.get().event == "batch.job.completed"
    row: Any = QueryHistory.objects.get()
    assert "webhook_url" not in row.asked


@pytest.mark.parametrize(
    "wrong",
    [
        {"webhook_url": "https://127.0.0.1/"},
        {"webhook_url": "https://1.1.1.1/", "background": False},
    ],
)
def test_a_webhook_that_cannot_be_is_refused(api: APIClient, wrong: dict[str, Any]) -> None:
    answer = asked(api, **wrong)

    assert answer.status_code == 400
    assert list(answer.json()["errors"]) == ["webhook_url"]


def test_somebody_elses_looks_like_none_and_so_does_a_job_of_many(
    api: APIClient, send: Send
) -> None:
    theirs = asked(client_of(UserFactory.create()))["Location"]
    many = f"/api/v2/workflows/{send('a', 'b').job.pk}"

    for place in (theirs, many):
        assert [api.get(place).status_code, api.delete(place).status_code] == [404, 404]
    assert BatchJob.objects.count() == 2


def test_its_fault_is_tried_again_as_a_querys_is(api: APIClient) -> None:
    place = asked(api, query="away")["Location"]

    working.work()

    told = api.get(place).json()
    assert (told["status"], told["error"]) == ("pending", None)
    assert BatchItem.objects.get().due_at > timezone.now()
