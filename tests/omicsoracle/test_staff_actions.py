"""Every action of the staff's site asks before it acts, and stands in the audit log."""

from collections.abc import Callable
from typing import Any

import pytest
from django.conf import LazySettings
from django.db import models
from django.test import Client
from django.utils import timezone

from accounts.models import AuditEntry, User
from batch.models import BatchItem, BatchJob
from common import wake as waking
from discovery.models import Dataset, Harvest
from discovery.services import harvests
from tests.accounts.test_admin_roles import ACTIONS, address_of, an_object, signed_in_as
from tests.factories import SessionFactory, UserFactory

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("valkey")]
# What takes nothing from anybody, and can be done at once.
HARMLESS = {(Harvest, "go_on")}
Case = tuple[type[models.Model], str]
CASES: list[Case] = [(model, one) for model, names in ACTIONS.items() for one in sorted(names)]


@pytest.fixture(autouse=True)
def _workers_are_told_nothing(settings: LazySettings, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.NCBI_EMAIL = "staff@lab.example"
    monkeypatch.setattr(waking._Broker, "again_at", float("inf"))


def a_job(status: str) -> BatchJob:
    """Make a job whose one query is as the job is."""
    now = timezone.now()
    is_over = status == "failed"
    done = {"failed_tasks": 1, "completed_at": now} if is_over else {}
    ended = {"error": "x", "finished_at": now} if is_over else {}
    job = BatchJob.objects.create(
        user=UserFactory.create(), queries=["a"], total_tasks=1, status=status, **done
    )
    BatchItem.objects.create(job=job, index=0, query="a", status=status, **ended)
    return job


# Of a model an object that the action has something to do with, if not any.
OBJECTS: dict[Case, Callable[[], Any]] = {
    (User, "activate"): lambda: UserFactory.create(is_active=False),
    (User, "make_free"): lambda: UserFactory.create(tier="pro"),
    (User, "end_sessions"): lambda: SessionFactory.create().user,
    (BatchJob, "cancel"): lambda: a_job("pending"),
    (BatchJob, "retry"): lambda: a_job("failed"),
    (BatchJob, "requeue"): lambda: a_job("running"),
}


def made_for(case: Case) -> Any:
    return OBJECTS[case]() if case in OBJECTS else an_object(case[0])


def actions_noted() -> int:
    return AuditEntry.objects.count()


def send(client: Client, case: Case, one: Any, **more: str) -> Any:
    model, action = case
    sent = {"action": action, "_selected_action": [str(one.pk)], **more}
    return client.post(address_of(model, "changelist", one), sent)


@pytest.mark.parametrize("case", [case for case in CASES if case not in HARMLESS])
def test_an_action_asks_first_and_has_done_nothing_yet(case: Case) -> None:
    one, client = made_for(case), signed_in_as("admin")
    before, noted = type(one)._default_manager.filter(pk=one.pk).values().get(), actions_noted()

    page = send(client, case, one)

    assert page.status_code == 200
    assert 'name="post" value="yes"' in page.text
    assert type(one)._default_manager.filter(pk=one.pk).values().get() == before
    assert actions_noted() == noted


@pytest.mark.parametrize("case", CASES)
def test_an_action_that_is_confirmed_is_in_the_audit_log(case: Case) -> None:
    one, client = made_for(case), signed_in_as("admin")
    actor = User.objects.filter(is_superuser=True).latest("created_at")
    noted = actions_noted()

    answer = send(client, case, one, post="yes", reason="ticket 7")

    assert answer.status_code == 302
    assert actions_noted() > noted
    assert AuditEntry.objects.latest("id").actor == actor.audit_id


@pytest.mark.parametrize("action", ["deactivate", "make_pro"])
def test_what_somebody_may_is_changed_for_a_reason_that_stands_in_the_log(action: str) -> None:
    one, client = UserFactory.create(), signed_in_as("admin")

    asked_again = send(client, (User, action), one, post="yes", reason="")
    send(client, (User, action), one, post="yes", reason="ticket 7")

    assert "required" in asked_again.text
    told = AuditEntry.objects.filter(subject=one.audit_id, after__reason="ticket 7")
    assert told.count() == 1


BEGIN = "/admin/discovery/harvest/begin/"


def test_a_list_of_accessions_is_read_by_workers_whole(
    django_capture_on_commit_callbacks: Any,
) -> None:
    client = signed_in_as("admin")
    pasted = " ".join(f"gse{number}" for number in range(1, 46)) + ", GSE7;GSM3"

    with django_capture_on_commit_callbacks() as sent:
        client.post(BEGIN, {"accessions": pasted})

    assert list(Harvest.objects.values_list("is_full", flat=True)) == [True] * 3
    assert sum(one.query.count("[ACCN]") for one in Harvest.objects.all()) == 45
    assert len(sent) == 3
    assert AuditEntry.objects.get(action="harvest.begun").after == {"harvests": 3, "series": 45}


def test_a_query_is_harvested_by_workers() -> None:
    signed_in_as("admin").post(BEGIN, {"query": " breast  cancer ", "at_most": "7"})

    work = Harvest.objects.get()
    assert (work.query, work.at_most, work.is_full) == ("breast cancer", 7, False)


@pytest.mark.parametrize(
    "sent",
    [
        {},
        {"query": ""},
        {"query": "x" * 501},
        {"query": "liver", "at_most": "-1"},
        {"accessions": "no series here"},
        {"accessions": " ".join(f"GSE{n}" for n in range(1, harvests.MOST_ACCESSIONS + 2))},
        {"accessions": "\0"},
    ],
)
def test_what_cannot_be_harvested_is_refused_in_words(sent: dict[str, str]) -> None:
    page = signed_in_as("admin").post(BEGIN, sent, follow=True)

    assert page.status_code == 200
    assert [str(one.level_tag) for one in page.context["messages"]] == ["error"]
    assert not Harvest.objects.exists()


def test_nothing_is_begun_where_ncbi_is_not_asked(settings: LazySettings) -> None:
    settings.NCBI_EMAIL = ""

    page = signed_in_as("admin").post(BEGIN, {"accessions": "GSE1"}, follow=True)

    assert "does not ask NCBI" in page.text
    assert not Harvest.objects.exists()


def test_support_harvests_nothing() -> None:
    refused = signed_in_as("support").post(BEGIN, {"query": "liver"})

    assert (refused.status_code, Harvest.objects.count()) == (403, 0)
    assert not Dataset.objects.exists()
