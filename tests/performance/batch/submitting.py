"""Submissions at once, and submissions whose sender dies before anybody was told of them."""

import multiprocessing
import os
import signal
import time
import urllib.error
import urllib.request
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from uuid import UUID

import orjson
from django.db import connection

from accounts.models import User
from batch.models import BatchJob
from batch.services import submission
from tests.factories import ApiKeyFactory
from tests.performance.accounts.report import Row
from tests.performance.batch import sending
from tests.performance.batch.servers import Site, wait

AT_ONCE = 50
PATIENCE = 300.0


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    body: bytes
    is_replayed: bool


def parallel(site: Site, *, short: bool) -> list[Row]:
    measured = [_one_key(site), _one_place(site)]
    BatchJob.objects.unfinished().delete()  # or they would run beside what is measured next
    return measured


def unannounced(_site: Site, *, short: bool) -> list[Row]:
    """Kill the process that sends a job between its commit and the message to the workers."""
    count = 5 if short else 50
    user = sending.somebody()
    connection.close()  # or the children would share it
    context = multiprocessing.get_context("fork")
    for query in sending.questions(count):
        connection.close()
        child = context.Process(target=_send_and_die, args=[user.pk, query])
        child.start()
        child.join()
    sent = BatchJob.objects.of(user.pk)
    started = time.monotonic()
    wait(lambda: not sent.unfinished().exists(), seconds=PATIENCE)
    states = Counter(sent.values_list("status", flat=True))
    return [
        Row(
            f"sender killed (SIGKILL) between commit and message, {count} times",
            f"{states['completed']} of {count} completed, the last"
            f" {time.monotonic() - started:.0f} s after the last kill",
            f"all {count}",
            states == {"completed": count},
        )
    ]


def _send_and_die(user_id: UUID, query: str) -> None:
    submission.wake_workers = lambda: os.kill(os.getpid(), signal.SIGKILL)
    sending.send(User.objects.get(pk=user_id), [query])


def _one_key(site: Site) -> Row:
    user = sending.somebody()
    answers = _at_once(site, user, key="one")
    statuses = Counter(one.status for one in answers)
    jobs = BatchJob.objects.of(user.pk).count()
    bodies = len({one.body for one in answers})
    replayed = sum(one.is_replayed for one in answers)
    return Row(
        f"{AT_ONCE} submissions at once with one idempotency key",
        f"{jobs} job; answers {dict(statuses)}, {bodies} different bodies, {replayed} replayed",
        f"1 job, {AT_ONCE} × 202 with one body",
        jobs == 1 and statuses == {202: AT_ONCE} and bodies == 1 and replayed == AT_ONCE - 1,
    )


def _one_place(site: Site) -> Row:
    user = sending.somebody("free")
    statuses = Counter(one.status for one in _at_once(site, user, key=None))
    jobs = BatchJob.objects.of(user.pk).count()
    return Row(
        f"{AT_ONCE} submissions at once of a free user, who may have 5 jobs",
        f"{jobs} jobs; answers {dict(statuses)}",
        "429 for what is more than 5 unfinished; a job each 202, none each 429",
        jobs == statuses[202] >= 5 and set(statuses) <= {202, 429},
    )


def _at_once(site: Site, user: User, *, key: str | None) -> list[Answer]:
    headers = {"X-API-Key": ApiKeyFactory(user=user).text, "Content-Type": "application/json"}
    headers |= {"Idempotency-Key": key} if key else {}
    queries = sending.questions(10)
    body = orjson.dumps({"workflow_type": "full_analysis", "queries": queries})
    request = urllib.request.Request(
        f"http://127.0.0.1:{site.port}/api/v2/batch/jobs", body, headers
    )
    with ThreadPoolExecutor(AT_ONCE) as pool:
        return list(pool.map(lambda _: _ask(request), range(AT_ONCE)))


def _ask(request: urllib.request.Request) -> Answer:
    """Ask until we are let in: 503 is told to whom there is no room to wait."""
    while True:
        try:
            with urllib.request.urlopen(request, timeout=60) as answer:  # noqa: S310
                replayed = answer.headers.get("Idempotent-Replayed") == "true"
                return Answer(answer.status, answer.read(), replayed)
        except urllib.error.HTTPError as error:
            if error.code != 503:
                return Answer(error.code, error.read(), is_replayed=False)
            time.sleep(0.5)
