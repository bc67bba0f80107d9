"""`make bench-edge`: what readers notice of 500 connections that do nothing, with nginx and without."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import django

django.setup()

import psutil  # noqa: E402

from tests import documents  # noqa: E402
from tests.deploy.edge import Edge, edge  # noqa: E402
from tests.faults import site as sites  # noqa: E402
from tests.faults.site import READS, Site, statuses  # noqa: E402
from tests.performance.accounts.report import Row, markdown  # noqa: E402
from tests.performance.circumstances import commit_and_machine  # noqa: E402
from tests.performance.edge.attack import CONNECTIONS  # noqa: E402
from tests.performance.quotas.load import Timed, at_rate  # noqa: E402
from tests.performance.requests.subjects import raw  # noqa: E402
from tests.performance.requests.summary import percentile  # noqa: E402

ATTACK = Path(__file__).with_name("attack.py")
SAYS = {
    "header": "headers that never end, a byte a second",
    "body": "bodies that do not come",
    "drip": "bodies of a byte a second",
    "file": "a file of 1 MB from nginx that is not read",
    "stream": "a file of 205 KB from the application that is not read",
    "idle": "connections that were used once",
}
STALLED = ("header", "body")  # which are to be closed
MOST_P95, MOST_STALLED = 100.0, 10.0
RATE, SECONDS, SHORT = 50.0, 20.0, 12.0
LARGE = 1_000_000
SETTLED = 3  # seconds that they outlast the reader


def main(*, is_short: bool) -> int:
    seconds = SHORT if is_short else SECONDS
    found = []
    with sites.serving(workers=2, threads=4, options={"max_connections": "60"}) as site:
        address = f"127.0.0.1:{site.port}"
        with edge(NGINX_WEB=address, NGINX_LIVE=address, NGINX_RATE="1000") as front:
            _put_file(front)
            for row in _rows(site, front, seconds):
                sys.stdout.write(f"{row.what}: {row.measured}\n")
                sys.stdout.flush()
                found.append(row)
    if not is_short:
        told = f"{commit_and_machine()}, {psutil.cpu_count()} cores, shared by all of them.\n\n{markdown(found)}"
        documents.put("edge-measured.md", "slow clients", told)
    return int(any(row.kept is False for row in found))


def _put_file(front: Edge) -> None:
    folder = front.folder / "static"
    folder.mkdir(mode=0o755)
    (folder / "large.bin").write_bytes(os.urandom(LARGE))


def _rows(site: Site, front: Edge, seconds: float) -> Iterator[Row]:
    yield Row("nobody, through nginx", _told(_read(site, front, 5)))
    for kind, says in SAYS.items():
        command = [kind, str(front.port), str(seconds), str(front.folder / "fullchain.pem")]
        answers, attack = _read_beside(site, front, command, seconds)
        p95 = percentile(sorted(one.milliseconds for one in answers), 95)
        is_kept = p95 <= MOST_P95 and set(statuses(answers)) == {200}
        if kind in STALLED:
            is_kept &= attack["closed"] == CONNECTIONS and attack["after"] <= MOST_STALLED
        promised = "p95 ≤ 100 ms" + (", all closed ≤ 10 s" if kind in STALLED else "")
        yield Row(
            f"{CONNECTIONS} × {says}", f"{_told(answers)}; {_fate(attack)}", promised, is_kept
        )
    for kind in STALLED:
        command = [kind, str(site.port), str(seconds)]
        answers, attack = _read_beside(site, None, command, seconds)
        yield Row(f"{SAYS[kind]}, without nginx", f"{_told(answers)}; {_fate(attack)}")


def _read_beside(
    site: Site, front: Edge | None, command: Sequence[str], seconds: float
) -> tuple[list[Timed], dict[str, float]]:
    """Read while an attack lasts; return the answers, and what became of the attack."""
    attack = subprocess.Popen(
        [sys.executable, str(ATTACK), *command], stdout=subprocess.PIPE, text=True
    )
    assert attack.stdout is not None
    attack.stdout.readline()
    answers = _read(site, front, seconds - SETTLED)
    told, _ = attack.communicate()
    return answers, json.loads(told)


def _read(site: Site, front: Edge | None, seconds: float) -> list[Timed]:
    requests = [raw("GET", path, site.headers) for path in READS]
    port, tls = (front.port, front.context()) if front else (site.port, None)
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(at_rate, [port], requests, RATE, seconds, tls).result()


def _fate(attack: dict[str, float]) -> str:
    return f"{attack['closed']} of {attack['opened']} closed, after {attack['after']:.1f} s at most"


def _told(answers: Sequence[Timed]) -> str:
    counts = ", ".join(f"{count} × {status}" for status, count in statuses(answers).items())
    times = sorted(one.milliseconds for one in answers)
    return f"{counts}, p50 {percentile(times, 50):.0f} ms, p95 {percentile(times, 95):.0f} ms, slowest {times[-1]:.0f} ms"


if __name__ == "__main__":
    sys.exit(main(is_short="--short" in sys.argv))
