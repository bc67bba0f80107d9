"""`make bench-faults`: PostgreSQL hurt under load, over the real web server: answers by status."""

import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from http import HTTPStatus

import psutil
import psycopg

from deploy.backup import programs
from deploy.backup.settings import Settings
from tests import documents
from tests.faults import site as sites
from tests.faults.disks import SMALL_LOG, filled, move_log, small_disk
from tests.faults.own_postgres import OwnPostgres, own_folder
from tests.faults.site import GROWING, Site, statuses
from tests.performance.accounts.report import Row, markdown
from tests.performance.circumstances import commit_and_machine
from tests.performance.quotas.load import Timed
from tests.performance.requests.summary import percentile

RATE = 50
HOWS = ("fast", "immediate", "kill")
RESTARTS, STALL, EXHAUSTED = 10, 30.0, 10.0
SHORT_RESTARTS, SHORT_STALL, SHORT_EXHAUSTED = 3, 8.0, 4.0
CONNECTIONS = 60
WORKERS, THREADS = 2, 8  # as `make run` has them
SETTLED = 2.5  # seconds after a fault in which its last answers come
QUICK = 2.0  # seconds: a restart that takes less is to cost no read its answer
MOST_SECONDS, MOST_RECOVERY, MOST_FULL = 5.0, 1.0, 30.0
TRIES = 20


def main(*, is_short: bool) -> int:
    """Measure, print the table, and write it into the document; return 1 if a promise was not kept."""
    rows = []
    for row in _all(is_short=is_short):
        sys.stdout.write(f"{row.what}: {row.measured}\n")
        sys.stdout.flush()
        rows.append(row)
    if not is_short:
        documents.put("storage-measured.md", "faults", f"{_circumstances()}\n\n{markdown(rows)}")
    return int(any(row.kept is False for row in rows))


def _all(*, is_short: bool) -> Iterator[Row]:
    options = {"max_connections": str(CONNECTIONS)}
    with sites.serving(options=options, workers=WORKERS, threads=THREADS) as site:
        yield _undisturbed(site)
        yield from _restarted(site, SHORT_RESTARTS if is_short else RESTARTS)
        yield from _stalled(site, SHORT_STALL if is_short else STALL)
        yield from _exhausted(site, SHORT_EXHAUSTED if is_short else EXHAUSTED)
        yield _too_slow(site)
    for is_log_apart in (True, False):
        yield _filled(is_log_apart=is_log_apart)


def _undisturbed(site: Site) -> Row:
    with site.reading(RATE, 2 * SETTLED) as answers:
        pass
    return Row("nothing: the same reads as below", _told(answers))


def _restarted(site: Site, times: int) -> Iterator[Row]:
    """Restart it in each way, so many times in all; readers and a writer go on."""
    for number in range(times):
        how = HOWS[number % len(HOWS)]
        with site.reading(RATE, 2 * SETTLED) as answers, site.writing() as written:
            time.sleep(SETTLED / 2)
            began = time.perf_counter()
            site.postgres.stop(how)
            site.postgres.start()
            took = time.perf_counter() - began
        yield _restart_row(number, how, took, answers, written)


def _restart_row(
    number: int, how: str, took: float, answers: Sequence[Timed], written: Sequence[int]
) -> Row:
    counted = statuses(answers)
    is_well = set(counted) == {200}
    return Row(
        f"restart {number + 1}, {how}: away for {took:.2f} s",
        f"reads: {_told(answers)}; writes: {_counted(written)}",
        "no 5xx of reads" if took < QUICK else "",
        is_well and set(written) <= {200, 503} if took < QUICK else None,
    )


def _stalled(site: Site, seconds: float) -> list[Row]:
    with site.reading(RATE, seconds + 10) as answers:
        time.sleep(2)
        site.postgres.freeze()
        began = time.perf_counter()
        time.sleep(seconds)
        site.postgres.thaw()
        over = time.perf_counter()
    during = [one for one in answers if began <= one.began < over]
    refused = [one for one in during if one.status != 200]
    slowest = max((one.milliseconds for one in refused), default=0) / 1000
    after = [one.ended - over for one in answers if one.status != 200 and one.began > over]
    back = max(after, default=0.0)
    return [
        Row(
            f"all its processes stopped for {seconds:.0f} s",
            f"{_told(during)}; refused after {slowest:.2f} s at most",
            f"503 within {MOST_SECONDS:.0f} s",
            slowest <= MOST_SECONDS and set(statuses(refused)) <= {503},
        ),
        Row(
            "reads after they go on",
            f"the last refusal {back:.2f} s after; {_told([a for a in answers if a.began > over])}",
            f"≤ {MOST_RECOVERY:.0f} s",
            back <= MOST_RECOVERY,
        ),
    ]


def _exhausted(site: Site, seconds: float) -> list[Row]:
    with _taken(site.postgres), site.reading(RATE, seconds) as answers:
        began = time.perf_counter()
        said = site.ask()
        waited = time.perf_counter() - began
        time.sleep(seconds - waited if waited < seconds else 0)
    over = time.perf_counter()
    while site.ask().status != HTTPStatus.OK:
        time.sleep(0.05)
    back = time.perf_counter() - over
    slowest = max(one.milliseconds for one in answers) / 1000
    return [
        Row(
            f"others hold all {CONNECTIONS} connections",
            f"{_told(answers)}; a call alone: {said.status} after {waited:.2f} s, Retry-After "
            f"{said.headers.get('retry-after', 'missing')}; slowest {slowest:.2f} s",
            "503 with Retry-After, 2 s each",
            said.status in {200, 503} and slowest <= QUICK + 1,
        ),
        Row("reads after they are given back", f"200 after {back:.2f} s", "", None),
    ]


@contextmanager
def _taken(postgres: OwnPostgres) -> Iterator[None]:
    """Take every connection that there is, those of the web server, too."""
    taken: list[psycopg.Connection[object]] = []
    until = time.monotonic() + 5
    while time.monotonic() < until:
        try:
            taken.append(
                psycopg.connect(
                    host=str(postgres.home.sockets), user="omicsoracle_app", dbname="omicsoracle"
                )
            )
        except psycopg.OperationalError:
            others = (
                "select count(pg_terminate_backend(pid)) from pg_stat_activity where"
                " usename = 'omicsoracle_app' and not (pid = any(%s))"
            )
            mine = [one.info.backend_pid for one in taken]
            if postgres.ask(others, mine)[0][0] == 0:
                break
    try:
        yield
    finally:
        for one in taken:
            one.close()


def _too_slow(site: Site) -> Row:
    with site.slow_writes():
        began = time.perf_counter()
        said = site.write()
        waited = time.perf_counter() - began
    return Row(
        "a statement that would take 30 s",
        f"{said.status} after {waited:.2f} s; the next one {site.write().status}",
        f"503 within {MOST_SECONDS:.0f} s",
        said.status == 503 and waited <= MOST_SECONDS,
    )


def _filled(*, is_log_apart: bool) -> Row:
    with (
        small_disk() as disk,
        own_folder() as log,
        sites.serving(options=SMALL_LOG, data=disk) as site,
    ):
        if is_log_apart:
            move_log(site.postgres, log / "w")
        site.ask()
        site.postgres.ask(GROWING)
        with filled(disk):
            writes = [site.write().status for _ in range(TRIES)]
            reads = [site.ask().status for _ in range(TRIES)]
        back = _written_again(site)
        settings = Settings(target="", connection=site.postgres.variables)
        programs.run(settings, "pg_amcheck", "--all", "--heapallindexed", "--install-missing")
    answers = f"reads: {_counted(reads)}; writes: {_counted(writes)}"
    return Row(
        f"the disk of the data is full, the log is {'on another' if is_log_apart else 'on it, too'}",
        f"{answers}; written again {back:.1f} s after there was room; pg_amcheck finds nothing",
        "reads go on, writes 503, back within 30 s" if is_log_apart else "back within 30 s",
        back <= MOST_FULL and ((set(reads) == {200} and set(writes) == {503}) or not is_log_apart),
    )


def _written_again(site: Site) -> float:
    """Return after how many seconds a write is done, PostgreSQL being started if it has ended."""
    began = time.perf_counter()
    while site.write().status != HTTPStatus.OK and time.perf_counter() - began < 2 * MOST_FULL:
        if site.postgres.has_ended:
            site.postgres.start()
        time.sleep(0.2)
    return time.perf_counter() - began


def _counted(found: Sequence[int]) -> str:
    return ", ".join(f"{found.count(one)} × {one}" for one in sorted(set(found)))


def _told(answers: Sequence[Timed]) -> str:
    counts = ", ".join(f"{count} × {status}" for status, count in statuses(answers).items())
    times = sorted(one.milliseconds for one in answers)
    return f"{counts}, p95 {percentile(times, 95):.0f} ms, slowest {times[-1]:.0f} ms"


def _circumstances() -> str:
    return (
        f"{commit_and_machine()}, {psutil.cpu_count()} cores, shared by the client, a web server of "
        f"{WORKERS} processes with {THREADS} threads each, PostgreSQL, two Valkeys and whatever else "
        "the machine did."
    )
