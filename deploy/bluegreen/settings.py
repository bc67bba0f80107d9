"""Every variable of deployments, read once from the environment and from the file `env` of its folder."""

import os
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

LINE = re.compile(r"^\s*(?:export\s+)?([A-Z][A-Z0-9_]*)\s*=\s*(.*?)\s*$")
PROJECT = Path(__file__).resolve().parent.parent.parent


@dataclass(frozen=True, slots=True)
class Settings:
    """Where releases lie, how they are started, and what is bad.

    :param home: a folder for releases, state, logs, nginx; `env` in it is the application's environment
    :param ports: of web and live, for each colour
    :param most_errors: the share of answers with 5xx from which on a release is bad
    :param most_milliseconds: the p95 that a release may have, if the one before was not slower still
    :param variables: all that was read
    """

    home: Path
    repository: Path = PROJECT
    runner: str = "processes"
    ports: dict[str, tuple[int, int]] = field(
        default_factory=lambda: {"blue": (8001, 9001), "green": (8002, 9002)}
    )
    host: str = "localhost"
    smoke_key: str = ""
    nginx: str = "nginx"
    python: str = "python3"
    ready_seconds: float = 60
    let_in_seconds: float = 5
    watch_seconds: float = 30
    drain_seconds: float = 75
    most_errors: float = 0.01
    most_milliseconds: float = 1000
    kept: int = 4
    variables: dict[str, str] = field(default_factory=dict)

    @classmethod
    def read(cls) -> Self:
        home = Path(os.environ.get("DEPLOY_HOME", "/srv/omicsoracle"))
        read = _file(home / "env") | dict(os.environ)
        hosts = read.get("ALLOWED_HOSTS", "localhost").split(",")
        return cls(
            home=home,
            repository=Path(read.get("DEPLOY_REPOSITORY", str(PROJECT))),
            runner=read.get("DEPLOY_RUNNER", "processes"),
            ports={
                colour: _ports(read.get(f"DEPLOY_{colour.upper()}_PORTS", default))
                for colour, default in (("blue", "8001 9001"), ("green", "8002 9002"))
            },
            host=hosts[0],
            smoke_key=read.get("DEPLOY_SMOKE_KEY", ""),
            nginx=read.get("DEPLOY_NGINX", "nginx"),
            python=read.get("DEPLOY_PYTHON", "python3"),
            ready_seconds=float(read.get("DEPLOY_READY_SECONDS", "60")),
            let_in_seconds=float(read.get("DEPLOY_LET_IN_SECONDS", "5")),
            watch_seconds=float(read.get("DEPLOY_WATCH_SECONDS", "30")),
            drain_seconds=float(read.get("DEPLOY_DRAIN_SECONDS", "75")),
            most_errors=float(read.get("DEPLOY_MOST_ERRORS", "0.01")),
            most_milliseconds=float(read.get("DEPLOY_MOST_MILLISECONDS", "1000")),
            kept=int(read.get("DEPLOY_KEPT", "4")),
            variables=read,
        )

    def release(self, version: str) -> Path:
        return self.home / "releases" / version

    def environment(self, colour: str, version: str) -> dict[str, str]:
        """Return all that the programs of a colour are told; the rest they read in `ENV_FILE`."""
        web, live = self.ports[colour]
        return {
            "PATH": self.variables.get("PATH", os.defpath),
            "HOME": str(self.home),
            "DJANGO_SETTINGS_MODULE": "omicsoracle.settings.production",
            "RELEASE": str(self.release(version)),
            "ENV_FILE": str(self.home / "env"),
            "VAR_DIR": self.variables.get("VAR_DIR", str(self.home / "var")),
            "PORT": str(web),
            "LIVE_PORT": str(live),
            "TRUSTED_PROXIES": "127.0.0.1",
        }


def _file(path: Path) -> dict[str, str]:
    """Read lines of NAME=value; quotes around a value are not part of it."""
    lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
    found = (LINE.match(line) for line in lines)
    return {one[1]: one[2].strip("\"'") for one in found if one}


def _ports(text: str) -> tuple[int, int]:
    web, live = text.split()
    return int(web), int(live)
