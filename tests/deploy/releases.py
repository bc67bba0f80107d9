"""Releases of this very code, good ones and each of the bad kinds, as folders that `deploy` finds ready."""

import io
import shutil
import subprocess
import tarfile
from collections.abc import Callable
from pathlib import Path

from django.conf import settings

BEGINS_AT = 60  # requests to the API that a bad release answers well: nobody's smoke test finds it

WRAPPED = """

class Bad:
    def __init__(self, inner):
        self.inner, self.count = inner, 0

    async def __rsgi__(self, scope, protocol):
        self.count += scope.path.startswith("/api/")
        is_bad = self.count > {begins_at} and scope.path.startswith("/api/")
{act}
        await self.inner.__rsgi__(scope, protocol)

    def __rsgi_del__(self, loop):
        self.inner.__rsgi_del__(loop)


application = Bad(application)
"""
FAILS = """
        if is_bad and self.count % 3 == 0:
            protocol.response_empty(500, [])
            return
"""
IS_SLOW = """
        if is_bad:
            await __import__("asyncio").sleep(1.5)
"""
IS_NEVER_READY = """
        if scope.path == "/health/ready":
            protocol.response_empty(503, [])
            return
"""
MIGRATION = """
from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("history", "{last}")]
    operations = [migrations.RunSQL({sql!r}, migrations.RunSQL.noop)]
"""


def make(folder: Path, change: Callable[[Path], None] | None = None) -> None:
    """Make a release out of the last commit, changed as is said."""
    archive = subprocess.run(
        ["git", "archive", "HEAD"],  # noqa: S607
        cwd=settings.BASE_DIR,
        capture_output=True,
        check=True,
    ).stdout
    with tarfile.open(fileobj=io.BytesIO(archive)) as files:
        files.extractall(folder, filter="data")
    (folder / ".venv").symlink_to(settings.BASE_DIR / ".venv")
    vendor = settings.BASE_DIR / "omicsoracle" / "static" / "vendor"
    if vendor.exists():
        shutil.copytree(vendor, folder / "omicsoracle" / "static" / "vendor")
    if change:
        change(folder)


def wrapped(act: str) -> Callable[[Path], None]:
    """Return what has the web server act otherwise."""

    def change(folder: Path) -> None:
        with (folder / "omicsoracle" / "rsgi.py").open("a") as file:
            file.write(WRAPPED.format(begins_at=BEGINS_AT, act=act.strip("\n")))

    return change


def crashing(folder: Path) -> None:
    with (folder / "omicsoracle" / "rsgi.py").open("a") as file:
        file.write('\nraise RuntimeError("this release does not start")\n')


def migrating(sql: str) -> Callable[[Path], None]:
    """Return what adds a migration."""

    def change(folder: Path) -> None:
        place = folder / "history" / "migrations"
        last = max(one.stem for one in place.glob("0*.py"))
        number = int(last[:4]) + 1
        (place / f"{number:04}_drill_{len(sql)}.py").write_text(
            MIGRATION.format(last=last, sql=sql)
        )

    return change
