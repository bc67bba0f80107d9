"""What holds over real processes, each with the client as this installation connects it."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor

import pytest
import redis
from django.conf import settings
from django.db import connection

from discovery.models import CrossReference, Dataset, Harvest, Sample
from tests.discovery.ncbi.asking import ask, ask_for_a_while, connect
from tests.fakes.ncbi import Ncbi, serve
from tests.fakes.shelf import Shelf
from tests.processes import together

PROCESSES = 8
OPEN = "breaker:{ncbi-eutils}:open"
pytestmark = pytest.mark.allow_hosts(["127.0.0.1"])


def pool(fake: Ncbi, key: str) -> ProcessPoolExecutor:
    return together(PROCESSES, first=connect, given=(fake.url, key))


def most_in_a_second(times: list[float]) -> int:
    return max(sum(first <= one < first + 1 for one in times) for first in times)


@pytest.mark.parametrize(("key", "allowed", "times"), [("", 3, 2), ("the-key", 10, 5)])
def test_eight_processes_together_ask_no_more_often_than_ncbi_allows(
    key: str, allowed: int, times: int, valkey: redis.Redis
) -> None:
    with serve() as fake, pool(fake, key) as processes:
        list(processes.map(ask, [times] * PROCESSES, chunksize=1))

    assert len(fake.times) == PROCESSES * times
    assert most_in_a_second(fake.times) <= allowed


def test_eight_processes_leave_ncbi_in_peace_and_try_once(valkey: redis.Redis) -> None:
    with serve() as fake, pool(fake, "the-key") as processes:
        fake.always = "503"
        list(processes.map(ask_for_a_while, [3.0] * PROCESSES, chunksize=1))
        asked_before = len(fake.asked)
        opened_for = float(valkey.get(OPEN) or 0) - time.time()

        list(processes.map(ask_for_a_while, [1.0] * PROCESSES, chunksize=1))
        while_open = len(fake.asked) - asked_before
        valkey.set(OPEN, time.time())  # as if the minute were over
        list(processes.map(ask_for_a_while, [1.0] * PROCESSES, chunksize=1))

    assert 50 < opened_for <= 60
    assert 5 <= asked_before < 5 + PROCESSES  # those under way when it opened
    assert while_open == 0
    assert len(fake.asked) - asked_before == 1


MANY = 900


@pytest.fixture
def many(valkey: redis.Redis) -> Iterator[Ncbi]:
    """NCBI with so many series that a harvest has five parts."""
    with serve() as fake:
        fake.shelf = Shelf.of(
            {
                "accession": f"GSE{number}",
                "title": f"Liver {number}",
                "summary": "Livers of mice.",
                "platforms": ["GPL1"],
                "n_samples": 1,
                "relations": [f"SubSeries of: GSE{number // 10 + 5000}"],
                "samples": [{"accession": f"GSM{number}", "title": "one"}],
            }
            for number in range(1, MANY + 1)
        )
        yield fake


def harvesting(fake: Ncbi) -> "subprocess.Popen[bytes]":
    """Begin, or go on with, a harvest in a process of its own, in this test's database."""
    environment = os.environ | {  # noqa: TID251
        "DJANGO_SETTINGS_MODULE": "omicsoracle.settings.development",
        "ENV_FILE": os.devnull,
        "DATABASE_NAME": str(connection.settings_dict["NAME"]),
        "NCBI_EMAIL": "team@example.org",
        "NCBI_API_KEY": "the-key",
        "NCBI_URL": fake.url,
    }
    command = [sys.executable, "manage.py", "harvest", "liver"]
    return subprocess.Popen(
        command,
        cwd=settings.BASE_DIR,
        env=environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )


def wait_for_more(fake: Ncbi, process: "subprocess.Popen[bytes]") -> None:
    """Wait until a process has asked for two more parts, or is done."""
    before = len(fake.asked)
    while len(fake.asked) < before + 2 and process.poll() is None:
        time.sleep(0.01)


@pytest.mark.django_db(transaction=True)
def test_a_harvest_that_is_killed_again_and_again_loses_and_doubles_nothing(many: Ncbi) -> None:
    kills = 0
    process = harvesting(many)
    while process.poll() is None and kills < 3:
        wait_for_more(many, process)
        process.send_signal(signal.SIGKILL)
        process.wait()
        kills += 1
        process = harvesting(many)
    process.wait()

    harvest = Harvest.objects.get()
    assert (kills, process.returncode) == (3, 0)
    assert harvest.finished_at is not None
    assert (harvest.position, harvest.added, harvest.updated) == (MANY, MANY, 0)
    assert Dataset.objects.count() == Sample.objects.count() == MANY
    assert CrossReference.objects.count() == 2 * MANY
