"""Processes come and go; what they counted stays, and how they were does not."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from django.conf import LazySettings, settings
from prometheus_client import CollectorRegistry
from prometheus_client.multiprocess import MultiProcessCollector

from monitoring.management.commands import serve_metrics

HEALTH = {"route": "/health/live", "method": "GET"}
# Counts, and then, as its second argument says, stays until nobody holds its input any more.
PROGRAM = """
import sys
from pathlib import Path
from monitoring import slots
slots.share(Path(sys.argv[1]), role="web")
from monitoring import metrics
metrics.hot_answers.inc()
metrics.http_in_progress.inc()
print(slots.name(), flush=True)
sys.stdin.read()
"""


def registry(folder: Path) -> CollectorRegistry:
    made = CollectorRegistry()
    MultiProcessCollector(made, path=str(folder))
    return made


class Counting:
    """A process that has counted one answer and one request in progress, and stays."""

    def __init__(self, folder: Path) -> None:
        environment = os.environ | {"PROMETHEUS_MULTIPROC_DIR": str(folder)}  # noqa: TID251
        self.process = subprocess.Popen(
            [sys.executable, "-c", PROGRAM, str(folder)],
            cwd=settings.BASE_DIR,
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self.process.stdout
        self.slot = self.process.stdout.readline().strip()

    def kill(self) -> None:
        self.process.kill()
        self.process.communicate()


def test_a_thousand_requests_over_processes_that_are_replaced_are_a_thousand(
    tmp_path: Path,
) -> None:
    environment = os.environ | {  # noqa: TID251
        "METRICS_DIR": str(tmp_path),
        "METRICS_ROLE": "web",
        "DJANGO_SETTINGS_MODULE": "tests.monitoring.small",
        "LOG_LEVEL": "ERROR",
    }
    subprocess.run(
        [sys.executable, "-W", "error", "-m", "tests.monitoring.recycled", "10", "100"],
        cwd=settings.BASE_DIR,
        env=environment,
        check=True,
    )

    told = registry(tmp_path)

    assert (
        told.get_sample_value("omicsoracle_http_requests_total", HEALTH | {"status": "200"}) == 1000
    )
    assert told.get_sample_value("omicsoracle_http_request_seconds_count", HEALTH) == 1000
    slots = {file.stem for file in tmp_path.glob("*.lock")}
    assert slots == {f"web-{number}" for number in range(5)}, "four at a time, and who started them"


def test_who_takes_a_slot_counts_on_and_is_not_what_the_one_before_was(
    tmp_path: Path,
) -> None:
    first = Counting(tmp_path)
    second = Counting(tmp_path)
    first.kill()
    third = Counting(tmp_path)
    try:
        told = registry(tmp_path)

        assert (first.slot, second.slot, third.slot) == ("web-0", "web-1", "web-0")
        assert told.get_sample_value("omicsoracle_hot_path_answers_total") == 3
        assert told.get_sample_value("omicsoracle_http_requests_in_progress") == 2
    finally:
        second.kill()
        third.kill()


def test_nothing_is_told_of_how_a_process_was_that_is_gone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from monitoring import slots  # noqa: PLC0415 (not before coverage is measured)

    monkeypatch.setattr(slots._mine, "folder", tmp_path)
    gone, there = Counting(tmp_path), Counting(tmp_path)
    gone.kill()
    try:
        assert slots.living() == [slots.Slot(there.slot, there.process.pid)]
        assert registry(tmp_path).get_sample_value("omicsoracle_http_requests_in_progress") == 1
        assert registry(tmp_path).get_sample_value("omicsoracle_hot_path_answers_total") == 2
    finally:
        there.kill()


def test_a_process_of_another_container_counts_and_is_not_looked_at_by_its_number(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from monitoring import slots  # noqa: PLC0415 (not before coverage is measured)

    monkeypatch.setattr(slots._mine, "folder", tmp_path)
    other = Counting(tmp_path)
    try:
        monkeypatch.setattr(slots, "_numbered_in", lambda: "pid:[1]")

        assert slots.living() == []
        assert registry(tmp_path).get_sample_value("omicsoracle_http_requests_in_progress") == 1
    finally:
        other.kill()


@pytest.mark.parametrize(
    ("path", "authorization", "status"),
    [
        ("/metrics", "Bearer a-token", "200 OK"),
        ("/metrics", "Bearer another", "401 Unauthorized"),
        ("/", "Bearer a-token", "404 Not Found"),
    ],
)
def test_beside_workers_their_counts_are_told_to_who_may_read_them(
    path: str, authorization: str, status: str, settings: LazySettings
) -> None:
    settings.METRICS_TOKEN = "a-token"
    answers: list[str] = []
    asked = {"PATH_INFO": path, "HTTP_AUTHORIZATION": authorization, "REMOTE_ADDR": "10.0.0.9"}

    (body,) = serve_metrics.answer(asked, lambda said, _headers: answers.append(said))

    assert answers == [status]
    assert (b"omicsoracle_process_resident_bytes" in body) is (status == "200 OK")
