"""Running workflows: stages that fail, results that are forgotten."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from django.conf import LazySettings
from django.db import IntegrityError, transaction
from django.utils import timezone

from common import request_id
from common.errors import ServiceUnavailable
from discovery import tasks
from discovery.models import Workflow, WorkflowStatus
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


def kept(**more: Any) -> Workflow:
    moments = {"at": timezone.now(), "completed_at": timezone.now()}
    told = {"status": WorkflowStatus.COMPLETED, **moments}
    return workflows.keep(user_id=UserFactory.create().pk, asked=BODY, **told | more)


def test_old_workflows_are_forgotten(settings: LazySettings) -> None:
    settings.WORKFLOWS_KEPT_DAYS = 7
    old, new = (kept(completed_at=timezone.now() - timedelta(days=days)) for days in (8, 6))

    tasks.forget_workflows()

    assert set(Workflow.objects.all()) == {new}
    assert old != new


def test_only_what_has_ended_is_kept() -> None:
    for wrong in ({"completed_at": None}, {"status": WorkflowStatus.RUNNING}):
        with pytest.raises(IntegrityError), transaction.atomic():
            kept(**wrong)
