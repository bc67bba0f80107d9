"""What the README tells a newcomer to type is true."""

import json
import re
from pathlib import Path

import pytest
from django.conf import settings
from django.core.management import call_command
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
