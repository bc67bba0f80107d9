"""The order of things, and what is undone when one of them fails. How each is done is the platform's."""

import contextlib
from collections.abc import Iterator
from typing import Protocol

from deploy.bluegreen.errors import DeployError, Refused, Unrestored
from deploy.bluegreen.journal import Journal
from deploy.bluegreen.state import Serving, State, StateFile


class Platform(Protocol):
    """What a deployment does to a machine. Each raises DeployError if it fails."""

    def prepare(self, version: str) -> None: ...
    def migrate(self, version: str, *, expand_only: bool) -> None: ...
    def start(self, target: Serving) -> None: ...
    def check(self, target: Serving) -> None: ...
    def let_in(self, target: Serving, before: Serving) -> None: ...
    def switch(self, target: Serving) -> None: ...
    def watch(self, target: Serving, before: Serving | None) -> None: ...
    def take_over(self, target: Serving, before: Serving | None) -> None: ...
    def drain(self, *, in_a_hurry: bool = False) -> None: ...
    def stop(self, target: Serving) -> None: ...
    def prune(self, kept: list[str]) -> None: ...


class Deployment:
    """Brings one version to serve, or leaves what serves as it is."""

    def __init__(self, platform: Platform, file: StateFile, journal: Journal) -> None:
        self._platform, self._file, self._journal = platform, file, journal
        self._state = file.read()

    def deploy(self, version: str, *, expand_only: bool = True) -> None:
        """Deploy a version.

        :param expand_only: refuse migrations that what serves now could not live with
        :raises DeployError: if it did not do; then what served before still serves
        """
        self._clear_up()
        if self._serves(version):
            return
        self._journal.say("prepare", f"{version}: its folder, packages, static files")
        self._platform.prepare(version)
        target = self._state.next(version)
        with self._undone_if_it_fails(target):
            self._migrate(target, expand_only=expand_only)
            self._bring_up(target)
            self._journal.say("watch", "errors and slowness of what passes nginx")
            self._platform.watch(target, self._state.serving)
            self._take_over(target)
        self._finish()

    def roll_back(self) -> None:
        """Let the version before this one serve again. Migrations stay: they only added.

        :raises DeployError: if there is none, or it does not do either
        """
        self._clear_up()
        if not self._state.previous:
            raise Refused("There is no version before this one: deploy one by its name.")
        if self._serves(self._state.previous):
            return
        self._platform.prepare(self._state.previous)
        target = self._state.next(self._state.previous)
        with self._undone_if_it_fails(target):
            self._bring_up(target)
            self._take_over(target)
        self._finish()

    def _serves(self, version: str) -> bool:
        is_there = self._state.serving is not None and self._state.serving.version == version
        if is_there:
            self._journal.say("done", f"{self._state.serving} serves already")
        return is_there

    def _migrate(self, target: Serving, *, expand_only: bool) -> None:
        self._journal.say("migrate", "the database, under the version that serves")
        self._platform.migrate(target.version, expand_only=expand_only)
        if self._state.serving:
            self._journal.say("check", f"{self._state.serving} on the new schema")
            self._platform.check(self._state.serving)

    def _bring_up(self, target: Serving) -> None:
        self._journal.say("start", f"{target}")
        self._platform.start(target)
        self._journal.say("check", f"{target}: ready, a page, a search, a socket")
        self._platform.check(target)
        if self._state.serving:
            self._journal.say("let in", f"one of ten requests, to {target}")
            self._platform.let_in(target, self._state.serving)
        self._journal.say("switch", f"nginx to {target}")
        self._platform.switch(target)

    def _take_over(self, target: Serving) -> None:
        self._journal.say("workers", f"those of {target} begin, the others end what they have")
        self._platform.take_over(target, self._state.serving)

    def _finish(self) -> None:
        before = self._state.serving
        self._state = self._file.write(self._state.finish())
        self._journal.say("serving", f"{self._state.serving}")
        if before:
            self._journal.say("drain", f"{before}: what it has begun")
            self._platform.drain()
            self._platform.stop(before)
        serving = self._state.serving.version if self._state.serving else ""
        self._platform.prune([serving, self._state.previous])
        self._journal.say("done", f"{self._state.serving}")

    def _clear_up(self) -> None:
        """Undo what a deployment left that was killed."""
        if self._state.begun:
            self._journal.say("clear up", f"after {self._state.begun}, which was not finished")
            self._restore(self._state.begun)

    @contextlib.contextmanager
    def _undone_if_it_fails(self, target: Serving) -> Iterator[None]:
        self._state = self._file.write(self._state.begin(target))
        try:
            yield
        except BaseException as error:
            self._journal.say("failed", f"{target}: {type(error).__name__}: {error}")
            self._restore(target)
            raise

    def _restore(self, target: Serving) -> None:
        """Let what served serve again, whatever of the target runs.

        :raises Unrestored: if that fails
        """
        before = self._state.serving
        try:
            if before:
                self._journal.say("restore", f"nginx to {before}")
                self._platform.start(before)  # as far as it does not run
                self._platform.switch(before)
                self._platform.take_over(before, None)
                self._platform.drain(in_a_hurry=True)
            self._platform.stop(target)
        except (DeployError, OSError) as error:
            raise Unrestored(f"{before} could not be brought back: {error}") from error
        self._state = self._file.write(self._state.give_up())
        self._journal.say("restored", f"{before or 'nothing'} serves")


def state_in_words(state: State) -> str:
    lines = [f"serves    {state.serving or 'nothing'}", f"before    {state.previous or 'nothing'}"]
    return "\n".join(lines + ([f"begun     {state.begun}"] if state.begun else []))
