"""The whole of `make run`, once, from nothing: the story is lived in a fixture, then judged."""

import json
import re
import signal
import time
from collections.abc import Callable
from dataclasses import dataclass, field

import httpx2
import psutil
import pytest
from websockets.exceptions import ConnectionClosedOK
from websockets.sync.client import ClientConnection, connect

from omicsoracle.run.example import Site
from tests.deploy.edge import edge
from tests.monitoring.programs import Missing
from tests.ports import free_port
from tests.running import Run, key_in
from tests.turns import niceness

pytestmark = pytest.mark.allow_hosts(["127.0.0.1"])


@dataclass
class Story:
    """What was seen."""

    first: str = ""
    answer: int = 0
    followed: tuple[str, int | None] = "", None
    smoke: list[str] = field(default_factory=list)
    turns: dict[str, set[tuple[int, int | None]]] = field(default_factory=dict)
    same_folder: str = ""
    same_port: str = ""
    rebirth: str = ""
    is_back: bool = False
    left_after_kill: list[psutil.Process] = field(default_factory=list)
    second: str = ""
    stop_seconds: float = 0.0
    stop_code: int = -1
    left_after_stop: list[psutil.Process] = field(default_factory=list)


def wait_while(condition: Callable[[], object], *, seconds: float) -> None:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline and condition():
        time.sleep(0.1)


def kill_the_web_server(run: Run) -> None:
    (web,) = [
        one
        for one in run.alive()
        if "omicsoracle.rsgi" in " ".join(one.cmdline()) and one.ppid() == run.process.pid
    ]
    web.kill()


def nice_of(run: Run, command: str) -> set[tuple[int, int | None]]:
    """Return how nice the processes of a command are, and their sessions."""
    return {
        (int(one.nice()), niceness(one.pid))
        for one in run.alive()
        if command in " ".join(one.cmdline())
    }


def followed(port: int, live_port: int, key: str) -> tuple[str, int | None]:
    """Send a batch job and follow it over a socket; return what is told last, and how the server closes it."""
    headers = {"X-API-Key": key}
    job = httpx2.post(
        f"http://127.0.0.1:{port}/api/v2/batch/jobs",
        headers=headers,
        json={"workflow_type": "simple_search", "queries": ["breast cancer"]},
    ).json()["id"]
    url = f"ws://127.0.0.1:{live_port}/ws/batch/{job}"
    with connect(url, additional_headers=headers) as socket:
        *_, last = (json.loads(text)["type"] for text in iter(lambda: told(socket), None))
        return last, socket.close_code


def told(socket: ClientConnection) -> str | None:
    """Return the next message; None once the server has closed."""
    try:
        return str(socket.recv(timeout=60))
    except ConnectionClosedOK:
        return None


def smoked(port: int, key: str) -> list[str]:
    """Return what deploy/scripts/smoke says when it asks as people do: over TLS, through nginx."""
    here = f"127.0.0.1:{port}"
    try:
        with edge(NGINX_WEB=here, NGINX_LIVE=here) as front:
            return front.smoke(key=key).stdout.splitlines()
    except Missing:
        return []


@pytest.fixture(scope="module")
def story(tmp_path_factory: pytest.TempPathFactory) -> Story:
    """Start, try to start beside it, kill a child, kill it all, start again, stop."""
    folder = tmp_path_factory.mktemp("run")
    port, live_port = free_port(), free_port()
    var = folder / "var"
    seen = Story()

    first = Run(var, port, folder / "first", LIVE_PORT=str(live_port))
    try:
        first.wait_for("Ready in")
        seen.first = first.said()
        key = key_in(seen.first)
        seen.answer = Site(port).search("breast cancer", key=key)[0]
        seen.followed = followed(port, live_port, key)
        seen.smoke = smoked(port, key)
        seen.turns = {name: nice_of(first, name) for name in ("omicsoracle.rsgi", "bin/postgres")}
        beside = Run(var, free_port(), folder / "beside")
        another = Run(folder / "another", port, folder / "another.txt")
        seen.same_folder, seen.same_port = beside.refusal(), another.refusal()
        kill_the_web_server(first)
        first.wait_for("it starts again")
        wait_while(lambda: not Site(port).is_ready(), seconds=30)
        seen.rebirth, seen.is_back = first.said(), Site(port).is_ready()
    finally:
        first.end(signal.SIGKILL)
    wait_while(first.alive, seconds=5)
    seen.left_after_kill = first.alive()

    second = Run(var, port, folder / "second")
    try:
        second.wait_for("Ready in")
    finally:
        stopping = time.monotonic()
        seen.stop_code = second.end(signal.SIGTERM)
        seen.stop_seconds = time.monotonic() - stopping
    seen.second = second.said()
    seen.left_after_stop = second.alive()
    return seen


def test_the_first_start_ends_with_a_ranked_answer(story: Story) -> None:
    assert re.search(r"│ +1 │ GSE\d+ ", story.first)
    assert story.answer == 200


def test_who_follows_a_job_is_told_its_end_and_sent_away(story: Story) -> None:
    assert story.followed == ("complete", 1000)


def test_it_passes_as_a_released_site_through_nginx(story: Story) -> None:
    if not story.smoke:
        pytest.skip("there is no nginx here")

    assert [line.split() for line in story.smoke] == [
        ["ok", "200", "/health/ready"],
        ["ok", "200", "/health"],
        ["ok", "200", "/"],
        ["ok", "401", "/api/v2/auth/me"],
        ["ok", "200", "/api/v2/agents/search"],
    ]


@pytest.mark.parametrize(
    "door", ["Application ", "API docs ", "Admin site ", "Demo login ", "curl -s "]
)
def test_the_doors_are_shown(story: Story, door: str) -> None:
    assert door in story.first


def test_servers_that_all_wait_for_have_their_turn_first(story: Story) -> None:
    ((web, webs_session),) = story.turns["omicsoracle.rsgi"]
    ((database, databases_session),) = story.turns["bin/postgres"]
    assert web > database
    if webs_session is not None and databases_session is not None:
        assert webs_session > databases_session


def test_a_second_run_on_one_folder_is_refused(story: Story) -> None:
    assert "already running" in story.same_folder
    assert "Traceback" not in story.same_folder


def test_a_taken_port_is_refused(story: Story) -> None:
    assert re.search(r"make run: PORT \d+ is taken", story.same_port)
    assert "Traceback" not in story.same_port


def test_a_web_server_that_is_killed_comes_back(story: Story) -> None:
    assert "web was killed by SIGKILL; it starts again" in story.rebirth
    assert story.is_back


def test_nothing_outlives_a_killed_run_for_five_seconds(story: Story) -> None:
    assert story.left_after_kill == []


def test_the_next_start_keeps_the_data_and_answers(story: Story) -> None:
    assert key_in(story.second) == key_in(story.first)
    assert re.search(r"│ +1 │ GSE\d+ ", story.second)


def test_a_run_that_is_stopped_ends_everything_and_says_so(story: Story) -> None:
    assert story.stop_code == 0
    assert story.stop_seconds < 10
    assert "Everything is stopped." in story.second
    assert "Traceback" not in story.second
    assert story.left_after_stop == []
