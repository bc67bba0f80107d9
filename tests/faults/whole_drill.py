"""`make drill`: real tables, a real pace, a server killed without a word, and two sabotages."""

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import pytest
from django.conf import settings
from moto.server import ThreadedMotoServer

from deploy.backup import verifying
from deploy.backup.buckets import Bucket
from deploy.backup.repository import Repository
from tests import documents
from tests.faults import drill
from tests.faults.drill import Contents, Scene, Writer
from tests.performance.accounts.report import Row, markdown
from tests.performance.circumstances import commit_and_machine

ROWS, SHORT_ROWS = 200_000, 20_000
TIMEOUT, SHORT_TIMEOUT = 60, 5  # seconds: archive_timeout, as the document recommends
BEYOND = 15  # seconds that are written on after a timeout
MINUTES = 60.0
MOST_LOST = 5 * MINUTES
MEASURED = """
create table measured (id bigserial primary key, words text not null, at timestamptz not null);
insert into measured (words, at)
    select md5(g::text) || md5((-g)::text), now() - g * interval '1 second'
    from generate_series(1, {rows}) g;
create index on measured (words);
"""
CHANGED = "update measured set words = reverse(words) where mod(id, 50) = 0"


def main(*, is_short: bool) -> int:
    """Run the drill, print what came of it; return 1 if a promise was not kept."""
    timeout, rows = (SHORT_TIMEOUT, SHORT_ROWS) if is_short else (TIMEOUT, ROWS)
    found = []
    with drill.scene(archive_timeout=timeout) as scene:
        for row in _whole(scene, rows=rows, timeout=timeout):
            sys.stdout.write(f"{row.what}: {row.measured}\n")
            sys.stdout.flush()
            found.append(row)
    if not is_short:
        documents.put(
            "backup-and-recovery.md", "drill", f"{commit_and_machine()}.\n\n{markdown(found)}"
        )
    return int(any(row.kept is False for row in found))


def _whole(scene: Scene, *, rows: int, timeout: int) -> Iterator[Row]:
    _fill(scene, rows)
    yield _backed_up(scene, is_full=True)
    scene.server.ask(CHANGED)
    yield _backed_up(scene, is_full=False)
    scene.server.ask("insert into measured (words, at) values ('the marker', now())")
    before, moment = drill.contents_of(scene.server), drill.settle()
    scene.server.ask("truncate datasets cascade")  # the accident
    scene.server.ask("drop table measured")
    with Writer(scene.server) as writer:
        time.sleep(timeout + BEYOND)
        scene.server.stop("kill")
    shutil.rmtree(scene.server.data)
    yield from _came_back(scene, before, moment)
    yield _lost(scene, writer, timeout)
    for what, spoil in SABOTAGES.items():
        yield _sabotaged(scene, what, spoil, moment)
    yield _from_s3(scene, before, moment)


def _fill(scene: Scene, rows: int) -> None:
    """Make the application's own tables, and one that is large."""
    variables = {"VAR_DIR": str(scene.server.home.var), "DATABASE_URL": "", "CACHE_KEEPER": "off"}
    subprocess.run(
        [sys.executable, "-W", "ignore", "-m", "tests.faults.prepare"],
        env={**os.environ, **variables},  # noqa: TID251 (handed on)
        cwd=settings.BASE_DIR,
        check=True,
        capture_output=True,
    )
    scene.server.ask(MEASURED.format(rows=rows))


def _backed_up(scene: Scene, *, is_full: bool) -> Row:
    began = time.monotonic()
    scene.back_up(is_full=is_full)
    made = scene.repository.backups()[-1]
    kind = "full" if is_full else "incremental, 2 % of the rows changed"
    return Row(
        f"backup: {kind}",
        f"{time.monotonic() - began:.1f} s, {made.size / 1e6:.1f} MB as it is stored",
    )


def _came_back(scene: Scene, before: Contents, moment: datetime) -> list[Row]:
    began = time.monotonic()
    done = scene.restore(scene.repository, to=moment)
    down = time.monotonic() - began
    wrong = drill.differences(before, drill.contents_of(scene.restored[-1]))
    rows = sum(count for name, (count, _) in before.items() if not name.startswith("sequence"))
    size = scene.restored[-1].ask("select sum(pg_database_size(oid)) from pg_database")[0][0]
    return [
        Row(
            f"brought back to the second before the accident: {len(before)} tables and sequences, "
            f"{rows:,} rows",
            f"{len(wrong)} differ ({', '.join(wrong) or 'counts and checksums are equal'}); "
            "pg_verifybackup and pg_amcheck --heapallindexed found nothing",
            "none differs",
            not wrong,
        ),
        Row(
            f"RTO, {int(size) / 1e6:.0f} MB",
            f"{down:.1f} s until it serves: fetched, verified and combined {done.fetching:.1f} s, log "
            f"replayed {done.recovering:.1f} s, every table and index checked {done.checking:.1f} s",
            "≤ 15 min for 10 GB; at this size neither shown nor refuted",
        ),
    ]


def _lost(scene: Scene, writer: Writer, timeout: int) -> Row:
    """Restore the newest state of a server that was killed; see what is not in it."""
    scene.restore(scene.repository)
    ((last, at),) = scene.restored[-1].ask("select n, at from ticks order by n desc limit 1")
    lost = (writer.last_at - at).total_seconds()
    return Row(
        f"RPO: killed and destroyed while a row was committed every 50 ms, archive_timeout {timeout} s",
        f"{lost:.1f} s lost ({writer.last - last} of {writer.last} rows)",
        "≤ 5 min",
        0 <= lost <= MOST_LOST,
    )


SABOTAGES: dict[str, Callable[[Repository], str]] = {
    "one byte of the backup changed": drill.flip_a_byte,
    "one segment of the log missing": drill.lose_a_segment,
}


def _sabotaged(
    scene: Scene, what: str, spoil: Callable[[Repository], str], moment: datetime
) -> Row:
    copy = scene.copy(spoil.__name__)
    spoil(copy)
    verified = drill.refusal(lambda: verifying.verify(copy))
    restored = drill.refusal(lambda: scene.restore(copy, to=moment))
    said = f"verify: {verified or 'found nothing'} restore: {restored or 'went on'}"
    return Row(what, said, "both refuse", bool(verified and restored))


def _from_s3(scene: Scene, before: Contents, moment: datetime) -> Row:
    """Do the same from a bucket, into which the repository is copied."""
    with speaking_s3() as endpoint:
        bucket = Bucket.at("s3://drill/here", endpoint=endpoint)
        bucket.make()
        for name in scene.repository.store.names(""):
            with (Path(scene.repository.settings.target) / name).open("rb") as stream:
                bucket.put(name, stream)
        there = replace(scene.repository.settings, target="s3://drill/here", s3_endpoint=endpoint)
        repository = Repository(there, store=bucket)
        whole = verifying.verify(repository)
        began = time.monotonic()
        scene.restore(repository, to=moment)
        down = time.monotonic() - began
    wrong = drill.differences(before, drill.contents_of(scene.restored[-1]))
    return Row(
        "the same out of S3-compatible storage",
        f"{whole.backups} backups and {whole.log_files} files of the log whole; {len(wrong)} tables "
        f"differ; {down:.1f} s",
        "none differs",
        not wrong,
    )


@contextmanager
def speaking_s3() -> Iterator[str]:
    """Start a server that speaks S3, on loopback; yield its address."""
    with pytest.MonkeyPatch.context() as patch:
        for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
            patch.setenv(name, "testing")
        patch.setenv("AWS_DEFAULT_REGION", "us-east-1")
        server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
        server.start()
        host, port = server.get_host_and_port()
        try:
            yield f"http://{host}:{port}"
        finally:
            server.stop()
