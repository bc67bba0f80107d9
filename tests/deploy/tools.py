"""What tests of delivery have in common: programs, documents in YAML, and what settings read."""

import re
import shutil
import subprocess
import sys
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml
from django.conf import settings

PROJECT = Path(settings.BASE_DIR)
# What is meant for others than our settings: PostgreSQL's image, boto3, the interpreter, deploy/scripts.
OTHERS = re.compile(
    r"^(POSTGRES_|GF_|AWS_|NGINX_|LOKI_URL$|POD_IP$|SITE_HOST$|DJANGO_SETTINGS_MODULE$)"
)


def program(name: str) -> str:
    """Return a program: a development requirement's, or the machine's; skip the test if there is none."""
    beside = Path(sys.executable).parent / name
    found = str(beside) if beside.exists() else shutil.which(name)
    if not found:
        pytest.skip(f"{name} is not installed")
    return found


def said(*command: str) -> tuple[int, str]:
    """Run a program in the project's folder; return its status and all that it says."""
    done = subprocess.run(command, cwd=PROJECT, capture_output=True, text=True, check=False)
    return done.returncode, done.stdout + done.stderr


def documents(path: Path) -> list[Any]:
    return [one for one in yaml.safe_load_all(path.read_text(encoding="utf-8")) if one]


@cache
def variables() -> frozenset[str]:
    """Return the names of all variables that settings, or those of backups, read."""
    files = [
        *(PROJECT / "omicsoracle" / "settings").glob("*.py"),
        PROJECT / "deploy/backup/settings.py",
    ]
    texts = "".join(file.read_text(encoding="utf-8") for file in files)
    return frozenset(re.findall(r'\benv(?:\.\w+)?\(\s*"([A-Z0-9_]+)"', texts))


def unknown(names: set[str]) -> set[str]:
    """Return the names that nobody reads; NAME_FILE is NAME."""
    known = variables()
    return {
        one
        for one in names
        if not OTHERS.match(one) and one not in known and one.removesuffix("_FILE") not in known
    }
