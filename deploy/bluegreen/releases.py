"""Versions, each in a folder of its own with its packages and static files."""

import re
import shutil
from pathlib import Path

from deploy.bluegreen.commands import run
from deploy.bluegreen.errors import DeployError, Refused
from deploy.bluegreen.settings import Settings

NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")


class Releases:
    """Those of one machine."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings

    def prepare(self, version: str) -> None:
        """Make the folder of a version, whole or not at all.

        :raises Refused: if there is no such version
        """
        if not NAME.fullmatch(version):
            raise Refused(f"“{version}” is no version: give a tag or a commit, such as v2.1.0.")
        folder = self._settings.release(version)
        if folder.exists():
            return
        half = folder.with_name(f".{version}.half")
        shutil.rmtree(half, ignore_errors=True)
        half.mkdir(parents=True)
        self._unpack(version, half)
        # An environment holds its own path: it is made where it will be used.
        half.rename(folder)
        try:
            self._build(version, folder)
        except BaseException:
            shutil.rmtree(folder, ignore_errors=True)
            raise

    def migrate(self, version: str, *, expand_only: bool) -> None:
        """Bring the database to a version, as the role that owns the tables.

        :raises Refused: if what still runs could not work with it; then nothing was done
        """
        only = ["--expand-only"] if expand_only else []
        owner = self._settings.variables.get("DEPLOY_MIGRATE_DATABASE_URL")
        as_owner = {"DATABASE_URL": owner} if owner else {}
        try:
            self.manage(version, "migrate", "--noinput", *only, **as_owner)
        except DeployError as error:
            if "failed (3)" in str(error):
                raise Refused(
                    f"{error} Take it apart into two releases, or deploy with --allow-destructive."
                ) from None
            raise

    def manage(self, version: str, *arguments: str, **variables: str) -> str:
        """Run a command of Django's in a version."""
        folder = self._settings.release(version)
        environment = self._settings.environment("blue", version) | variables
        python = folder / ".venv" / "bin" / "python"
        return run([python, "manage.py", *arguments], cwd=folder, env=environment)

    def prune(self, kept: list[str]) -> None:
        """Remove what is older than is kept, but nothing that is named."""
        folders = [one for one in (self._settings.home / "releases").iterdir() if one.is_dir()]
        folders.sort(key=lambda one: one.stat().st_mtime, reverse=True)
        for folder in folders[self._settings.kept :]:
            if folder.name not in kept:
                shutil.rmtree(folder, ignore_errors=True)

    def _unpack(self, version: str, folder: Path) -> None:
        commit = f"{version}^{{commit}}"
        git = ["git", "-C", str(self._settings.repository)]
        try:
            known = run([*git, "rev-parse", "--verify", "--quiet", commit]).strip()
        except DeployError:
            raise Refused(
                f"{self._settings.repository} knows no version {version}: fetch it there first."
            ) from None
        archive = folder / "archive.tar"
        run([*git, "archive", "--output", archive, known])
        run(["tar", "-x", "-C", folder, "-f", archive])
        archive.unlink()

    def _build(self, version: str, folder: Path) -> None:
        python = self._settings.python
        run([python, "-I", "omicsoracle/run/install.py", "production"], cwd=folder)
        run([folder / ".venv/bin/python", "-I", "omicsoracle/run/assets.py"], cwd=folder)
        self.collect(version)

    def collect(self, version: str) -> None:
        """Put a version's static files beside those of the others: pages that are open still ask for them."""
        self.manage(version, "collectstatic", "--noinput", "--verbosity", "0")
        static = self._settings.home / "static"
        shutil.copytree(self._settings.release(version) / "staticfiles", static, dirs_exist_ok=True)
