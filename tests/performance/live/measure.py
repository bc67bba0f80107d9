"""A thousand sockets, each of which hears of a change every second."""

import argparse
import contextlib
import http.client
import statistics
import sys
import time
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from functools import partial
from multiprocessing import get_context

import psutil
from django.conf import settings
from django.db import connection

from batch.live import WORKFLOW
from batch.models import BatchItem, BatchJob
from omicsoracle.embedded.processes import Home, Server, wait_until
from omicsoracle.run import children
from tests import documents
from tests.evaluation.catalogue import use_database
from tests.evaluation.servers import running
from tests.factories import ApiKeyFactory, UserFactory
from tests.performance.accounts.report import Row, markdown
from tests.performance.circumstances import commit_and_machine
from tests.performance.live import clients
from tests.performance.requests.processes import cpu_seconds
from tests.ports import free_port

DATABASE = "live_measured"
SOCKETS, SECONDS = 1_000, 30
OPENING = 60.0  # seconds that all clients have to open their sockets
MEGABYTE = 1 << 20


def main() -> None:
    """Measure, print the table, and write it into the document if it is whole."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sockets", type=int, default=SOCKETS)
    parser.add_argument("--seconds", type=int, default=SECONDS)
    given = parser.parse_args()
    figures = markdown(_measure(given.sockets, given.seconds))
    sys.stdout.write(figures + "\n")
    if (given.sockets, given.seconds) == (SOCKETS, SECONDS):
        documents.put(
            "live.md",
            "sockets",
            f"{commit_and_machine()}, {psutil.cpu_count()} cores.\n\n{figures}",
        )


def _measure(count: int, seconds: int) -> list[Row]:
    with running() as home, contextlib.ExitStack() as servers:
        servers.callback(connection.close)
        use_database(DATABASE)
        ids, key = _objects(count)
        port = free_port()
        server = _start_live(home, port, count)
        servers.callback(server.stop)
        pool = servers.enter_context(ProcessPoolExecutor(2, mp_context=get_context("spawn")))
        return _listened(pool, server, port, ids, key, seconds)


def _objects(count: int) -> tuple[list[str], str]:
    user = UserFactory.create(email=f"live{time.time_ns()}@example.org")
    job = {"user": user, "workflow_type": "simple_search", "queries": ["asthma"]}
    jobs = BatchJob.objects.bulk_create(
        [BatchJob(**job, total_tasks=1, is_workflow=True) for _ in range(count)]
    )
    BatchItem.objects.bulk_create(
        [BatchItem(id=one.pk, job=one, index=0, query="asthma") for one in jobs]
    )
    return [str(one.pk) for one in jobs], ApiKeyFactory.create(user=user).text


def _start_live(home: Home, port: int, sockets: int) -> Server:
    program = children.live(port=port)
    ours = {
        "DATABASE_NAME": DATABASE,
        "LOG_LEVEL": "WARNING",
        "LIVE_SOCKETS_A_USER": str(sockets),
    }
    program = replace(program, environment=program.environment | ours)
    server = children.start(home, program, project=settings.BASE_DIR)
    wait_until(home, partial(_is_live, port), server)
    return server


def _is_live(port: int) -> bool:
    asked = http.client.HTTPConnection("127.0.0.1", port, timeout=2)
    try:
        asked.request("GET", "/health/live")
        return asked.getresponse().status == http.client.OK
    except (OSError, http.client.HTTPException):
        return False
    finally:
        asked.close()


def _listened(
    pool: ProcessPoolExecutor,
    server: Server,
    port: int,
    ids: Sequence[str],
    key: str,
    seconds: int,
) -> list[Row]:
    before = _memory(server)
    paths = [f"/ws/workflows/{one}" for one in ids]
    lasts = OPENING + seconds
    listening = pool.submit(clients.listen, f"ws://127.0.0.1:{port}", paths, key, lasts)
    begins_at = time.time() + OPENING
    telling = pool.submit(clients.tell, ids, WORKFLOW, begins_at=begins_at, seconds=seconds)
    time.sleep(max(0.0, begins_at - time.time()))
    spent = cpu_seconds([server.process.pid])
    time.sleep(max(0.0, begins_at + seconds - time.time()))
    spent, memory = cpu_seconds([server.process.pid]) - spent, _memory(server)
    told_by_then = len(ids) * seconds
    told, heard = telling.result(), listening.result()
    late = sorted(heard["late"])
    p95 = late[int(len(late) * 0.95)]
    return [
        Row(
            "sockets opened, one after the other's state",
            f"{len(ids):,} in {heard['opening']:.1f} s",
        ),
        Row(
            f"a change of each every second, {seconds} s: how late it is heard",
            f"p50 {statistics.median(late):.1f} ms, p95 {p95:.1f} ms, p99 {late[int(len(late) * 0.99)]:.1f} ms",
            "p95 ≤ 50 ms",
            p95 <= 50,
        ),
        Row("changes told, heard", f"{told:,}, {len(late):,}", "all", told == len(late)),
        Row("CPU of the process for a change", f"{spent / told_by_then * 1e6:.0f} µs"),
        Row("sockets lost", f"{heard['lost']}", "0", heard["lost"] == 0),
        Row(
            "memory of the process, with no socket and with all",
            f"{before:.0f} and {memory:.0f} MB ({(memory - before) * 1000 / len(ids):.0f} kB a socket)",
        ),
    ]


def _memory(server: Server) -> float:
    process = psutil.Process(server.process.pid)
    family = [process, *process.children(recursive=True)]
    return sum(one.memory_info().rss for one in family) / MEGABYTE
