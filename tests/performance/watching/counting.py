"""Counters over web workers that are replaced, and how many series there are under load."""

import os
import signal
import time
from dataclasses import dataclass

import psutil
from prometheus_client.parser import text_string_to_metric_families

from omicsoracle.embedded.processes import wait_until
from omicsoracle.run import example
from tests.faults.site import Site
from tests.performance.watching.platform import told
from tests.performance.watching.watchers import Watchers

REQUESTS, EVERY = 1_000, 100
PATH = "/api/v2/datasets?page_size=1"
ROUTE = {"route": "/api/v2/datasets", "method": "GET", "status": "200"}


@dataclass(frozen=True, slots=True)
class Counted:
    """What was sent and what was told of it, by how many processes, in how many slots."""

    answered: int
    told: int
    processes: int
    slots: int


def count_over_replaced_workers(site: Site) -> Counted:
    """Send requests; after each hundred all workers are replaced."""
    before, answered, processes = _told(site), 0, _workers(site)
    for number in range(REQUESTS):
        answered += site.ask(PATH).status == 200
        if (number + 1) % EVERY == 0 and number + 1 < REQUESTS:
            processes |= _replaced(site)
    folder = site.postgres.home.var / "metrics"
    slots = len(list(folder.glob("web-*.lock")))
    return Counted(answered, _told(site) - before, len(processes), slots)


def _replaced(site: Site) -> set[int]:
    """Have all workers replaced; return who works now."""
    old = _workers(site)
    os.kill(site.web.process.pid, signal.SIGHUP)
    until = time.monotonic() + 60
    while (present := _workers(site)) & old or len(present) < len(old):
        if time.monotonic() > until:
            raise RuntimeError("the workers were not replaced")
        time.sleep(0.1)
    wait_until(site.postgres.home, example.Site(site.port).is_ready, site.web)
    return present


def _workers(site: Site) -> set[int]:
    return {one.pid for one in psutil.Process(site.web.process.pid).children()}


def _told(site: Site) -> int:
    for family in text_string_to_metric_families(told(site)):
        for one in family.samples:
            if one.name == "omicsoracle_http_requests_total" and one.labels == ROUTE:
                return int(one.value)
    return 0


def series_of(watchers: Watchers) -> dict[str, int]:
    """Return how many series each metric has."""
    found = watchers.query(
        'count by (__name__) ({job="omicsoracle", __name__=~"omicsoracle_.*|django_.*"})'
    )
    numbers = {one["metric"]["__name__"]: int(one["value"][1]) for one in found}
    return dict(sorted(numbers.items(), key=lambda pair: (-pair[1], pair[0])))
