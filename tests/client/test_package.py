"""The client is a package of its own."""

import ast
import sys
import tomllib
from pathlib import Path

from django.conf import settings

from common.version import VERSION
from omicsoracle_client import transport

CLIENT = Path(settings.BASE_DIR) / "client"
PROJECT = tomllib.loads((CLIENT / "pyproject.toml").read_text())["project"]


def imported_by(file: Path) -> set[str]:
    """Return the packages that a module imports."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.Import):
            found |= {one.name.partition(".")[0] for one in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.module
            found.add(node.module.partition(".")[0])
    return found


def test_it_needs_what_it_names_and_nothing_of_the_service() -> None:
    files = list((CLIENT / "src").rglob("*.py"))
    needed = set().union(*map(imported_by, files)) - sys.stdlib_module_names

    named = {one.partition(">")[0] for one in PROJECT["dependencies"]}
    assert needed - {"omicsoracle_client"} == named == {"httpx2", "rich", "typer"}


def test_its_version_is_the_services() -> None:
    assert PROJECT["version"] == VERSION
    assert transport.USER_AGENT.endswith(VERSION)
