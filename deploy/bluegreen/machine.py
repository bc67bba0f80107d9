"""One machine as a platform to deploy on."""

import time
from collections.abc import Callable
from pathlib import Path

from deploy.bluegreen import watching
from deploy.bluegreen.edge import Edge
from deploy.bluegreen.errors import DeployError, Refused
from deploy.bluegreen.journal import Journal
from deploy.bluegreen.releases import Releases
from deploy.bluegreen.runners import Processes, Runner, Systemd
from deploy.bluegreen.settings import Settings
from deploy.bluegreen.smoke import Colour
from deploy.bluegreen.state import Serving
from deploy.bluegreen.watching import Log

ANSWERING = ("web", "live")
WORKING = ("worker", "batch")
RUNNERS: dict[str, Callable[[Path], Runner]] = {"systemd": Systemd, "processes": Processes}
LOOK = 0.2
SETTLE_SECONDS = 5.0  # that new workers are looked at before the old ones end
STOP_SECONDS = 10.0  # that who answers has, when nobody asks any more
LEASE_SECONDS = 60.0  # that who works has for what it holds
HURRY_SECONDS = 10.0
PATIENT = 3 / 4  # of the time in which it has to be ready: so long a start stays behind


class Machine:
    """Releases, programs and nginx of one machine."""

    def __init__(self, settings: Settings, journal: Journal) -> None:
        if not settings.smoke_key:
            raise Refused(
                "Set DEPLOY_SMOKE_KEY to an API key with which a release may be asked a question."
            )
        self._settings, self._journal = settings, journal
        self._releases = Releases(settings)
        if settings.runner not in RUNNERS:
            raise Refused(f"DEPLOY_RUNNER may be {' or '.join(RUNNERS)}.")
        self._runner = RUNNERS[settings.runner](settings.home)
        self._edge = Edge(settings)
        self._log = Log(self._edge.log)

    def prepare(self, version: str) -> None:
        self._releases.prepare(version)

    def migrate(self, version: str, *, expand_only: bool) -> None:
        self._releases.migrate(version, expand_only=expand_only)

    def start(self, target: Serving) -> None:
        """Start who answers, unless it runs, and wait until it is ready; what serves comes first meanwhile.

        :raises DeployError: if it ends, or is not ready in time
        """
        if all(self._runner.is_alive(_name(target, one)) for one in ANSWERING):
            return
        for program in ANSWERING:
            self._start(target, program)
        patient = PATIENT * self._settings.ready_seconds
        if not self._is_ready_within(target, patient):
            self._bring_forward(target)  # on a machine that is full, a start must end, too
            if not self._is_ready_within(target, self._settings.ready_seconds - patient):
                raise DeployError(f"Not ready after {self._settings.ready_seconds:.0f} seconds.")
            self._put_behind(target)
        self._colour(target).warm()

    def check(self, target: Serving) -> None:
        self._colour(target).check()

    def let_in(self, target: Serving, before: Serving) -> None:
        """Have one of ten requests go to it, and look on: few people meet a bad release, or one that is still cold.

        :raises DeployError: if it fails too often, or is too slow
        """
        self._turn_to(target, beside=before.colour)
        self._look_on(target, before, seconds=self._settings.let_in_seconds)

    def switch(self, target: Serving) -> None:
        self._turn_to(target)

    def watch(self, target: Serving, before: Serving | None) -> None:
        """Look on while people use it.

        :raises DeployError: if it fails too often, or is too slow
        """
        self._look_on(target, before, seconds=self._settings.watch_seconds)

    def take_over(self, target: Serving, before: Serving | None) -> None:
        """Start workers, then let the others end what they hold; of beat there is one at a time.

        They stay behind those who answer.

        :raises DeployError: if the new ones end at once
        """
        for program in WORKING:
            self._start(target, program)
        if before:
            self._look_at(target, WORKING)
            for program in (*WORKING, "beat"):
                self._runner.ask_to_stop(_name(before, program))
            for program in (*WORKING, "beat"):
                self._runner.stop(_name(before, program), LEASE_SECONDS)
        self._start(target, "beat")

    def drain(self, *, in_a_hurry: bool = False) -> None:
        """Wait for the requests and sockets that nginx's old workers still have."""
        most = HURRY_SECONDS if in_a_hurry else self._settings.drain_seconds
        until = time.monotonic() + most
        while self._edge.is_draining() and time.monotonic() < until:
            time.sleep(LOOK)

    def stop(self, target: Serving) -> None:
        for program in (*WORKING, "beat", *ANSWERING):
            self._runner.ask_to_stop(_name(target, program))
        for program in (*WORKING, "beat", *ANSWERING):
            self._runner.stop(_name(target, program), STOP_SECONDS)

    def prune(self, kept: list[str]) -> None:
        self._releases.prune(kept)

    def _start(self, target: Serving, program: str) -> None:
        name = _name(target, program)
        if not self._runner.is_alive(name):
            environment = self._settings.environment(target.colour, target.version)
            self._runner.start(name, environment | {"PROGRAM": program})

    def _turn_to(self, target: Serving, *, beside: str | None = None) -> None:
        self._bring_forward(target)
        self._log = Log(self._edge.log)
        self._edge.switch(target.colour, beside=beside)

    def _put_behind(self, target: Serving) -> None:
        for program in ANSWERING:
            self._runner.put_behind(_name(target, program))

    def _bring_forward(self, target: Serving) -> None:
        for program in ANSWERING:
            self._runner.bring_forward(_name(target, program))

    def _is_ready_within(self, target: Serving, seconds: float) -> bool:
        until = time.monotonic() + seconds
        while not (is_ready := self._colour(target).is_ready()):
            self._require_life(target, ANSWERING)
            if time.monotonic() > until:
                break
            time.sleep(LOOK)
        return is_ready

    def _look_on(self, target: Serving, before: Serving | None, *, seconds: float) -> None:
        web, _ = self._settings.ports[target.colour]
        most = self._settings.most_milliseconds
        if before:
            usual = self._log.before(self._settings.ports[before.colour][0])
            most = max(most, watching.SLOWER * usual.p95_ms)
        seen = watching.watch(
            self._log,
            web,
            seconds=seconds,
            is_well=lambda: self._is_well(target),
            most_errors=self._settings.most_errors,
            most_milliseconds=most,
        )
        self._journal.say("watch", f"{seen}")

    def _look_at(self, target: Serving, programs: tuple[str, ...]) -> None:
        until = time.monotonic() + SETTLE_SECONDS
        while time.monotonic() < until:
            self._require_life(target, programs)
            time.sleep(LOOK)

    def _require_life(self, target: Serving, programs: tuple[str, ...]) -> None:
        for program in programs:
            if not self._runner.is_alive(_name(target, program)):
                raise DeployError(f"{_name(target, program)} has ended: see its log.")

    def _is_well(self, target: Serving) -> bool:
        alive = all(self._runner.is_alive(_name(target, one)) for one in ANSWERING)
        return alive and self._colour(target).is_ready()

    def _colour(self, target: Serving) -> Colour:
        web, live = self._settings.ports[target.colour]
        return Colour(web, live, self._settings.host, self._settings.smoke_key)


def _name(target: Serving, program: str) -> str:
    return f"{target.colour}-{program}"
