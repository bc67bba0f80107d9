"""nginx: which colour it passes requests to."""

import os
import time
from collections.abc import Callable
from pathlib import Path

from deploy.bluegreen.commands import run
from deploy.bluegreen.errors import DeployError
from deploy.bluegreen.settings import PROJECT, Settings

RELOADED = 10.0  # seconds that new workers may take
LOOK = 0.1


class Edge:
    """The nginx of one machine, whose configuration is written here."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._folder = settings.home / "nginx"

    @property
    def log(self) -> Path:
        """Where it writes a line for each request."""
        return self._folder / "access.log"

    def switch(self, colour: str, *, beside: str | None = None) -> None:
        """Have all new requests go to a colour; requests under way end where they began.

        :param beside: the colour that nine of ten requests to the web server go to all the same
        :raises DeployError: if nginx refuses the configuration, or does not take it over
        """
        self._folder.mkdir(parents=True, exist_ok=True)
        wanted = self._rendered(colour, beside)
        present = self._folder / "nginx.conf"
        if self._master() and present.exists() and present.read_text() == wanted:
            return
        new = self._folder / "nginx.conf.new"
        new.write_text(wanted)
        self._run(new, "-t", "-q")
        new.replace(present)
        if self._master():
            before = self._workers()
            self._run(present, "-s", "reload")
            # The old workers are told after the new ones began, and take requests until then.
            _wait_until(
                lambda: (now := self._workers()) and now.isdisjoint(before),
                "nginx did not take over the new colour",
            )
        else:
            self._run(present)
            _wait_until(self._workers, "nginx did not start")

    def is_draining(self) -> bool:
        """Say whether workers from before the last switch still have requests or sockets."""
        return any("shutting down" in one for one in self._children().values())

    def _rendered(self, colour: str, beside: str | None) -> str:
        web, live = self._settings.ports[colour]
        where = {"NGINX_WEB": f"127.0.0.1:{web}", "NGINX_LIVE": f"127.0.0.1:{live}"}
        if beside:
            where["NGINX_WEB_BESIDE"] = f"127.0.0.1:{self._settings.ports[beside][0]}"
        # The script of the release that deploys: nginx is nobody's colour.
        return run([PROJECT / "deploy/nginx/render"], env=self._variables() | where)

    def _variables(self) -> dict[str, str]:
        given = {k: v for k, v in self._settings.variables.items() if k.startswith("NGINX_")}
        return {
            "PATH": os.defpath,
            "NGINX_PROGRAM": self._settings.nginx,
            "NGINX_STATIC": str(self._settings.home),
            "NGINX_RUN": str(self._folder),
            "NGINX_ERROR_LOG": str(self._folder / "error.log"),
            **given,
            "NGINX_ACCESS_LOG": str(self.log),  # which is read here
        }

    def _run(self, configuration: Path, *arguments: str) -> None:
        log = self._folder / "error.log"
        command: list[str | Path] = [
            self._settings.nginx,
            "-p",
            self._folder,
            "-e",
            log,
            "-c",
            configuration,
        ]
        run([*command, *arguments], seconds=30)

    def _master(self) -> int | None:
        run_folder = Path(self._variables()["NGINX_RUN"])
        try:
            pid = int((run_folder / "nginx.pid").read_text())
            os.kill(pid, 0)
        except (FileNotFoundError, ValueError, ProcessLookupError):
            return None
        return pid

    def _workers(self) -> set[int]:
        return {pid for pid, title in self._children().items() if "shutting down" not in title}

    def _children(self) -> dict[int, str]:
        """Return nginx's workers and how each calls itself."""
        master, found = self._master(), {}
        for folder in Path("/proc").iterdir():
            if folder.name.isdigit() and master:
                try:
                    parent = (folder / "stat").read_text().rpartition(")")[2].split()[1]
                    if int(parent) == master:
                        found[int(folder.name)] = (folder / "cmdline").read_text()
                except OSError:
                    continue  # it has ended
        return found


def _wait_until(is_so: Callable[[], object], otherwise: str) -> None:
    until = time.monotonic() + RELOADED
    while not is_so():
        if time.monotonic() > until:
            raise DeployError(f"{otherwise} within {RELOADED:.0f} seconds: see its error.log.")
        time.sleep(LOOK)
