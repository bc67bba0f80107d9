"""`make drill-deploy`: good and bad releases, deployed by deploy/scripts/deploy under load through the real nginx."""

import contextlib
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

import django

django.setup()

import psutil  # noqa: E402
from django.conf import settings  # noqa: E402

from deploy.bluegreen.releases import Releases  # noqa: E402
from deploy.bluegreen.settings import Settings  # noqa: E402
from omicsoracle.embedded import valkey  # noqa: E402
from omicsoracle.embedded.guard import Guard  # noqa: E402
from tests import documents  # noqa: E402
from tests.deploy import edge, releases  # noqa: E402
from tests.faults.own_postgres import OwnPostgres, own_folder  # noqa: E402
from tests.faults.site import prepared  # noqa: E402
from tests.monitoring import programs  # noqa: E402
from tests.performance.accounts.report import Row, markdown  # noqa: E402
from tests.performance.circumstances import commit_and_machine  # noqa: E402
from tests.performance.requests.summary import percentile  # noqa: E402
from tests.ports import free_port  # noqa: E402

RATE, SHORT_RATE = 200, 10
WATCH = 15
FIRST = "v1"
MOST_SECONDS = 60.0
SLOW_MS = 1000.0
SCRIPTS = settings.BASE_DIR / "deploy" / "scripts"
ADDS = "alter table users add column if not exists drilled text"
BAD = {
    "every third answer of the API is a 500": releases.wrapped(releases.FAILS),
    "each answer of the API takes 1.5 s more": releases.wrapped(releases.IS_SLOW),
    "never ready": releases.wrapped(releases.IS_NEVER_READY),
    "ends as it starts": releases.crashing,
    "a migration that fails": releases.migrating("select 1 / 0"),
    "a migration that takes a column away": releases.migrating(
        "alter table users drop column if exists drilled"
    ),
}


@dataclass(frozen=True, slots=True)
class Asked:
    """A request of the load, as tests.deploy.load tells of it."""

    at: float
    status: int
    milliseconds: float
    is_twice: bool


@dataclass(frozen=True, slots=True)
class Deployed:
    """How a deployment went: its exit code, its steps with when each began, and what was asked meanwhile."""

    code: int
    seconds: float
    steps: dict[str, float]
    asked: list[Asked]
    said: str

    @property
    def failed(self) -> list[Asked]:
        return [one for one in self.asked if one.status in {0, 429} or one.status >= 500]

    @property
    def slow(self) -> list[Asked]:
        return [one for one in self.asked if one.milliseconds > SLOW_MS]

    def statuses(self) -> str:
        counts = Counter(one.status for one in self.failed)
        return ", ".join(f"{count} × {status}" for status, count in sorted(counts.items())) or "0"

    def told(self) -> str:
        times = sorted(one.milliseconds for one in self.asked)
        kept = sum(one.is_twice for one in self.asked)
        p95 = percentile(times, 95) if times else 0
        return (
            f"{len(self.asked):,} requests, {len(self.failed)} failed ({self.statuses()}), {len(self.slow)} over 1 s,"
            f" p95 {p95:.0f} ms; {kept} sent anew on another connection"
        )


@dataclass(frozen=True, slots=True)
class Scene:
    """A machine to deploy on, and the API keys of whose requests come."""

    home: Path
    port: int
    keys: list[str]
    rate: int

    def make(self, version: str, change=None) -> None:
        folder = self.home / "releases" / version
        releases.make(folder, change)
        first = self.home / "releases" / FIRST / "staticfiles"
        if first.exists():  # all have the same
            shutil.copytree(first, folder / "staticfiles")
        else:
            Releases(Settings(self.home)).collect(version)

    def command(self, name: str, *arguments: str) -> list[str]:
        return [str(SCRIPTS / name), *arguments]

    @property
    def environment(self) -> dict[str, str]:
        return {"PATH": os.environ["PATH"], "DEPLOY_HOME": str(self.home)}  # noqa: TID251

    def act(self, name: str, *arguments: str, is_asked: bool = True) -> Deployed:
        """Deploy, or roll back, while requests come."""
        log = self.home / "deploy.log"
        read = log.stat().st_size if log.exists() else 0
        with self.load() if is_asked else contextlib.nullcontext([]) as asked:
            began = time.monotonic()
            done = subprocess.run(
                self.command(name, *arguments),
                env=self.environment,
                capture_output=True,
                text=True,
                check=False,
                start_new_session=True,  # the kernel gives turns by sessions: those who ask are others
            )
            seconds = time.monotonic() - began
        sys.stdout.write(
            f"--- {name} {' '.join(arguments)}: {done.returncode}\n{done.stdout}{done.stderr}"
        )
        lines = [json.loads(line) for line in log.read_bytes()[read:].splitlines()]
        steps = {one["step"]: datetime.fromisoformat(one["timestamp"]).timestamp() for one in lines}
        return Deployed(done.returncode, seconds, steps, list(asked), done.stdout + done.stderr)

    @contextlib.contextmanager
    def load(self) -> Iterator[list[Asked]]:
        """Send requests while the block lasts, and two seconds before and one after; yield them at its end."""
        certificate = str(self.home / "fullchain.pem")
        process = subprocess.Popen(
            [
                sys.executable,
                "-m",
                "tests.deploy.load",
                str(self.port),
                str(self.rate),
                certificate,
                *self.keys,
            ],
            cwd=settings.BASE_DIR,
            stdout=subprocess.PIPE,
            text=True,
        )
        asked: list[Asked] = []
        try:
            assert process.stdout is not None
            process.stdout.readline()  # everything was asked once
            time.sleep(2)
            yield asked
            time.sleep(1)
        finally:
            process.send_signal(signal.SIGINT)
            said, _ = process.communicate(timeout=60)
            asked += [Asked(*one) for one in json.loads(said)]


@contextlib.contextmanager
def scene(*, rate: int) -> Iterator[Scene]:
    """Start what a deployment needs and does not start itself: PostgreSQL and Valkey."""
    guard = Guard()
    with own_folder() as folder, contextlib.ExitStack() as stack:
        stack.callback(guard.close)
        postgres = OwnPostgres(folder, guard, {"max_connections": "80"})
        stack.callback(postgres.end)
        postgres.start()
        stack.callback(valkey.start(postgres.home, options=valkey.FORGETFUL).end)
        stack.callback(valkey.start_cache(postgres.home, max_bytes=50_000_000).end)
        home = folder / "srv"
        home.mkdir(mode=0o711)
        variables = {
            "VAR_DIR": str(folder),
            "DATABASE_URL": "",
            "REDIS_URL": "",
            "VALKEY_DATABASE": "",
        }
        who_looks, *people = prepared(variables)
        edge.certificate(home)
        made = Scene(home, free_port(), people, rate)
        (home / "env").write_text(_environment(made, folder, key=who_looks))
        stack.callback(_end, home)
        yield made


def _environment(made: Scene, folder: Path, *, key: str) -> str:
    web = [free_port() for _ in range(4)]
    named = {
        "VAR_DIR": folder,
        "SECRET_KEY": "s" * 60,
        "JWT_SIGNING_KEYS": "1=" + "only-for-tests-" + "j" * 40,
        "API_KEY_PEPPERS": "1=" + "only-for-tests-" + "p" * 40,
        "ALLOWED_HOSTS": "127.0.0.1,localhost",
        "WEB_WORKERS": 2,
        "WEB_THREADS": 4,
        "BATCH_PROCESSES": 1,
        "CACHE_TIMEOUT": 0.5,
        "LOG_LEVEL": "WARNING",
        "DEPLOY_BLUE_PORTS": f"{web[0]} {web[1]}",
        "DEPLOY_GREEN_PORTS": f"{web[2]} {web[3]}",
        "DEPLOY_SMOKE_KEY": key,
        "DEPLOY_NGINX": programs.find("nginx"),
        "DEPLOY_PYTHON": sys.executable,
        "DEPLOY_WATCH_SECONDS": WATCH,
        "DEPLOY_READY_SECONDS": 55,
        "DEPLOY_KEPT": 20,
        "NGINX_HTTP": f"127.0.0.1:{free_port()}",
        "NGINX_HTTPS": f"127.0.0.1:{made.port}",
        "NGINX_CERTIFICATE": made.home / "fullchain.pem",
        "NGINX_CERTIFICATE_KEY": made.home / "privkey.pem",
        "NGINX_RATE": 100_000,
        "NGINX_BURST": 10_000,
        "NGINX_CONNECTIONS": 1000,
        "NGINX_DRAIN": "15s",
        "DEPLOY_DRAIN_SECONDS": 20,
    }
    return "".join(f"{name}={value}\n" for name, value in named.items())


def _end(home: Path) -> None:
    """End what deployments have started: it outlives them."""
    ours = [one for one in psutil.process_iter() if _belongs(one, home)]
    for one in ours:
        with contextlib.suppress(psutil.NoSuchProcess):
            one.kill()
    psutil.wait_procs(ours, timeout=10)


def _belongs(one: psutil.Process, home: Path) -> bool:
    with contextlib.suppress(psutil.Error):
        return str(home) in " ".join(one.cmdline()) or Path(one.cwd()).is_relative_to(home)
    return False


def main(*, is_short: bool) -> int:
    """Run the drill, print what came of it; return 1 if a promise was not kept."""
    found = []
    with scene(rate=SHORT_RATE if is_short else RATE) as made:
        for row in _whole(made):
            sys.stdout.write(f"=== {row.what}: {row.measured} [{row.kept}]\n")
            sys.stdout.flush()
            found.append(row)
            if len(found) == 1 and not row.kept:
                return 1
    if not is_short:
        told = f"{commit_and_machine()}, {psutil.cpu_count()} cores, shared by all of them.\n\n{markdown(found)}"
        documents.put("deploy-measured.md", "deployments", told)
    return int(any(row.kept is False for row in found))


def _whole(made: Scene) -> Iterator[Row]:
    made.make(FIRST)
    first = made.act("deploy", FIRST, is_asked=False)
    yield Row("the first deployment", f"{first.seconds:.1f} s", "", first.code == 0)
    made.make("v2", releases.migrating(ADDS))
    second = made.act("deploy", "v2")
    is_good = second.code == 0 and not second.failed and len(second.slow) <= len(second.asked) / 100
    yield Row(
        "a good release, with a migration that adds a column; the old colour is asked on the new schema",
        f"{second.seconds:.1f} s ({WATCH} of them watched): {second.told()}",
        "none failed, ≤ 1 % over 1 s",
        is_good and "v1 (blue) on the new schema" in second.said,
    )
    for number, (what, change) in enumerate(BAD.items()):
        made.make(f"bad{number}", change)
        yield _bad(made, what, made.act("deploy", f"bad{number}"))
    back = made.act("rollback")
    yield Row(
        "rollback by hand",
        f"{back.seconds:.1f} s: {back.told()}",
        "none failed",
        back.code == 0 and not back.failed and "v1" in back.said,
    )
    yield _killed(made)


def _bad(made: Scene, what: str, deployed: Deployed) -> Row:
    switched = deployed.steps.get("let in")
    restored = deployed.steps.get("restored", 0.0)
    since = switched or deployed.steps.get("start") or deployed.steps.get("migrate", restored)
    serves = subprocess.run(
        [sys.executable, "-m", "deploy.bluegreen", "status"],
        cwd=settings.BASE_DIR,
        env=made.environment,
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    lines = deployed.said.replace(f"{made.home}/", "").splitlines()
    reason = next((line for line in lines if "failed" in line), "")
    return Row(
        f"bad: {what}",
        f"{'rolled back' if switched else 'given up'} {restored - since:.1f} s after "
        f"{'it was let in' if switched else 'its start'} (exit {deployed.code}): {deployed.told()}. "
        f"{reason[19:].strip()[:140]}",
        "≤ 60 s" if switched else "≤ 60 s, none failed",
        deployed.code in {1, 2}
        and restored - since <= MOST_SECONDS
        and "v2 (green)" in serves
        and (switched is not None or not deployed.failed),
    )


def _killed(made: Scene) -> Row:
    """Kill a deployment once it has switched; the next one clears up and goes on."""
    with made.load() as asked:
        process = subprocess.Popen(
            made.command("deploy", "v2"),
            env=made.environment,
            stdout=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
        assert process.stdout is not None
        for line in process.stdout:
            if "watch" in line:
                break
        process.kill()
        process.wait()
        process.stdout.close()
        after = made.act("deploy", "v2", is_asked=False)
    told = replace(after, asked=list(asked))
    return Row(
        "kill -9 of a deployment that had switched, then the same again",
        f"{after.seconds:.1f} s: {told.told()}",
        "none failed",
        after.code == 0 and not told.failed and "clear up" in after.said,
    )


if __name__ == "__main__":
    sys.exit(main(is_short="--short" in sys.argv))
