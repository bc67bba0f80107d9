"""On what figures were measured."""

import platform
import subprocess

from django.conf import settings


def commit_and_machine() -> str:
    """Return the commit, the version of Python and the kind of machine."""
    commit = subprocess.run(
        ["git", "rev-parse", "--short", "HEAD"],  # noqa: S607
        capture_output=True,
        text=True,
        check=False,
        cwd=settings.BASE_DIR,
    )
    known = commit.stdout.strip() or "unknown"
    return f"Commit {known}, Python {platform.python_version()}, {platform.machine()}"
