"""Jobs over HTTP."""

import io
from datetime import timedelta
from typing import Any
from uuid import uuid4

import orjson
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone
from rest_framework.test import APIClient

from accounts.models import User
from batch.models import BatchItem, BatchJob
from quotas.models import Override
from quotas.services import effective
from tests.batch.conftest import Send, run_all
from tests.factories import UserFactory, access_token

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("counting")]
JOBS, USAGE = "/api/v2/batch/jobs", "/api/v2/users/usage"
BODY = {"workflow_type": "simple_search", "queries": ["liver", "lung"]}


def client_of(user: User) -> APIClient:
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {access_token(user)}")
    return client


@pytest.fixture
def client(user: User) -> APIClient:
    return client_of(user)


def post(client: APIClient, key: str | None = None, **changes: object) -> Any:
    headers = {} if key is None else {"Idempotency-Key": key}
    return client.post(JOBS, BODY | changes, format="json", headers=headers)


def limit(user: User, **values: int) -> None:
    """Give a user other limits, from the next request on."""
    Override.objects.update_or_create(user=user, defaults={"values": values, "reason": "a test"})
    effective.memory.clear()


def used(client: APIClient) -> int:
    return int(client.get(USAGE).json()["hour"]["used"])


def job_of(answer: Any) -> BatchJob:
    return BatchJob.objects.get(pk=answer.json()["id"])


def test_a_job_is_taken_in_and_can_be_found_where_the_answer_says(client: APIClient) -> None:
    answer = post(client, metadata={"for": "a course"}, parameters={"max_results": 3})

    assert answer.status_code == 202
    told = answer.json()
    counts = {name: told[f"{name}_tasks"] for name in ("total", "completed", "failed", "cancelled")}
    assert counts == {"total": 2, "completed": 0, "failed": 0, "cancelled": 0}
    assert (told["status"], told["progress"], told["error_message"]) == ("pending", 0, None)
    assert told["metadata"] == {"for": "a course"}
    assert told["started_at"] is told["completed_at"] is None
    assert told["links"]["self"] == answer["Location"] == f"{JOBS}/{told['id']}"
    found = client.get(answer["Location"])
    assert found.json() == told
    assert client.get(f"{answer['Location']}/status").json() == told
    assert job_of(answer).items.count() == 2


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"queries": []}, "queries"),
        ({"queries": "liver"}, "queries"),
        ({"queries": ["liver", " "]}, "queries.1"),
        ({"queries": ["a" * 501]}, "queries.0"),
        ({"queries": [7]}, "queries.0"),
        ({"workflow_type": "dance"}, "workflow_type"),
        ({"workflow_type": None}, "workflow_type"),
        ({"parameters": {"max_results": 0}}, "parameters.max_results"),
        ({"parameters": {"query": "liver"}}, "parameters.query"),
        ({"parameters": [1]}, "parameters"),
        ({"metadata": "x"}, "metadata"),
        ({"metadata": {"x": "y" * 17_000}}, "metadata"),
        ({"webhook_url": "ftp://example.org/"}, "webhook_url"),
        ({"webhook_url": "http://127.0.0.1/"}, "webhook_url"),
        ({"user": "somebody"}, "user"),
    ],
)
def test_what_is_wrong_with_a_job_is_told_by_its_field(
    client: APIClient, changes: dict[str, object], field: str
) -> None:
    answer = post(client, **changes)

    assert (answer.status_code, answer.json()["code"]) == (400, "validation_error")
    assert field in answer.json()["errors"]
    assert not BatchJob.objects.exists()
    assert used(client) == 0


def test_all_queries_of_a_job_are_counted(client: APIClient) -> None:
    answer = post(client, queries=["liver"] * 7)

    assert answer["X-RateLimit-Remaining"] == "93"
    assert used(client) == 7


def test_a_job_for_which_there_is_no_room_counts_nothing(client: APIClient, user: User) -> None:
    limit(user, hour=5)

    answer = post(client, queries=["liver"] * 6)

    assert (answer.status_code, answer.json()["code"]) == (429, "rate_limited")
    assert int(answer["Retry-After"]) > 0
    assert used(client) == 0
    assert not BatchJob.objects.exists()
    assert post(client, queries=["liver"] * 5).status_code == 202


def test_more_queries_than_the_tier_has_are_refused(client: APIClient) -> None:
    answer = post(client, queries=["liver"] * 101)

    assert answer.status_code == 400
    assert "100 queries" in answer.json()["errors"]["queries"][0]
    assert used(client) == 0


def test_more_jobs_than_the_tier_has_at_once_are_refused(client: APIClient) -> None:
    for _ in range(5):
        assert post(client).status_code == 202

    answer = post(client)

    assert (answer.status_code, answer.json()["code"]) == (429, "concurrency_limited")
    assert answer.json()["policy"] == "concurrent_jobs"
    assert used(client) == 10
    assert client.get(USAGE).json()["concurrent_jobs"] == {"used": 5, "limit": 5}


def test_a_job_that_ends_makes_room_for_another(client: APIClient, user: User) -> None:
    limit(user, concurrent_jobs=1)
    first = job_of(post(client))

    run_all(first)

    assert post(client).status_code == 202


def test_the_same_key_and_body_is_one_job(client: APIClient) -> None:
    first = post(client, key="abc")
    run_all(job_of(first))

    second = post(client, key="abc")

    assert (second.status_code, second.content) == (202, first.content)
    assert second["Idempotent-Replayed"] == "true"
    assert "Idempotent-Replayed" not in first
    assert second["Location"] == first["Location"]
    assert BatchJob.objects.count() == 1
    assert used(client) == 2


def test_a_repetition_is_answered_when_nothing_more_would_be_let_in(
    client: APIClient, user: User
) -> None:
    limit(user, hour=2, concurrent_jobs=1)
    post(client, key="abc")

    assert post(client, key="abc").status_code == 202


def test_the_same_key_for_another_body_is_refused(client: APIClient) -> None:
    post(client, key="abc")

    answer = post(client, key="abc", queries=["kidney"])

    assert (answer.status_code, answer.json()["code"]) == (422, "idempotency_mismatch")
    assert used(client) == 2


def test_a_key_belongs_to_its_user_and_ends_after_a_day(client: APIClient) -> None:
    first = post(client, key="abc")
    theirs = post(client_of(UserFactory.create()), key="abc")
    BatchJob.objects.filter(pk=job_of(first).pk).update(
        created_at=timezone.now() - timedelta(hours=24, seconds=1)
    )

    again = post(client, key="abc", queries=["kidney"])

    assert [one.status_code for one in (first, theirs, again)] == [202] * 3
    assert BatchJob.objects.count() == 3


@pytest.mark.parametrize("key", ["", "a" * 256, "tab\tbed", "é"])
def test_a_key_that_cannot_be_kept_is_refused(client: APIClient, key: str) -> None:
    answer = post(client, key=key)

    assert answer.status_code == 400
    assert "Idempotency-Key" in answer.json()["errors"]


@pytest.mark.parametrize(
    ("media_type", "body"),
    [
        ("text/plain", "liver\n\n  lung  \r\n"),
        ("text/plain; charset=utf-8", "\ufeffliver\nlung"),
        ("text/csv", "id,Query\n1,liver\n2,lung\n3,\n"),
        ("text/csv", 'liver\n"lung"\n'),
    ],
)
def test_a_file_of_questions_is_a_job(client: APIClient, media_type: str, body: str) -> None:
    answer = client.generic(
        "POST", f"{JOBS}?workflow_type=simple_search", body.encode(), content_type=media_type
    )

    assert answer.status_code == 202, answer.content
    assert job_of(answer).queries == ["liver", "lung"]


def test_a_form_with_a_file_is_a_job(client: APIClient) -> None:
    file = SimpleUploadedFile("mine.csv", b"question\nliver\nlung\n", "text/csv")
    form = {
        "file": file,
        "workflow_type": "quick_report",
        "parameters": '{"max_results": 2}',
        "metadata": '{"a": 1}',
    }

    answer = client.post(JOBS, form, format="multipart")

    job = job_of(answer)
    assert (job.queries, job.workflow_type) == (["liver", "lung"], "quick_report")
    assert (job.parameters["max_results"], job.metadata) == (2, {"a": 1})


@pytest.mark.parametrize(
    ("media_type", "body", "status"),
    [
        ("text/plain", b"\xff", 400),
        ("text/plain", b"", 400),
        ("text/plain", b"a\x00b", 400),
        ("text/plain; charset=latin-1", b"a", 415),
        ("text/csv", b'"', 400),
        ("text/csv", b"query\n" + b"a" * 10_001, 400),
        ("multipart/form-data; boundary=x", b"--x", 400),
        ("multipart/form-data", b"", 400),
        ("application/xml", b"<a/>", 415),
    ],
)
def test_a_file_that_is_none_is_refused(
    client: APIClient, media_type: str, body: bytes, status: int
) -> None:
    path = f"{JOBS}?workflow_type=simple_search"

    answer = client.generic("POST", path, body, content_type=media_type)

    assert answer.status_code == status, answer.content


def test_jobs_are_listed_newest_first_and_by_status(client: APIClient, send: Send) -> None:
    done = run_all(send("a").job)
    waiting = send("b").job
    send("c", by=UserFactory.create())

    def listed(query: str) -> list[str]:
        return [one["id"] for one in client.get(f"{JOBS}{query}").json()["results"]]

    assert listed("") == [str(waiting.pk), str(done.pk)]
    assert listed("?status=pending") == [str(waiting.pk)]
    assert listed("?status=completed") == [str(done.pk)]
    assert client.get(f"{JOBS}?status=lost").status_code == 400
    history = client.get("/api/v2/history/batch-jobs").json()["results"]
    assert [one["id"] for one in history] == [str(done.pk)]


def test_who_knows_a_job_as_it_is_gets_304(client: APIClient, send: Send) -> None:
    path = f"{JOBS}/{send('a').job.pk}"
    etag = client.get(path)["ETag"]

    assert client.get(path, headers={"If-None-Match": etag}).status_code == 304

    run_all(BatchJob.objects.get())
    assert client.get(path, headers={"If-None-Match": etag}).status_code == 200


def test_results_are_told_in_order_while_the_job_runs(client: APIClient, send: Send) -> None:
    job = run_all(send("a", "away", "fault").job)

    assert job.status == "running"
    page = client.get(f"{JOBS}/{job.pk}/results?page_size=2").json()
    first, second = page["results"]
    assert (first["index"], first["query"], first["status"]) == (0, "a", "completed")
    assert first["result"]["total_datasets_found"] == 1
    assert (second["status"], second["result"], second["attempts"]) == ("pending", None, 1)
    (third,) = client.get(page["next"]).json()["results"]
    assert (third["index"], third["status"], third["error_code"]) == (
        2,
        "failed",
        "internal_error",
    )


def test_results_stream_as_lines_of_json(client: APIClient, send: Send) -> None:
    job = run_all(send(*map(str, range(60))).job)

    answer = client.get(f"{JOBS}/{job.pk}/results?format=ndjson")

    assert answer["Content-Type"] == "application/x-ndjson"
    rows = [orjson.loads(line) for line in answer.getvalue().splitlines()]
    assert [row["query"] for row in rows] == list(map(str, range(60)))
    assert rows[0]["result"]["report_title"] == "0"


def test_results_stream_as_a_table_in_which_nothing_is_a_formula(
    client: APIClient, send: Send
) -> None:
    job = run_all(send("=1+1", "fault").job)

    answer = client.get(f"{JOBS}/{job.pk}/results?format=csv")

    heading, first, second = io.StringIO(answer.getvalue().decode()).read().splitlines()
    assert heading.startswith("index,query,status,attempts,error")
    assert first.startswith("0,'=1+1,completed,1,,4,")
    assert second.startswith('1,fault,failed,1,"This failed')


def test_an_unknown_format_is_refused(client: APIClient, send: Send) -> None:
    answer = client.get(f"{JOBS}/{send('a').job.pk}/results?format=xml")

    assert (answer.status_code, answer.json()["code"]) == (400, "validation_error")


@pytest.mark.parametrize(
    ("method", "path"),
    [
        *(("GET", ""), ("GET", "/status"), ("GET", "/results"), ("GET", "/deliveries")),
        *(("DELETE", ""), ("POST", "/retry"), ("GET", "/results?format=csv")),
    ],
)
def test_somebody_elses_job_is_like_none(
    client: APIClient, send: Send, method: str, path: str
) -> None:
    theirs = send("a", by=UserFactory.create()).job

    answers = [client.generic(method, f"{JOBS}/{pk}{path}") for pk in (theirs.pk, uuid4())]

    assert [one.status_code for one in answers] == [404, 404]
    assert answers[0].json()["code"] == "not_found"
    theirs.refresh_from_db()
    assert theirs.status == "pending"


def test_a_cancelled_job_keeps_what_is_done_and_gives_back_what_never_ran(
    client: APIClient, django_capture_on_commit_callbacks: Any
) -> None:
    job = job_of(post(client, queries=["a", "away", "c", "d"]))
    run_all(job)
    BatchItem.objects.filter(index__in=[2, 3]).delete()
    later = [BatchItem(job=job, index=n, query="x") for n in (2, 3)]
    BatchItem.objects.bulk_create(later)  # as if nobody had come to these yet
    BatchJob.objects.update(completed_tasks=1)

    with django_capture_on_commit_callbacks(execute=True):
        answer = client.delete(f"{JOBS}/{job.pk}")

    told = answer.json()
    assert (answer.status_code, told["status"], told["progress"]) == (200, "cancelled", 100)
    assert (told["completed_tasks"], told["cancelled_tasks"]) == (1, 3)
    assert job.items.get(index=0).status == "completed"
    assert used(client) == 4 - 2 + 1  # the two, and the call itself


def test_a_finished_job_cannot_be_cancelled(client: APIClient, send: Send) -> None:
    job = run_all(send("a").job)

    answer = client.delete(f"{JOBS}/{job.pk}")

    assert (answer.status_code, answer.json()["code"]) == (409, "conflict")


def test_failed_queries_run_again_and_count_again(client: APIClient) -> None:
    job = job_of(post(client, queries=["a", "fault", "nothing"]))
    run_all(job)
    job.items.filter(index=1).update(query="mended")

    answer = client.post(f"{JOBS}/{job.pk}/retry")

    assert (answer.status_code, answer.json()["status"]) == (202, "pending")
    assert answer.json()["failed_tasks"] == 0
    assert used(client) == 5
    run_all(job)
    assert (job.status, job.completed_tasks, job.failed_tasks) == ("completed", 2, 1)
    assert job.items.get(index=0).attempts == 1


def test_a_retry_needs_a_place_and_room_for_its_queries(client: APIClient, user: User) -> None:
    job = job_of(post(client, queries=["fault", "fault"]))
    run_all(job)
    limit(user, concurrent_jobs=0)

    no_place = client.post(f"{JOBS}/{job.pk}/retry")
    limit(user, hour=3)
    no_room = client.post(f"{JOBS}/{job.pk}/retry")

    assert (no_place.status_code, no_place.json()["code"]) == (429, "concurrency_limited")
    assert (no_room.status_code, no_room.json()["code"]) == (429, "rate_limited")
    job.refresh_from_db()
    assert (job.status, job.failed_tasks) == ("failed", 2)
    assert used(client) == 2


def test_without_failed_queries_there_is_nothing_to_run_again(
    client: APIClient, send: Send
) -> None:
    job = run_all(send("a").job)
    cancelled = send("b").job
    client.delete(f"{JOBS}/{cancelled.pk}")

    answers = [client.post(f"{JOBS}/{one.pk}/retry") for one in (job, cancelled)]

    assert {(one.status_code, one.json()["code"]) for one in answers} == {(409, "conflict")}


def test_all_that_is_stored_of_jobs_is_exported_and_erased(
    client: APIClient, user: User, send: Send
) -> None:
    run_all(send("my question").job)

    exported = client.get("/api/v2/auth/me/export").json()["batch_jobs"]
    user.delete()

    assert exported[0]["queries"] == ["my question"]
    assert exported[0]["answers"][0]["result"]["query"] == "my question"
    assert not BatchJob.objects.exists()
    assert not BatchItem.objects.exists()


def test_results_are_one_array_of_json_and_each_can_be_read_alone(
    client: APIClient, send: Send
) -> None:
    job = run_all(send("a", "fault").job)

    whole = client.get(f"{JOBS}/{job.pk}/results?format=array")
    second = client.get(f"{JOBS}/{job.pk}/results/1").json()

    rows = orjson.loads(whole.getvalue())
    assert [row["query"] for row in rows] == ["a", "fault"]
    assert f'filename="{job.pk}.json"' in whole["Content-Disposition"]
    assert second == rows[1]
    for index in (2, 2**31, 10**30):
        assert client.get(f"{JOBS}/{job.pk}/results/{index}").status_code == 404
