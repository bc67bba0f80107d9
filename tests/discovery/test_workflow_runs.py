"""Running workflows: stages that fail, workers that die, results that are forgotten."""

import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from billiard.exceptions import SoftTimeLimitExceeded
from django.conf import LazySettings
from django.db import IntegrityError, connection
from django.utils import timezone

from common import request_id
from common.errors import ServiceUnavailable
from discovery import tasks
from discovery.models import Workflow, WorkflowStatus
from discovery.models.workflow import LEASE, MOST_ATTEMPTS
from discovery.runner import workflows as runner
from discovery.services import workflows
from discovery.services.selection import Scope
from discovery.services.workflows import Order, Type, running, stages
from tests.factories import UserFactory

pytestmark = pytest.mark.django_db

TODAY = date(2026, 1, 1)
BODY = {"query": "breast cancer", "workflow_type": "full_analysis"}


def order(kind: Type = Type.FULL_ANALYSIS) -> Order:
    return Order(kind, Scope(question="breast cancer"))


def raising(error: Exception) -> Callable[[Any], None]:
    def work(_: Any) -> None:
        raise error

    return work


@pytest.fixture
def break_stage(monkeypatch: pytest.MonkeyPatch) -> Callable[[str, Exception], None]:
    """Let a stage fail whenever it is done."""

    def break_(name: str, error: Exception) -> None:
        plan = stages.plan

        def broken(wanted: Order) -> tuple[Any, ...]:
            return tuple(
                replace(one, work=raising(error)) if one.name == name else one
                for one in plan(wanted)
            )

        monkeypatch.setattr(running, "plan", broken)

    return break_


def submitted(**asked: Any) -> Workflow:
    return workflows.submit(user_id=UserFactory.create().pk, asked=BODY | asked, at=timezone.now())


def errors(outcome: workflows.Outcome) -> dict[str, str | None]:
    return {one.stage: one.error for one in outcome.results}


@pytest.mark.usefixtures("five_series")
@pytest.mark.parametrize(
    ("failing", "status", "successes"),
    [
        ("query_processing", "partial", [False, True, True, True]),
        ("dataset_search", "failed", [True, False, False, False]),
        ("data_validation", "partial", [True, True, False, True]),
        ("report_generation", "partial", [True, True, True, False]),
    ],
)
def test_a_stage_that_fails_does_not_lose_the_others(
    break_stage: Callable[[str, Exception], None],
    failing: str,
    status: str,
    successes: list[bool],
) -> None:
    break_stage(failing, RuntimeError("secret"))

    with request_id.bound("abc"):
        outcome = workflows.run(order(), at=TODAY, seconds=60)

    assert outcome.status == status
    assert [one.success for one in outcome.results] == successes
    assert errors(outcome)[failing] == (
        "This stage failed on our side. Tell us the request id abc."
    )


@pytest.mark.usefixtures("five_series")
def test_a_report_is_written_without_the_verdicts_that_could_not_be_had(
    break_stage: Callable[[str, Exception], None],
) -> None:
    break_stage("data_validation", RuntimeError())

    report = workflows.run(order(), at=TODAY, seconds=60).progress.report

    assert report is not None
    assert report.quality is None
    assert report.accessions


@pytest.mark.usefixtures("five_series")
def test_a_foreseen_refusal_is_told_in_its_own_words(
    break_stage: Callable[[str, Exception], None],
) -> None:
    break_stage("dataset_search", ServiceUnavailable("NCBI does not answer."))

    outcome = workflows.run(order(), at=TODAY, seconds=60)

    assert errors(outcome)["dataset_search"] == "NCBI does not answer."


def test_no_stage_is_begun_after_the_time_is_up() -> None:
    outcome = workflows.run(order(), at=TODAY, seconds=0)

    assert outcome.status == "failed"
    assert set(errors(outcome).values()) == {
        "There was no time left for this stage. Ask for fewer series."
    }


@pytest.mark.usefixtures("five_series")
def test_who_wants_to_know_is_told_after_each_stage() -> None:
    told: list[tuple[int, int]] = []

    workflows.run(
        order(),
        at=TODAY,
        seconds=60,
        on_stage=lambda results, percent: told.append((len(results), percent)),
    )

    assert told == [(1, 25), (2, 50), (3, 75), (4, 100)]


@pytest.mark.usefixtures("five_series")
def test_who_is_killed_in_the_middle_loses_the_workflow_to_another_worker() -> None:
    workflow = submitted()
    dead = Workflow.objects.claim(at=timezone.now())
    assert dead is not None
    dead.note(at=timezone.now(), progress=25)

    assert not runner.run_waiting(at=timezone.now())
    workflow.refresh_from_db()
    assert workflow.status == WorkflowStatus.RUNNING

    runner.run_waiting(at=timezone.now() + LEASE)
    workflow.refresh_from_db()
    assert (workflow.status, workflow.attempts, workflow.progress) == ("completed", 2, 100)


@pytest.mark.usefixtures("five_series")
def test_who_lost_a_workflow_writes_nothing_any_more() -> None:
    submitted()
    slow = Workflow.objects.claim(at=timezone.now())
    assert slow is not None
    runner.run_waiting(at=timezone.now() + LEASE)

    assert not slow.note(at=timezone.now(), progress=50)
    assert not slow.end(at=timezone.now(), status=WorkflowStatus.FAILED)
    slow.refresh_from_db()
    assert slow.status == WorkflowStatus.COMPLETED


def test_what_kills_its_workers_again_and_again_has_failed() -> None:
    workflow = submitted()
    at = timezone.now()
    for _ in range(MOST_ATTEMPTS):
        assert Workflow.objects.claim(at=at) is not None
        at += LEASE

    runner.run_waiting(at=at)

    workflow.refresh_from_db()
    assert workflow.status == WorkflowStatus.FAILED
    assert "stopped 3 times" in workflow.error


@pytest.mark.usefixtures("five_series")
def test_a_workflow_that_is_deleted_while_it_runs_is_given_up(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    workflow = submitted()
    note = Workflow.note

    def deleted_first(self: Workflow, **changes: Any) -> bool:
        workflows.delete(user_id=workflow.user_id, workflow_id=workflow.pk)
        monkeypatch.setattr(Workflow, "note", note)
        return note(self, **changes)

    monkeypatch.setattr(Workflow, "note", deleted_first)

    assert not runner.run_waiting(at=timezone.now())
    assert not Workflow.objects.exists()


def test_a_body_that_is_good_no_longer_fails_clearly() -> None:
    workflow = submitted(workflow_type="of an earlier version")

    runner.run_waiting(at=timezone.now())

    workflow.refresh_from_db()
    assert workflow.status == WorkflowStatus.FAILED
    assert "failed on our side" in workflow.error


@pytest.mark.usefixtures("five_series")
def test_a_task_that_runs_out_of_time_ends_its_workflow(
    break_stage: Callable[[str, Exception], None],
) -> None:
    break_stage("report_generation", SoftTimeLimitExceeded())
    workflow = submitted()

    runner.run_waiting(at=timezone.now())

    workflow.refresh_from_db()
    assert workflow.status == WorkflowStatus.PARTIAL
    assert workflow.answer is not None
    assert workflow.answer["datasets"]


@pytest.mark.usefixtures("five_series")
def test_progress_is_seen_while_it_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    workflow, seen = submitted(), []
    note = Workflow.note

    def noted(self: Workflow, **changes: Any) -> bool:
        is_ours = note(self, **changes)
        workflow.refresh_from_db()
        seen.append((workflow.status, workflow.progress, len(workflow.stage_results)))
        return is_ours

    monkeypatch.setattr(Workflow, "note", noted)
    runner.run_waiting(at=timezone.now())

    assert seen == [("running", 25, 1), ("running", 50, 2), ("running", 75, 3), ("running", 99, 4)]


@pytest.mark.usefixtures("five_series")
def test_logs_of_a_run_bear_the_id_of_the_request(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[str | None] = []

    def noted(*_: Any, **__: Any) -> bool:
        seen.append(request_id.current())
        return False

    monkeypatch.setattr(Workflow, "note", noted)
    with request_id.bound("asked-for-it"):
        submitted()

    runner.run_waiting(at=timezone.now())

    assert seen == ["asked-for-it"]


def test_whose_workflows_run_least_comes_first() -> None:
    at = timezone.now()
    busy, idle = UserFactory.create(), UserFactory.create()
    for user in (busy, busy, idle):
        workflows.submit(user_id=user.pk, asked=BODY, at=at)

    claimed = [Workflow.objects.claim(at=at) for _ in range(4)]

    assert [one and one.user_id for one in claimed] == [busy.pk, idle.pk, busy.pk, None]


@pytest.mark.django_db(transaction=True)
def test_of_many_workers_each_takes_another() -> None:
    made = {submitted().pk for _ in range(8)}
    claimed: list[Any] = []

    def claim() -> None:
        workflow = Workflow.objects.claim(at=timezone.now())
        claimed.append(workflow and workflow.pk)
        connection.close()

    threads = [threading.Thread(target=claim) for _ in range(8)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()

    taken = [one for one in claimed if one]
    assert len(taken) == len(set(taken))
    assert set(taken) <= made


def test_the_share_of_a_task_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    submitted()
    monkeypatch.setattr(runner, "SHARE", 0.0)
    woken: list[Any] = []
    monkeypatch.setattr(tasks, "wake", woken.append)

    tasks.run_workflows()

    assert woken == [tasks.run_workflows]


def test_old_workflows_are_forgotten(settings: LazySettings) -> None:
    settings.WORKFLOWS_KEPT_DAYS = 7
    at, user = timezone.now(), UserFactory.create()
    for days in (8, 6):
        workflows.keep(
            user_id=user.pk,
            asked=BODY,
            at=at - timedelta(days=days),
            status=WorkflowStatus.COMPLETED,
            completed_at=at - timedelta(days=days),
        )
    waiting = submitted()
    Workflow.objects.filter(pk=waiting.pk).update(created_at=at - timedelta(days=9))

    tasks.forget_workflows()

    assert Workflow.objects.count() == 2
    assert Workflow.objects.filter(pk=waiting.pk).exists()


def test_the_database_keeps_an_end_and_its_moment_together() -> None:
    workflow = submitted()

    with pytest.raises(IntegrityError):
        Workflow.objects.filter(pk=workflow.pk).update(status=WorkflowStatus.COMPLETED)


def test_a_workflow_tells_itself_apart() -> None:
    assert str(submitted()) == "full_analysis pending 0 %"
