"""What operators have: health, metrics, the staff's site, the shell, periodic tasks."""

import io
from datetime import timedelta
from typing import Any
from unittest.mock import Mock

import pytest
from django.conf import LazySettings
from django.core.management import CommandError, call_command
from django.test import Client
from django.utils import timezone

from accounts.models import Action, AuditEntry
from batch import health, tasks
from batch.models import BatchItem, BatchJob, Delivery
from batch.queue import look
from batch.runner import housekeeping
from batch.services import staff
from monitoring import celery
from monitoring.exposition import exposition
from omicsoracle.celery import app
from tests.batch.conftest import Send, claim, run_all
from tests.factories import UserFactory
from tests.monitoring.test_requests import value as counted

pytestmark = pytest.mark.django_db


@pytest.fixture
def woken(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Return the names of the tasks that are sent."""
    sent: list[str] = []
    monkeypatch.setattr(tasks, "wake", lambda task: sent.append(task.name))
    return sent


def shell(*words: object) -> str:
    said = io.StringIO()
    call_command("jobs", *map(str, words), stdout=said)
    return said.getvalue()


def test_health_is_down_when_work_waits_and_nobody_works(send: Send) -> None:
    send("a", "b")
    assert health.batch().status == "ok"
    BatchItem.objects.update(due_at=timezone.now() - timedelta(minutes=5))

    assert health.batch().status == "down"

    claim()
    assert health.batch().status == "ok"


def test_the_queue_tells_what_waits_and_for_how_long(send: Send) -> None:
    send("a", "b", "c")
    BatchItem.objects.update(due_at=timezone.now() - timedelta(seconds=100))
    claim()

    queue = look()

    assert (queue.due, queue.running, queue.workers) == (2, 1, 1)
    assert 99 < queue.oldest < 200


def test_metrics_tell_of_jobs(send: Send) -> None:
    run_all(send("a").job)
    send("b")

    text = exposition().decode()

    assert 'omicsoracle_batch_jobs{status="completed"} 1.0' in text
    assert "omicsoracle_batch_queries_due 1.0" in text


def test_workers_are_told_again_of_what_nobody_took(
    send: Send, woken: list[str], settings: LazySettings
) -> None:
    tasks.reconcile()
    assert woken == []
    send("a")
    woken.clear()

    tasks.reconcile()

    assert woken == ["batch.tasks.run_items"] * settings.BATCH_PROCESSES


def test_a_task_works_its_share_and_has_messages_sent(send: Send, woken: list[str]) -> None:
    job = send("a", webhook_url="https://example.org/").job
    woken.clear()

    tasks.run_items()

    job.refresh_from_db()
    assert job.status == "completed"
    assert woken == ["batch.tasks.send_webhooks"]


@pytest.mark.parametrize(("queue", "hearts"), [("celery", ["heartbeat"]), ("batch", [])])
def test_a_worker_of_batch_jobs_does_not_pass_for_the_usual_one(
    monkeypatch: pytest.MonkeyPatch, queue: str, hearts: list[str]
) -> None:
    started: list[str] = []
    monkeypatch.setattr(
        celery.threading, "Thread", lambda **how: Mock(start=lambda: started.append(how["name"]))
    )
    queues = Mock(consume_from={queue: None})

    celery.start_heart(Mock(app=Mock(conf=app.conf, amqp=Mock(queues=queues))))

    assert started == hearts


def test_a_worker_that_comes_up_looks_for_what_was_left(woken: list[str]) -> None:
    for queue in ("celery", "batch"):
        queues = Mock(consume_from={queue: None})
        tasks.look_at_once(Mock(app=Mock(amqp=Mock(queues=queues))))

    assert woken == ["batch.tasks.reconcile"]


def test_old_jobs_are_forgotten_and_unfinished_ones_never(send: Send) -> None:
    now = timezone.now()
    old, unfinished = run_all(send("a").job), send("b").job
    BatchJob.objects.filter(pk=old.pk).update(completed_at=now - timedelta(days=91))
    BatchJob.objects.filter(pk=unfinished.pk).update(created_at=now - timedelta(days=400))

    assert housekeeping.forget(at=now) == 1

    assert BatchJob.objects.get() == unfinished
    assert BatchItem.objects.get().job == unfinished


def test_staff_cancel_what_runs_and_that_is_recorded(send: Send) -> None:
    job, done = send("a").job, run_all(send("b").job)
    job.refresh_from_db()
    running = send("c").job
    admin = UserFactory.create(is_staff=True, is_superuser=True)

    count = staff.cancel(job_ids=[done.pk, running.pk], actor=admin, at=timezone.now())

    assert count == 1
    running.refresh_from_db()
    assert running.status == "cancelled"
    entry = AuditEntry.objects.get(action=Action.BATCH_CANCELLED)
    assert (entry.object, entry.actor) == (str(running.pk), admin.audit_id)


def test_staff_run_failed_queries_again_at_no_cost(send: Send) -> None:
    job = run_all(send("fault").job)

    assert staff.retry(job_ids=[job.pk], actor=None, at=timezone.now()) == 1

    job.refresh_from_db()
    assert (job.status, job.charged) == ("pending", 1)
    assert staff.retry(job_ids=[job.pk], actor=None, at=timezone.now()) == 0


def test_staff_take_a_query_from_its_worker(send: Send) -> None:
    send("a")
    held = claim("hangs")
    assert held is not None

    assert staff.requeue(item_ids=[held.item_id], actor=None, at=timezone.now()) == 1

    again = claim("other")
    assert again is not None
    assert again.fence > held.fence


def test_staff_have_messages_sent_again(send: Send) -> None:
    run_all(send("a", webhook_url="https://example.org/").job)
    Delivery.objects.update(given_up_at=timezone.now(), attempts=10)

    pks = list(Delivery.objects.values_list("pk", flat=True))
    assert staff.send_again(delivery_ids=pks, actor=None, at=timezone.now()) == 1

    assert Delivery.objects.due(at=timezone.now()).count() == 1


@pytest.mark.parametrize("action", ["cancel", "retry", "requeue"])
def test_the_staffs_site_acts_on_jobs(send: Send, action: str) -> None:
    job = send("fault").job
    if action == "retry":
        run_all(job)
    if action == "requeue":
        claim()
    client = Client()
    client.force_login(UserFactory(is_staff=True, is_superuser=True))

    answer: Any = client.post(
        "/admin/batch/batchjob/",
        {"action": action, "_selected_action": [str(job.pk)], "post": "yes"},
        follow=True,
    )

    assert answer.status_code == 200
    job.refresh_from_db()
    expected = {"cancel": "cancelled", "retry": "pending", "requeue": "running"}[action]
    assert job.status == expected
    if action == "requeue":
        assert job.items.get().status == "pending"


def test_the_shell_shows_cancels_and_retries(send: Send) -> None:
    job = run_all(send("fault", "away").job)

    assert str(job.pk) in shell("list", "--status", "running")
    assert shell("list", "--status", "failed") == ""
    assert "1 failed internal_error" in shell("show", job.pk)
    assert "pending" in shell("retry", job.pk)
    assert "cancelled" in shell("cancel", job.pk)
    with pytest.raises(CommandError):
        shell("cancel", job.pk)


def test_what_ended_is_counted_once_it_is_stored(
    send: Send, django_capture_on_commit_callbacks: Any
) -> None:
    queries = counted("batch_queries_total", outcome="completed")
    labels = {"workflow_type": "simple_search", "status": "completed"}
    jobs = counted("batch_job_seconds_count", **labels)
    job = send("a", "b").job

    with django_capture_on_commit_callbacks(execute=True):
        run_all(job)
        assert counted("batch_queries_total", outcome="completed") == queries

    assert counted("batch_queries_total", outcome="completed") == queries + 2
    assert counted("batch_job_seconds_count", **labels) == jobs + 1
