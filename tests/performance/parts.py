"""A measurement in parts: those that were named, or all, each written into its own place."""

import argparse
import hashlib
import sys
import time
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from typing import Any

import psutil
from django.conf import settings

from tests import documents
from tests.performance.accounts.report import Row, markdown
from tests.performance.circumstances import commit_and_machine

# What is served to it, and whether it is to be short; rows come back.
Part = Callable[..., list[Row]]


def measure(
    parts: Mapping[str, Part],
    *,
    over: Callable[[], AbstractContextManager[Any]],
    shared_by: str,
    document: str,
    about: str | None,
    may_be_short: bool = True,
    options: Mapping[str, float] | None = None,
) -> None:
    """Measure what the command line names and print it; what is whole goes into `docs/`.

    A part is known in the document by its name, and says of which commit its figures are and how
    busy the machine was before it: parts may be measured one by one.

    :param options: numbers that the command line may give besides, which each part is told, and what
        they are if it does not
    """
    parser = argparse.ArgumentParser(description=about)
    parser.add_argument("parts", nargs="*", metavar="part", help=f"any of: {', '.join(parts)}")
    if may_be_short:
        parser.add_argument("--short", action="store_true", help="a quick look; nothing is written")
    for name, default in (options or {}).items():
        parser.add_argument(f"--{name}", type=float, default=default)
    given = parser.parse_args()
    if unknown := set(given.parts) - set(parts):
        parser.error(f"no such part: {', '.join(sorted(unknown))}")
    code = _code()
    extent = {name: value for name, value in vars(given).items() if name != "parts"}
    with over() as served:
        for name in (one for one in parts if one in given.parts or not given.parts):
            started, load = time.monotonic(), psutil.getloadavg()[0]
            figures = markdown(parts[name](served, **extent))
            if _code() != code:  # processes that are started again would not be those before
                sys.exit("The code has changed meanwhile: measure once more.")
            took = f"Measured in {time.monotonic() - started:.0f} s; load before it {load:.1f}."
            sys.stdout.write(f"{name}\n{took}\n{figures}\n")
            sys.stdout.flush()
            if not extent.get("short"):
                where = f"{commit_and_machine()}, {psutil.cpu_count()} cores, shared by {shared_by}. {took}"
                documents.put(document, name, f"{where}\n\n{figures}")


def _code() -> str:
    """Return a digest of all code of ours."""
    digest = hashlib.sha256()
    folders = (one for one in settings.BASE_DIR.iterdir() if (one / "__init__.py").exists())
    for path in sorted(file for folder in folders for file in folder.rglob("*.py")):
        digest.update(path.read_bytes())
    return digest.hexdigest()
