"""What the README tells a newcomer to type is true."""

import json
import re
from pathlib import Path

import pytest
from django.conf import settings
from django.core.management import call_command, get_commands
from django.test import Client

from tests.factories import ApiKeyFactory

README = (Path(settings.BASE_DIR) / "README.md").read_text(encoding="utf-8")


@pytest.mark.django_db
def test_the_curl_line_finds_series_in_the_starter_catalogue() -> None:
    path = re.search(r"curl -s http://127.0.0.1:8000(\S+)", README)
    body = re.search(r"-d '(\{.*?\})'", README)
    assert path
    assert body
    call_command("load_starter")

    answer = Client().post(
        path[1],
        json.loads(body[1]),
        content_type="application/json",
        headers={"X-API-Key": ApiKeyFactory().text},
    )

    assert answer.status_code == 200
    assert answer.json()["total_found"] > 0


def test_every_make_target_exists() -> None:
    makefile = (Path(settings.BASE_DIR) / "Makefile").read_text(encoding="utf-8")
    named = set(re.findall(r"(?:^|`)make (\w+)", README, re.MULTILINE))

    assert {"run", "test"} <= named
    assert all(re.search(rf"^{target}:", makefile, re.MULTILINE) for target in named)


def test_every_management_command_exists() -> None:
    named = set(re.findall(r"manage\.py (\w+)", README))

    assert named
    assert named <= set(get_commands())


def test_every_file_it_links_to_exists() -> None:
    links = re.findall(r"\]\((?!https?:)([^)#]+)", README)

    assert links
    assert all((Path(settings.BASE_DIR) / link).exists() for link in links)
