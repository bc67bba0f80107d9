"""The real Prometheus and Alertmanager, with the project's configuration, and who is told of alerts.

What is changed: addresses, and times. A window or a wait of minutes is one of seconds here.
"""

import contextlib
import json
import re
import signal
import threading
import time
import urllib.parse
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import yaml
from django.conf import settings

from omicsoracle.embedded.processes import spawn, wait_until
from tests.faults.site import Site
from tests.monitoring import programs
from tests.performance.watching.platform import TOKEN
from tests.ports import free_port

DEPLOY = settings.BASE_DIR / "deploy"
SCRAPED_EVERY = "3s"
WINDOW, WAIT = "20s", "5s"  # in place of the plan's minutes, in a run that is hurried


@dataclass(slots=True)
class Receiver:
    """Who is told: each message with the time at which it came."""

    port: int
    came: list[tuple[float, str, str]] = field(default_factory=list)  # at, name, status

    def wait(self, name: str, status: str, *, since: float, seconds: float) -> float:
        """Return after how many seconds a message came.

        :raises AssertionError: if none comes
        """
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            for at, one, how in list(self.came):
                if (one, how) == (name, status) and at >= since:
                    return at - since
            time.sleep(0.2)
        raise AssertionError(f"nobody was told that {name} is {status}")


@dataclass(frozen=True, slots=True)
class Watchers:
    """Prometheus's address, and who is told."""

    port: int
    receiver: Receiver

    def query(self, expression: str) -> list[dict[str, Any]]:
        """Return what an expression gives now."""
        query = urllib.parse.urlencode({"query": expression})
        url = f"http://127.0.0.1:{self.port}/api/v1/query?{query}"
        with urllib.request.urlopen(url, timeout=30) as answer:
            found: list[dict[str, Any]] = json.load(answer)["data"]["result"]
        return found


@contextlib.contextmanager
def watching(site: Site, *, is_hurried: bool) -> Iterator[Watchers]:
    """Watch a site while the block lasts."""
    programs.find("prometheus-alertmanager")
    programs.require_templates()
    folder = site.postgres.home.var / f"watchers-{time.monotonic_ns()}"
    (folder / "rules").mkdir(parents=True)
    prometheus, alertmanager = free_port(), free_port()
    with contextlib.ExitStack() as stack:
        receiver = stack.enter_context(receiving())
        _configure(folder, site, alertmanager, receiver, is_hurried=is_hurried)
        commands = {
            "prometheus": ("prometheus", prometheus, "storage.tsdb.path"),
            "alertmanager": ("prometheus-alertmanager", alertmanager, "storage.path"),
        }
        for name, (program, port, storage) in commands.items():
            command = [
                str(programs.find(program)),
                f"--config.file={folder}/{name}.yml",
                f"--{storage}={folder}/{name}",
                f"--web.listen-address=127.0.0.1:{port}",
                *(["--cluster.listen-address="] if name == "alertmanager" else []),
            ]
            started = spawn(site.postgres.home, name, command, stop_signal=signal.SIGTERM)
            stack.callback(started.end)
            wait_until(site.postgres.home, _ready(port), started)
        yield Watchers(prometheus, receiver)


@contextlib.contextmanager
def receiving() -> Iterator[Receiver]:
    receiver = Receiver(0)

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            length = int(self.headers["Content-Length"])
            for one in json.loads(self.rfile.read(length))["alerts"]:
                receiver.came.append((time.monotonic(), one["labels"]["alertname"], one["status"]))
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    receiver.port = server.server_port
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield receiver
    finally:
        server.shutdown()
        server.server_close()


def _configure(
    folder: Path, site: Site, alertmanager: int, receiver: Receiver, *, is_hurried: bool
) -> None:
    """Write the project's own configuration with other addresses, and times."""
    (folder / "token").write_text(TOKEN)
    config = yaml.safe_load((DEPLOY / "prometheus" / "prometheus.yml").read_text())
    config["global"] |= {
        "scrape_interval": SCRAPED_EVERY,
        "scrape_timeout": SCRAPED_EVERY,
        "evaluation_interval": "2s",
    }
    (config["scrape_configs"],) = ([config["scrape_configs"][0]],)
    platform = config["scrape_configs"][0]
    platform["static_configs"] = [{"targets": [f"127.0.0.1:{site.port}"]}]
    platform["authorization"] = {"credentials_file": str(folder / "token")}
    managers = config["alerting"]["alertmanagers"]
    managers[0]["static_configs"] = [{"targets": [f"127.0.0.1:{alertmanager}"]}]
    (folder / "prometheus.yml").write_text(yaml.safe_dump(config))
    for file in (DEPLOY / "prometheus" / "rules").glob("*.yml"):
        text = file.read_text()
        if is_hurried:
            text = re.sub(r"\bfor: \w+", f"for: {WAIT}", text.replace("[5m]", f"[{WINDOW}]"))
        (folder / "rules" / file.name).write_text(text)
    manager = yaml.safe_load((DEPLOY / "alertmanager" / "alertmanager.yml").read_text())
    for route in (manager["route"], *manager["route"]["routes"]):
        route |= {"group_wait": "1s", "group_interval": "2s"}
    for one in manager["receivers"]:
        one["webhook_configs"][0]["url"] = f"http://127.0.0.1:{receiver.port}/"
    (folder / "alertmanager.yml").write_text(yaml.safe_dump(manager))


def _ready(port: int) -> Any:
    def is_ready() -> bool:
        try:
            url = f"http://127.0.0.1:{port}/-/ready"
            with urllib.request.urlopen(url, timeout=2) as answer:
                return bool(answer.status == 200)
        except OSError:
            return False

    return is_ready
