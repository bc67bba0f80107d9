"""What history costs an answer that is given ahead of Django: the same server, with it and without."""

import json
import statistics
import subprocess
import sys
from dataclasses import dataclass

from accounts.models import Tier
from discovery.models import Dataset
from omicsoracle.embedded.processes import Home
from tests.factories import ApiKeyFactory, UserFactory
from tests.performance.accounts.report import Row
from tests.performance.history.servers import storing, web
from tests.performance.requests.load import Task
from tests.performance.requests.processes import cpu_seconds, wait_until_quiet
from tests.performance.requests.subjects import SEARCH, raw
from tests.performance.requests.summary import Load
from tests.performance.starter import make_database

DATABASE = "history_hot_measured"
PEOPLE, RESULTS = 50, 20
RATE = 1_000


@dataclass(frozen=True, slots=True)
class Run:
    """What a run of one server came to."""

    load: Load
    web_us: float  # of the web server's processor, a request

    @property
    def per_second(self) -> float:
        return self.load.served / self.load.seconds


def measure(home: Home, *, short: bool) -> list[Row]:
    seconds, times = (
        (2, 1) if short else (4, 4)
    )  # with the making of the database, within three minutes
    make_database(DATABASE)
    users = [UserFactory(tier=Tier.ENTERPRISE) for _ in range(PEOPLE)]
    keys = [{"X-API-Key": ApiKeyFactory(user=user).text} for user in users]
    question = Dataset.objects.order_by("accession").values_list("title", flat=True)[0]
    body = {"query": " ".join(question.split()[:4]), "max_results": RESULTS}
    requests = [raw("POST", SEARCH, key, body) for key in keys]
    with (
        web(home, DATABASE, HISTORY_RECORDED="on") as there,
        web(home, DATABASE, HISTORY_RECORDED="off") as without,
        storing(home, DATABASE),
    ):
        rows = []
        for rate, name in ((0, "one after the other, 64 clients"), (RATE, f"at {RATE:,}/s")):
            runs: dict[str, list[Run]] = {"with history": [], "without": []}
            for _ in range(times):
                for which, (port, pid) in (("with history", there), ("without", without)):
                    runs[which].append(_run(port, pid, requests, seconds=seconds, rate=rate))
            rows += [_row(f"{name}, {which}", done) for which, done in runs.items()]
            rows.append(_difference(name, runs))
    return rows


def _run(port: int, pid: int, requests: list[bytes], *, seconds: float, rate: float) -> Run:
    _load(Task(port, requests, 1.5))
    wait_until_quiet([pid])
    before = cpu_seconds([pid])
    load = _load(Task(port, requests, seconds, rate))
    return Run(load, (cpu_seconds([pid]) - before) * 1e6 / max(1, load.served))


def _load(task: Task) -> Load:
    command = [sys.executable, "-m", "tests.performance.requests.load"]
    done = subprocess.run(command, input=task.as_json(), capture_output=True, text=True, check=True)
    return Load.from_json(json.loads(done.stdout))


def _row(name: str, runs: list[Run]) -> Row:
    rate = statistics.median(one.per_second for one in runs)
    p50 = statistics.median(one.load.of_served.p50 or 0 for one in runs)
    p95 = statistics.median(one.load.of_served.p95 or 0 for one in runs)
    web = statistics.median(one.web_us for one in runs)
    return Row(
        name, f"{rate:,.0f}/s, p50 {p50:.2f} ms, p95 {p95:.2f} ms, {web:.0f} µs of the web server"
    )


def _difference(name: str, runs: dict[str, list[Run]]) -> Row:
    there, without = (statistics.median(one.web_us for one in done) for done in runs.values())
    share = (there - without) / without * 100
    return Row(f"{name}: what history adds", f"{there - without:+.0f} µs a request, {share:+.1f} %")
