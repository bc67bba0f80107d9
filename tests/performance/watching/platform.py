"""The whole platform on servers of its own, and what is asked of it."""

import contextlib
import json
import os
import time
import urllib.request
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

from django.conf import settings

from omicsoracle.run import children
from tests.faults.site import Site, serving
from tests.ports import free_port

TOKEN = "only-for-this-run"
MEMORY = 3_000_000_000  # bytes that the platform may have here
MOST_CONNECTIONS = 60
VARIABLES = {
    "METRICS_TOKEN": TOKEN,
    "METRICS_MEMORY_BYTES": str(MEMORY),
    "QUOTA_EXPENSIVE_AT_ONCE": "1",  # so that some are refused
    "QUOTA_EXPENSIVE_WAIT": "0.01",
    "GRANIAN_RESPAWN_INTERVAL": "0.2",  # seconds between two workers that are replaced
    "LOG_LEVEL": "WARNING",
}


@contextlib.contextmanager
def running(*, workers: int = 2, is_whole: bool = True) -> Iterator[Site]:
    """Run web servers, and with `is_whole` the other processes, too, while the block lasts."""
    os.environ |= VARIABLES  # noqa: TID251 (handed on to all that is started)
    options = {"max_connections": str(MOST_CONNECTIONS)}
    with serving(workers=workers, options=options) as site, contextlib.ExitStack() as stack:
        programs = (
            children.live(port=free_port()),
            children.worker(),
            children.batch_worker(processes=1),
            children.beat(),
        )
        folder = str(site.postgres.home.var)
        own = {"VAR_DIR": folder, "DATABASE_URL": "", "VALKEY_DATABASE": "", "CACHE_KEEPER": "on"}
        for one in programs if is_whole else ():
            program = replace(one, environment=one.environment | own)
            started = children.start(site.postgres.home, program, project=settings.BASE_DIR)
            stack.callback(started.end)
        yield site


def told(site: Site) -> str:
    """Return what /metrics says."""
    request = urllib.request.Request(
        f"http://127.0.0.1:{site.port}/metrics", headers={"Authorization": f"Bearer {TOKEN}"}
    )
    with urllib.request.urlopen(request, timeout=30) as answer:  # noqa: S310 (loopback)
        text: str = answer.read().decode()
    return text


def use(site: Site, *, seconds: float) -> int:
    """Ask for all sorts of things for so long, also such as are refused; say how many were answered."""
    until = time.monotonic() + seconds
    _once(site)
    with ThreadPoolExecutor(3) as pool:
        return sum(pool.map(lambda number: _again(site, until, number), range(3)))


def _once(site: Site) -> None:
    """Have a mail sent."""
    person = {"email": "new@example.org", "password": "a-long-and-unusual-phrase-7"}
    site.ask("/api/v2/auth/register", method="POST", body=person)


def _again(site: Site, until: float, number: int) -> int:
    asked = 0
    accession = json.loads(site.ask("/api/v2/datasets?page_size=1").body)["results"][0]["geo_id"]
    bodies: list[tuple[str, dict[str, Any]]] = [
        ("/api/v2/agents/search", {"query": "breast cancer"}),
        ("/api/v2/agents/search", {"query": "breast cancer"}),
        ("/api/v2/agents/query", {"query": f"liver in mouse {number}"}),
        ("/api/v2/agents/validate", {"dataset_ids": [accession]}),
        ("/api/v2/workflows/execute", {"query": "leukemia", "workflow_type": "quick_report"}),
    ]
    while time.monotonic() < until:
        for path, body in bodies:
            site.ask(path, method="POST", body=body)
        for path in (f"/api/v2/datasets/{accession}", "/api/v2/datasets/GSE0", "/nowhere"):
            site.ask(path)
        if asked % 10 == 0:
            batch = {"workflow_type": "simple_search", "queries": [f"breast cancer {asked}"]}
            site.ask("/api/v2/batch/jobs", method="POST", body=batch)
        asked += len(bodies) + 3
    return asked
