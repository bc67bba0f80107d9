"""A deployment ends with the new version serving, or with the old one as it was: whatever happens, and when."""

import contextlib
import errno
import json
import os
import signal
import stat
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command
from django.db import connection, migrations, models
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.migration import Migration
from django.db.migrations.operations.base import Operation
from django.db.migrations.state import ModelState, ProjectState

from common.expansion import objections
from deploy.bluegreen import edge, machine, runners, smoke, watching
from deploy.bluegreen.deploying import Deployment
from deploy.bluegreen.errors import Busy, DeployError, Refused, Unrestored
from deploy.bluegreen.journal import Journal
from deploy.bluegreen.releases import Releases
from deploy.bluegreen.runners import Processes, Systemd
from deploy.bluegreen.settings import Settings
from deploy.bluegreen.smoke import Colour
from deploy.bluegreen.state import Serving, State, StateFile, only_one
from deploy.bluegreen.turns import behind
from deploy.bluegreen.watching import Log
from tests.deploy.edge import Edge, Upstream, certificate, upstream
from tests.faults.own_postgres import wait_for
from tests.monitoring.programs import Missing, find
from tests.ports import free_port
from tests.turns import niceness

BLUE, GREEN = Serving("blue", "v1"), Serving("green", "v2")
STEPS = ["prepare", "migrate", "check", "start", "let_in", "switch", "watch", "take_over"]


class Fake:
    """A machine that remembers what was done, what runs on it, and fails where it is told to."""

    def __init__(self, *fails_at: str, error: BaseException | None = None) -> None:
        self.done: list[str] = []
        self.running: set[str] = set()
        self.nginx: Serving | None = None
        self.fails_at, self.error = fails_at, error or DeployError("as it was told to")

    def _do(self, act: str, what: object) -> None:
        self.done.append(f"{act} {what}")
        if f"{act} {what}" in self.fails_at:
            raise self.error

    def prepare(self, version: str) -> None:
        self._do("prepare", version)

    def migrate(self, version: str, *, expand_only: bool) -> None:
        self._do("migrate", version)

    def start(self, target: Serving) -> None:
        self.running.add(target.version)
        self._do("start", target.version)

    def check(self, target: Serving) -> None:
        self._do("check", target.version)

    def let_in(self, target: Serving, before: Serving) -> None:
        self.nginx = target
        self._do("let_in", target.version)

    def switch(self, target: Serving) -> None:
        self.nginx = target
        self._do("switch", target.version)

    def watch(self, target: Serving, before: Serving | None) -> None:
        self._do("watch", target.version)

    def take_over(self, target: Serving, before: Serving | None) -> None:
        self._do("take_over", target.version)

    def drain(self, *, in_a_hurry: bool = False) -> None:
        self._do("drain", "")

    def stop(self, target: Serving) -> None:
        self.running.discard(target.version)
        self._do("stop", target.version)

    def prune(self, kept: list[str]) -> None:
        self._do("prune", kept)


@pytest.fixture
def file(tmp_path: Path) -> StateFile:
    """A machine on which v1 serves, in blue."""
    made = StateFile(tmp_path)
    made.write(State(BLUE))
    return made


def deployment(fake: Fake, file: StateFile, folder: Path) -> Deployment:
    fake.running.add("v1")
    fake.nginx = BLUE
    return Deployment(fake, file, Journal(folder, "v2"))


def test_a_good_release_serves_in_the_other_colour(file: StateFile, tmp_path: Path) -> None:
    fake = Fake()

    deployment(fake, file, tmp_path).deploy("v2")

    assert file.read() == State(GREEN, previous="v1")
    assert (fake.running, fake.nginx) == ({"v2"}, GREEN)
    assert fake.done == [
        "prepare v2",
        "migrate v2",
        "check v1",  # old code on the new schema
        "start v2",
        "check v2",
        "let_in v2",
        "switch v2",
        "watch v2",
        "take_over v2",
        "drain ",
        "stop v1",
        "prune ['v2', 'v1']",
    ]


@pytest.mark.parametrize(
    "error", [DeployError("bad"), KeyboardInterrupt(), OSError("full")], ids=repr
)
@pytest.mark.parametrize("step", STEPS)
def test_whatever_fails_the_old_version_serves_on(
    file: StateFile, tmp_path: Path, step: str, error: BaseException
) -> None:
    fake = Fake(f"{step} v2", error=error)

    with pytest.raises(type(error)):
        deployment(fake, file, tmp_path).deploy("v2")

    assert file.read() == State(BLUE)
    assert (fake.running, fake.nginx) == ({"v1"}, BLUE)


def test_a_release_on_whose_schema_the_old_code_fails_is_given_up(
    file: StateFile, tmp_path: Path
) -> None:
    fake = Fake("check v1")

    with pytest.raises(DeployError):
        deployment(fake, file, tmp_path).deploy("v2")

    assert "start v2" not in fake.done


def test_a_version_that_serves_is_not_deployed_again(file: StateFile, tmp_path: Path) -> None:
    fake = Fake()
    deployment(fake, file, tmp_path).deploy("v1")
    assert fake.done == []


def test_what_a_killed_deployment_left_is_cleared_up_first(file: StateFile, tmp_path: Path) -> None:
    file.write(State(BLUE, begun=GREEN))
    fake = Fake()

    deployment(fake, file, tmp_path).deploy("v3")

    assert fake.done.index("stop v2") < fake.done.index("prepare v3")
    assert file.read() == State(Serving("green", "v3"), previous="v1")


def test_rollback_brings_the_version_before_and_touches_no_table(
    file: StateFile, tmp_path: Path
) -> None:
    file.write(State(GREEN, previous="v1"))
    fake = Fake()

    deployment(fake, file, tmp_path).roll_back()

    assert file.read() == State(BLUE, previous="v2")
    assert not [one for one in fake.done if one.startswith(("migrate", "watch"))]


def test_rollback_without_a_version_before_is_refused(file: StateFile, tmp_path: Path) -> None:
    with pytest.raises(Refused, match="no version before"):
        deployment(Fake(), file, tmp_path).roll_back()


def test_if_the_old_version_cannot_be_brought_back_somebody_is_told(
    file: StateFile, tmp_path: Path
) -> None:
    made = deployment(Fake("watch v2", "stop v2"), file, tmp_path)

    with pytest.raises(Unrestored, match="could not be brought back"):
        made.deploy("v2")

    assert file.read().begun == GREEN  # for the next deployment to clear up


def test_every_step_is_in_the_log(file: StateFile, tmp_path: Path) -> None:
    deployment(Fake(), file, tmp_path).deploy("v2")

    lines = [json.loads(line) for line in (tmp_path / "deploy.log").read_text().splitlines()]
    assert [one["step"] for one in lines][:3] == ["prepare", "migrate", "check"]
    assert {one["version"] for one in lines} == {"v2"}


def test_two_do_not_deploy_at_once(tmp_path: Path) -> None:
    with only_one(tmp_path), pytest.raises(Busy), only_one(tmp_path):
        pass


# --- What is refused ------------------------------------------------------------------------------


def deploy(home: Path, *arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [str(settings.BASE_DIR / "deploy/scripts" / arguments[0]), *arguments[1:]],
        env={
            "PATH": os.defpath,
            "DEPLOY_HOME": str(home),
            "DEPLOY_PYTHON": sys.executable,
            **variables,
        },
        capture_output=True,
        text=True,
        check=False,
    )


def test_the_scripts_say_what_to_do(tmp_path: Path) -> None:
    without_key = deploy(tmp_path, "deploy", "v1")
    unknown = deploy(tmp_path, "deploy", "no-such-version", DEPLOY_SMOKE_KEY="k")
    dangerous = deploy(tmp_path, "deploy", "../../etc", DEPLOY_SMOKE_KEY="k")
    nothing_before = deploy(tmp_path, "rollback", DEPLOY_SMOKE_KEY="k")

    assert [one.returncode for one in (without_key, unknown, dangerous, nothing_before)] == [2] * 4
    assert "DEPLOY_SMOKE_KEY" in without_key.stderr
    assert "fetch it there first" in unknown.stderr
    assert "is no version" in dangerous.stderr
    assert "no version before" in nothing_before.stderr


def test_half_of_a_release_is_none(tmp_path: Path) -> None:
    releases = Releases(Settings(tmp_path, python="/bin/false"))

    with pytest.raises(DeployError, match="failed"):
        releases.prepare("HEAD")

    assert list((tmp_path / "releases").iterdir()) == []


# --- Migrations -----------------------------------------------------------------------------------

BEFORE = ProjectState()
BEFORE.add_model(
    ModelState(
        "shop",
        "Thing",
        [("id", models.BigAutoField(primary_key=True)), ("name", models.CharField(max_length=9))],
    )
)
ADDING = [
    migrations.CreateModel("Other", [("id", models.BigAutoField(primary_key=True))]),
    migrations.AddField("Other", "must", models.IntegerField()),
    migrations.AddField("Thing", "may", models.IntegerField(null=True)),
    migrations.AddField("Thing", "has", models.IntegerField(db_default=1)),
    migrations.AlterField("Thing", "name", models.CharField(max_length=20)),
    migrations.RunSQL("create index concurrently on shop_thing (name)"),
    migrations.RunSQL([("update shop_thing set name = %s", ["x"])]),
]
TAKING = [
    migrations.DeleteModel("Thing"),
    migrations.RemoveField("Thing", "name"),
    migrations.RenameField("Thing", "name", "title"),
    migrations.RenameModel("Thing", "Object"),
    migrations.AlterModelTable("Thing", "things"),
    migrations.AddField("Thing", "must", models.IntegerField()),
    migrations.AlterField("Thing", "name", models.CharField(max_length=5)),
    migrations.AlterField("Thing", "name", models.TextField()),
    migrations.RunSQL("alter table shop_thing drop column name"),
    migrations.RunSQL("alter table shop_thing alter column name set not null"),
    migrations.SeparateDatabaseAndState([migrations.RunSQL("DROP TABLE shop_thing")]),
]


SQL_TAKING = migrations.RunSQL("alter table users drop column email")


def migration(name: str, app: str, *operations: Operation) -> Migration:
    """Return a migration as if it stood in a file."""
    made: type[Migration] = type("Made", (Migration,), {"operations": list(operations)})
    return made(name, app)


def said(*operations: Operation) -> list[str]:
    return list(objections(migration("0002_next", "shop", *operations), BEFORE))


def test_what_only_adds_is_let_through() -> None:
    assert said(*ADDING) == []


@pytest.mark.parametrize("operation", TAKING, ids=[str(number) for number in range(len(TAKING))])
def test_what_old_code_could_not_live_with_is_named(operation: Operation) -> None:
    (objection,) = said(operation)
    assert "shop.0002_next" in objection


@pytest.mark.django_db
def test_migrate_refuses_before_it_does_anything(monkeypatch: pytest.MonkeyPatch) -> None:
    taking = migration("9999_taking", "history", SQL_TAKING)
    build = MigrationLoader.build_graph

    def with_one_more(loader: MigrationLoader) -> None:
        build(loader)
        (leaf,) = loader.graph.leaf_nodes("history")
        loader.graph.add_node(("history", taking.name), taking)
        loader.graph.add_dependency(taking, ("history", taking.name), leaf)

    monkeypatch.setattr(MigrationLoader, "build_graph", with_one_more)

    with pytest.raises(CommandError, match=r"drop column.*") as refusal:
        call_command("migrate", "--expand-only", verbosity=0)

    assert refusal.value.returncode == 3
    columns = connection.introspection.get_table_description(connection.cursor(), "users")
    assert "email" in {one.name for one in columns}


# --- A machine --------------------------------------------------------------------------------------


class Remembers:
    """A runner of programs that are there as soon as they are started."""

    def __init__(self, _: Path) -> None:
        self.done: list[str] = []

    def start(self, name: str, environment: Mapping[str, str]) -> None:
        self.done.append(f"start {name}")

    def put_behind(self, name: str) -> None:
        self.done.append(f"behind {name}")

    def bring_forward(self, name: str) -> None:
        self.done.append(f"forward {name}")

    def is_alive(self, name: str) -> bool:
        return f"start {name}" in self.done

    def ask_to_stop(self, name: str) -> None: ...
    def stop(self, name: str, seconds: float) -> None: ...


STARTED = ["start green-web", "start green-live"]
BEHIND = ["behind green-web", "behind green-live"]
FORWARD = ["forward green-web", "forward green-live"]


@pytest.fixture
def runner(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Remembers:
    """Return who starts programs on a machine; what they and nginx are told stands in its list."""
    made = Remembers(tmp_path)
    monkeypatch.setitem(machine.RUNNERS, "processes", lambda _: made)
    monkeypatch.setattr(Colour, "is_ready", lambda _: made.is_alive("green-live"))
    monkeypatch.setattr(Colour, "warm", lambda _: made.done.append("warm"))
    monkeypatch.setattr(
        edge.Edge,
        "switch",
        lambda _, colour, *, beside: made.done.append(f"nginx {colour} {beside or ''}".strip()),
    )
    return made


def test_who_answers_is_brought_forward_before_it_serves_and_who_works_is_not(
    runner: Remembers, tmp_path: Path
) -> None:
    made = machine.Machine(Settings(tmp_path, smoke_key="k"), Journal(tmp_path, "v2"))

    made.start(GREEN)
    made.switch(GREEN)
    made.take_over(GREEN, None)

    workers = ["start green-worker", "start green-batch", "start green-beat"]
    assert runner.done == [*STARTED, "warm", *FORWARD, "nginx green", *workers]


def test_a_bad_release_is_found_while_few_meet_it(
    runner: Remembers, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ports = {"blue": (8001, 9001), "green": (8002, 9002)}
    made = machine.Machine(Settings(tmp_path, smoke_key="k", ports=ports), Journal(tmp_path, "v2"))
    made.start(GREEN)
    (tmp_path / "nginx").mkdir()
    log = tmp_path / "nginx" / "access.log"
    log.write_text(line(8001, 200, 5) * 9)
    monkeypatch.setattr(
        edge.Edge,
        "switch",
        lambda *_, **__: log.write_text(log.read_text() + line(8002, 500, 5) * 5),
    )

    with pytest.raises(DeployError, match="Too many errors: 5 answers"):
        made.let_in(GREEN, BLUE)


def test_who_has_little_time_left_to_be_ready_is_brought_forward_until_it_is(
    runner: Remembers, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = Settings(tmp_path, smoke_key="k", ready_seconds=0.4)
    made = machine.Machine(settings, Journal(tmp_path, "v2"))
    monkeypatch.setattr(Colour, "is_ready", lambda _: FORWARD[-1] in runner.done)

    made.start(GREEN)

    assert runner.done == [*STARTED, *FORWARD, *BEHIND, "warm"]


def test_who_is_never_ready_is_given_up(
    runner: Remembers, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = Settings(tmp_path, smoke_key="k", ready_seconds=0.4)
    monkeypatch.setattr(Colour, "is_ready", lambda _: False)

    with pytest.raises(DeployError, match="Not ready after 0 seconds"):
        machine.Machine(settings, Journal(tmp_path, "v2")).start(GREEN)


# --- nginx ------------------------------------------------------------------------------------------


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Path]:
    """Return the folder of a machine; the nginx that was started in it is ended."""
    yield tmp_path
    if (file := tmp_path / "nginx" / "nginx.pid").exists():
        os.kill(int(file.read_text()), signal.SIGTERM)
        wait_for(lambda: not file.exists(), "nginx has ended")


@contextlib.contextmanager
def machine_with_nginx(
    home: Path,
) -> Iterator[tuple[Callable[..., None], Edge, Upstream, Upstream]]:
    """Yield what switches the nginx of a machine, what asks it, and what answers as blue and as green."""
    certificate(home)
    port = free_port()
    variables = {
        "NGINX_HTTP": f"127.0.0.1:{free_port()}",
        "NGINX_HTTPS": f"127.0.0.1:{port}",
        "NGINX_CERTIFICATE": str(home / "fullchain.pem"),
        "NGINX_CERTIFICATE_KEY": str(home / "privkey.pem"),
    }
    try:
        nginx = str(find("nginx"))
    except Missing as error:
        pytest.skip(str(error))
    with upstream() as blue, upstream() as green:
        ports = {"blue": (blue.server_address[1], 1), "green": (green.server_address[1], 1)}
        there = Settings(home, ports=ports, nginx=nginx, variables=variables)
        yield edge.Edge(there).switch, Edge(home, {}, port=port), blue, green


@pytest.mark.allow_hosts(["127.0.0.1"])
def test_once_nginx_is_switched_no_request_goes_to_the_old_colour(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(edge, "LOOK", 0.002)  # less than nginx takes from new workers to old ones
    with machine_with_nginx(home) as (switch, front, blue, green):
        switch("blue")
        front.ask("/")

        switch("green")
        for _ in range(20):
            front.ask("/")

    assert (len(blue.reached), len(green.reached)) == (1, 20)


@pytest.mark.allow_hosts(["127.0.0.1"])
def test_who_is_let_in_has_one_of_ten_requests(home: Path) -> None:
    with machine_with_nginx(home) as (switch, front, blue, green):
        switch("green", beside="blue")
        for _ in range(100):
            front.ask("/")

    assert len(blue.reached) + len(green.reached) == 100
    assert 5 <= len(green.reached) <= 15


# --- What is watched, and what is run ---------------------------------------------------------------


def line(port: int, status: int, milliseconds: int) -> str:
    said = {"endpoint": "/api", "status_code": status, "duration_ms": milliseconds}
    return json.dumps(said | {"context": {"upstream": f"127.0.0.1:1, 127.0.0.1:{port}"}}) + "\n"


def watch(folder: Path, text: str, *, is_well: bool = True) -> watching.Answers:
    file = folder / "access.log"
    file.write_text(line(8001, 500, 5) * 50)
    log = Log(file)
    with file.open("a") as out:
        out.write(text)
    return watching.watch(
        log, 8002, seconds=0, is_well=lambda: is_well, most_errors=0.01, most_milliseconds=1000
    )


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (line(8002, 200, 5) * 97 + line(8002, 502, 5) * 3, "Too many errors"),
        (line(8002, 200, 5) * 18 + line(8002, 200, 1500) * 2, "Too slow"),
    ],
    ids=["errors", "slow"],
)
def test_a_bad_release_is_seen_in_the_log(tmp_path: Path, text: str, reason: str) -> None:
    with pytest.raises(DeployError, match=reason):
        watch(tmp_path, text)


def test_another_colours_errors_and_few_of_its_own_are_no_reason(tmp_path: Path) -> None:
    text = line(8001, 500, 9000) * 50 + line(8002, 200, 5) * 30 + line(8002, 500, 5) * 2
    seen = watch(tmp_path, text + line(8002, 500, 5)[:-9])  # the last line is being written
    assert (seen.count, seen.errors) == (32, 2)


def test_a_release_is_held_to_how_the_one_before_it_did(tmp_path: Path) -> None:
    file = tmp_path / "access.log"
    file.write_text(line(8001, 200, 700) * 30 + line(8002, 200, 9000) * 30)

    usual = Log(file).before(8001)

    assert (usual.count, usual.p95_ms) == (30, 700)


@pytest.mark.allow_hosts(["127.0.0.1"])
def test_a_colour_is_ready_when_both_its_servers_answer() -> None:
    with upstream() as server:
        port = server.server_address[1]
        both = Colour(port, port, "localhost", "key").is_ready()
        web_alone = Colour(port, free_port(), "localhost", "key").is_ready()

    assert (both, web_alone) == (True, False)
    assert server.reached[0].headers["x-forwarded-proto"] == "https"


def turns(home: Path, name: str) -> int | None:
    return niceness(json.loads((home / "run" / f"{name}.json").read_text())["pid"])


def test_what_starts_under_systemd_is_put_behind_until_it_is_brought_forward(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    called: list[str] = []
    monkeypatch.setattr(runners, "run", lambda command, **_: called.append(" ".join(command[1:])))
    runner = Systemd(tmp_path)

    runner.start("blue-web", {"PROGRAM": "web"})
    runner.bring_forward("blue-web")

    unit = "omicsoracle@blue-web.service"
    assert called == [
        f"enable --quiet {unit}",
        f"restart {unit}",
        f"set-property --runtime {unit} CPUWeight=33",
        f"set-property --runtime {unit} CPUWeight=100",
    ]
    assert (tmp_path / "colours" / "blue-web").read_text() == "PROGRAM=web\n"


def check(monkeypatch: pytest.MonkeyPatch, *, busy: int) -> None:
    """Check a colour that turns away so many requests before it answers."""
    answers = iter([(503, b"")] * busy + [(200, b'{"datasets":[]}')] * 9)
    monkeypatch.setattr(Colour, "_ask", lambda *_, **__: next(answers))
    monkeypatch.setattr(Colour, "_opened", lambda _: 101)
    monkeypatch.setattr(smoke, "BETWEEN", 0)
    Colour(1, 2, "localhost", "key").check()


def test_a_colour_that_is_busy_is_asked_again(monkeypatch: pytest.MonkeyPatch) -> None:
    check(monkeypatch, busy=4)


def test_a_colour_that_stays_busy_is_not_well(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(DeployError, match="503"):
        check(monkeypatch, busy=5)


@pytest.mark.parametrize("refusal", [errno.EINVAL, errno.EROFS, errno.EACCES, errno.EAGAIN])
def test_a_kernel_that_gives_turns_in_its_own_way_stops_no_deployment(
    refusal: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise OSError(refusal, os.strerror(refusal))

    monkeypatch.setattr(Path, "write_text", refuse)
    was_done = False

    with behind():
        was_done = True

    assert was_done


def test_who_deploys_is_behind_until_it_ends() -> None:
    script = """
import os
from deploy.bluegreen.turns import behind
from tests.turns import niceness
with behind():
    print(niceness(os.getpid()), end=" ")
print(niceness(os.getpid()))
"""
    done = subprocess.run(
        [sys.executable, "-c", script],
        cwd=settings.BASE_DIR,
        capture_output=True,
        text=True,
        check=True,
        start_new_session=True,
    )

    assert done.stdout.split() in (["5", "0"], ["None", "None"])


def test_processes_outlive_who_started_them_and_end_in_good_order(tmp_path: Path) -> None:
    program = tmp_path / "release" / ".venv" / "bin" / "python"
    program.parent.mkdir(parents=True)
    program.write_text(
        '#!/bin/sh\ntrap "echo ended; exit 0" TERM\necho "$3"\nwhile :; do sleep 0.05; done\n'
    )
    program.chmod(program.stat().st_mode | stat.S_IXUSR)
    environment = {"RELEASE": str(tmp_path / "release"), "PROGRAM": "web", "PATH": os.defpath}
    first = Processes(tmp_path)
    first.start("blue-web", environment)
    at_first = turns(tmp_path, "blue-web")
    first.bring_forward("blue-web")
    later = turns(tmp_path, "blue-web")
    first.put_behind("blue-web")
    at_last = turns(tmp_path, "blue-web")
    log = tmp_path / "log" / "blue-web.log"
    wait_for(lambda: "web" in log.read_text(), "it began")

    another = Processes(tmp_path)
    was_alive = another.is_alive("blue-web")
    another.stop("blue-web", 10)

    assert was_alive
    assert (at_first, later, at_last) in {(5, 0, 5), (None, None, None)}
    assert "ended" in log.read_text()
    assert not first.is_alive("blue-web")
