"""What containers start, and how they are told their secrets."""

import json
import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from django.conf import LazySettings, settings
from django.core.management import call_command

from omicsoracle.run import program
from omicsoracle.settings.files import Variables  # noqa: TID251 (they are what is tested)
from tests.deploy.tools import PROJECT

EVERYWHERE = "0.0.0.0"  # noqa: S104 (nothing is started)
STATIC = re.compile(r"{% static ['\"]([^'\"{]+)['\"] %}")


def test_a_secret_may_stand_in_a_file_and_the_file_wins(tmp_path: Path) -> None:
    file = tmp_path / "key"
    file.write_text("from the file\n")

    there = Variables({"KEY": "plain", "KEY_FILE": str(file), "OTHER": "plain"})

    assert (there["KEY"], there["OTHER"]) == ("from the file", "plain")


def test_an_empty_file_is_a_variable_that_is_not_set(tmp_path: Path) -> None:
    file = tmp_path / "key"
    file.write_text("\n")

    assert "KEY" not in Variables({"KEY_FILE": str(file)})


def test_production_starts_with_nothing_but_files_of_secrets(tmp_path: Path) -> None:
    make = [str(PROJECT / "deploy/scripts/make-secrets"), str(tmp_path)]
    subprocess.run(make, check=True, capture_output=True)
    files = {f"{one.name.upper()}_FILE": str(one) for one in tmp_path.iterdir()}
    environment = {
        "PATH": os.environ["PATH"],  # noqa: TID251
        "DJANGO_SETTINGS_MODULE": "omicsoracle.settings.production",
        "ENV_FILE": os.devnull,
        "ALLOWED_HOSTS": "omicsoracle.example",
        "VAR_DIR": str(tmp_path / "var"),
        **files,
    }
    asked = "import json; from django.conf import settings as s; d = s.DATABASES['default']; print(json.dumps([d['USER'], d['HOST'], s.REDIS_URL, s.EMAIL_BACKEND, len(s.JWT_SIGNING_KEYS['1'])]))"

    done = subprocess.run(
        [sys.executable, "-c", asked],
        cwd=PROJECT,
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    )

    user, host, redis_url, mail, length = json.loads(done.stdout)
    assert (user, host, length) == ("omicsoracle_app", "database", 72)
    assert redis_url == (tmp_path / "redis_url").read_text()
    assert mail.endswith("console.EmailBackend")


@pytest.mark.parametrize("name", sorted(program.PROGRAMS))
def test_a_container_listens_where_it_is_told(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    started: list[tuple[list[str], dict[str, str]]] = []
    monkeypatch.setattr(settings, "LISTEN_HOST", EVERYWHERE)
    monkeypatch.setattr(sys, "argv", ["program", name])
    monkeypatch.setattr(os, "execve", lambda _, *given: started.append(given))
    main: Callable[[], None] = program.main  # which returns here

    main()

    ((arguments, environment),) = started
    assert environment["METRICS_ROLE"] == name
    assert (EVERYWHERE in arguments) is (name in {"web", "live"})


def test_every_file_that_templates_name_has_a_name_of_its_content(
    tmp_path: Path, settings: LazySettings
) -> None:
    settings.STATIC_ROOT = tmp_path
    # As in production, but for the compression, which takes long and changes no name.
    storage = "django.contrib.staticfiles.storage.ManifestStaticFilesStorage"
    settings.STORAGES = {**settings.STORAGES, "staticfiles": {"BACKEND": storage}}

    call_command("collectstatic", interactive=False, verbosity=0)

    manifest = json.loads((tmp_path / "staticfiles.json").read_text())["paths"]
    named = {
        name
        for file in (PROJECT / "templates").rglob("*.html")
        for name in STATIC.findall(file.read_text(encoding="utf-8"))
    }
    assert named
    assert named <= set(manifest)
    assert all((tmp_path / manifest[name]).exists() for name in named)
