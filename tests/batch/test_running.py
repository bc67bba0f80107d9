"""Running jobs: each query ends once, whatever happens to those who run it."""

from datetime import timedelta
from typing import Any

import pytest
from billiard.exceptions import SoftTimeLimitExceeded
from django.conf import LazySettings
from django.db import OperationalError
from django.db.models.functions import Now
from django.utils import timezone

from batch.models import BatchItem, BatchJob
from batch.runner import claiming, settling, working
from batch.runner.heart import Heart
from batch.runner.settling import NotOurs
from batch.services import jobs
from tests.batch import executors
from tests.batch.conftest import Send, claim, complete, fail, run_all
from tests.factories import UserFactory

pytestmark = pytest.mark.django_db


def let_leases_end() -> None:
    BatchItem.objects.open().update(due_at=Now() - timedelta(seconds=1))


def test_every_query_is_answered_once_and_the_job_ends_with_the_last(send: Send) -> None:
    job = send("a", "b", "c").job

    run_all(job)

    assert (job.status, job.completed_tasks, job.progress) == ("completed", 3, 100)
    assert executors.asked == ["a", "b", "c"]
    items: Any = list(job.items.order_by("index"))
    assert [one.result["query"] for one in items] == ["a", "b", "c"]
    assert {(one.status, one.attempts) for one in items} == {("completed", 1)}
    summary: Any = job.results
    assert {name: summary[name] for name in ("completed", "failed", "cancelled")} == {
        "completed": 3,
        "failed": 0,
        "cancelled": 0,
    }


def test_a_result_is_what_a_workflow_of_its_own_would_answer(send: Send) -> None:
    job = run_all(send("liver").job)

    result: Any = job.items.get().result

    assert result["workflow_type"] == "simple_search"
    assert (result["status"], result["progress"]) == ("completed", 100)
    assert result["total_datasets_found"] == 5
    assert result["stage_results"][0]["stage"] == "dataset_search"


def test_a_job_is_completed_if_one_query_is_answered(send: Send) -> None:
    job = run_all(send("fault", "good").job)

    assert (job.status, job.completed_tasks, job.failed_tasks) == ("completed", 1, 1)


def test_a_job_of_which_no_query_is_answered_has_failed_and_says_so(send: Send) -> None:
    job = run_all(send("fault", "nothing").job)

    assert (job.status, job.failed_tasks) == ("failed", 2)
    assert job.error_message
    errors = dict(job.items.values_list("query", "error"))
    assert errors["nothing"] == "Nothing could be searched."
    assert "secret" not in errors["fault"]


def test_what_passes_is_tried_again_later_five_times_in_all(send: Send) -> None:
    job = send("away").job

    for _ in range(working.MOST_FAULTS):
        run_all(job)
        assert not executors.asked[5:]
        let_leases_end()

    assert (job.status, len(executors.asked)) == ("failed", working.MOST_FAULTS)
    item = job.items.get()
    assert (item.error, item.error_code) == ("NCBI does not answer.", "service_unavailable")
    assert item.attempts == working.MOST_FAULTS


def test_what_is_put_off_waits_longer_each_time_and_holds_up_nothing(send: Send) -> None:
    job = send("away", "good").job

    run_all(job)

    assert executors.asked == ["away", "good"]
    waits = []
    for _ in range(3):
        waits.append(job.items.get(index=0).due_at - timezone.now())
        let_leases_end()
        run_all(job)
    assert timedelta(0) < waits[0] < waits[2]


def test_nobody_takes_what_somebody_else_holds(send: Send) -> None:
    send("a")

    first, second = claim("one"), claim("two")

    assert first is not None
    assert second is None


def test_what_a_dead_worker_held_is_run_by_another_and_stored_once(send: Send) -> None:
    job = send("a").job
    dead = claim("dead")
    assert dead is not None
    let_leases_end()

    run_all(job)

    assert (job.status, job.completed_tasks) == ("completed", 1)
    assert not complete(dead, result=b'{"by": "a ghost"}')
    assert not fail(dead, working.FAILED)
    stored: Any = job.items.get().result
    assert stored["query"] == "a"
    job.refresh_from_db()
    assert (job.completed_tasks, job.failed_tasks) == (1, 0)


def test_a_ghost_writes_nothing_while_its_successor_works(send: Send) -> None:
    send("a")
    ghost = claim("ghost")
    let_leases_end()
    successor = claim("successor")
    assert ghost is not None
    assert successor is not None

    assert not complete(ghost)
    with pytest.raises(NotOurs):
        settling.postpone(ghost, working.FAILED, wait=timedelta(0))
    assert not settling.hold([ghost])

    assert complete(successor) == 1


def test_a_query_that_kills_its_workers_three_times_has_failed(send: Send) -> None:
    job = send("a", "poison").job
    for _ in range(working.MOST_CRASHES):
        while (held := claim("dies")) and held.query != "poison":
            complete(held)
        let_leases_end()

    run_all(job)

    assert (job.status, job.failed_tasks, job.completed_tasks) == ("completed", 1, 1)
    assert executors.asked == []
    item = job.items.get(query="poison")
    assert (item.error_code, item.crashes) == ("crashed", 3)


def test_what_takes_too_long_is_put_off_and_the_task_ends(
    send: Send, settings: LazySettings
) -> None:
    job = send("a", "b").job
    settings.WORKFLOW_EXECUTOR = f"{__name__}.too_long"

    with pytest.raises(SoftTimeLimitExceeded):
        working.work()

    assert job.items.get(index=0).error_code == "timeout"
    assert job.items.get(index=0).status == "pending"
    assert job.items.get(index=1).attempts == 0


def too_long(*_: object, **__: object) -> None:
    raise SoftTimeLimitExceeded


def test_a_database_that_goes_away_costs_an_attempt_and_no_query(
    send: Send, settings: LazySettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = send("a").job
    monkeypatch.setattr(working.connection, "close", lambda: None)  # it is the test's own
    settings.WORKFLOW_EXECUTOR = f"{__name__}.without_database"

    run_all(job)

    item = job.items.get()
    assert (item.status, item.faults) == ("pending", 1)


def without_database(*_: object, is_passing: Any, **__: object) -> None:
    error = OperationalError("gone")
    assert is_passing(error)
    raise error


def test_nothing_is_written_after_a_cancellation(send: Send, user: Any) -> None:
    job = send("a", "b").job
    held = claim()
    assert held is not None

    jobs.cancel(among=BatchJob.objects.of(user.pk), job_id=job.pk, at=timezone.now())

    assert not complete(held)
    assert claim() is None
    job.refresh_from_db()
    assert (job.status, job.cancelled_tasks, job.completed_tasks) == ("cancelled", 2, 0)


def test_a_hanging_query_is_not_held_for_ever(send: Send, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("batch.runner.heart.LONGEST", 0)
    send("a")
    held = claim()
    assert held is not None
    let_leases_end()

    heart = Heart()
    heart.take([held])
    heart.begin(held)
    heart._beat()

    assert BatchItem.objects.due().exists()


def test_queries_that_were_never_begun_are_taken_several_at_once_in_their_order(send: Send) -> None:
    send("a", "b", "c")

    several = claiming.claim(worker="me", most=2)

    assert [one.query for one in several] == ["a", "b"]
    assert claim().query == "c"  # type: ignore[union-attr]


def test_only_who_runs_alone_when_a_worker_dies_counts_a_crash(send: Send) -> None:
    job = send("a", "b").job
    assert len(claiming.claim(worker="dies", most=9)) == 2
    let_leases_end()

    alone = claiming.claim(worker="dies", most=9)
    let_leases_end()
    again = [one for _ in range(2) for one in claiming.claim(worker="me", most=9)]

    assert [one.query for one in alone] == ["a"]
    assert sorted((one.query, one.crashes) for one in again) == [("a", 1), ("b", 0)]
    assert job.items.filter(started_at=None).count() == 0


def test_of_several_results_only_those_are_stored_that_are_still_ours(send: Send) -> None:
    job = send("a", "b", "c").job
    mine = claiming.claim(worker="me", most=3)
    BatchItem.objects.filter(query="b").update(due_at=Now() - timedelta(seconds=1))
    taken_over = claim("other")
    assert taken_over is not None

    assert complete(*mine) == 2

    job.refresh_from_db()
    assert (job.completed_tasks, job.status) == (2, "running")
    assert complete(taken_over) == 1
    job.refresh_from_db()
    assert (job.completed_tasks, job.status) == (3, "completed")


def test_what_was_taken_and_not_begun_when_a_task_ends_is_anybodys_at_once(
    send: Send, settings: LazySettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = send("a", "b", "c").job
    monkeypatch.setattr(working.Pace, "most", lambda _: 9)
    settings.WORKFLOW_EXECUTOR = f"{__name__}.too_long"

    with pytest.raises(SoftTimeLimitExceeded):
        working.work()

    waiting: Any = job.items.filter(index__gte=1)
    assert set(waiting.values_list("status", "attempts", "started_at")) == {("pending", 0, None)}
    assert [one.query for one in claiming.claim(worker="me", most=9)] == ["b", "c"]


def test_a_small_job_does_not_wait_for_a_big_one(send: Send) -> None:
    send(*[f"big {number}" for number in range(100)])
    small = send("small", by=UserFactory.create()).job

    turns = 0
    while (held := claim()) and held.job_id != small.pk:
        turns += 1

    assert held is not None
    assert turns < 60  # 1 of 2 each time: never in 10^18 tries


def test_a_small_job_does_not_wait_for_a_big_one_of_the_same_user(send: Send) -> None:
    send(*[f"big {number}" for number in range(100)])
    small = send("small").job

    turns = 0
    while (held := claim()) and held.job_id != small.pk:
        turns += 1

    assert held is not None
    assert turns < 60


def test_a_higher_tier_gets_more_turns(send: Send) -> None:
    rich = UserFactory.create(tier="enterprise")
    for owner in (rich, UserFactory.create()):
        send(*map(str, range(100)), by=owner)

    taken = [claim() for _ in range(100)]

    owners = list(BatchItem.objects.filter(attempts=1).values_list("job__user", flat=True))
    assert len(taken) == len(owners)
    assert owners.count(rich.pk) > 55  # 80 of 100 on the average


def test_nothing_is_due_when_all_is_done_or_held(send: Send) -> None:
    assert not claiming.is_any_due()
    job = send("a").job
    assert claiming.is_any_due()
    claim()
    assert not claiming.is_any_due()
    let_leases_end()
    run_all(job)
    assert not claiming.is_any_due()
