import re
from contextlib import closing

import pytest
from django.test import Client

from common.error_kinds import KINDS

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("path", ["/", "/docs", "/redoc", "/docs/errors", "/admin/login/"])
def test_pages_are_public(path: str, client: Client) -> None:
    answer = client.get(path)

    assert answer.status_code == 200
    assert answer["Content-Type"].startswith("text/html")


@pytest.mark.parametrize("path", ["/", "/docs", "/redoc", "/docs/errors"])
def test_pages_bring_nothing_from_elsewhere_and_run_nothing_inline(
    path: str, client: Client
) -> None:
    page = client.get(path).text

    assert re.findall(r'(?:src|href)="https?://', page) == []
    assert re.findall(r"<script(?![^>]*\bsrc=)[^>]*>", page) == []
    assert re.findall(r"\son\w+=", page) == []


@pytest.mark.parametrize("path", ["/docs", "/redoc", "/"])
def test_what_a_page_needs_is_served(path: str, client: Client) -> None:
    needed = re.findall(r'(?:src|href)="(/static/[^"]+)"', client.get(path).text)

    assert needed
    for one in needed:
        with closing(client.get(one)) as answer:
            assert answer.status_code == 200


def test_the_schema_is_openapi_3_1_of_this_version(client: Client) -> None:
    schema = client.get("/api/schema", {"format": "json"}).json()

    assert schema["openapi"] == "3.1.0"
    assert schema["info"]["version"] == "2.1.0"
    assert {"/api/v2/agents/search", "/api/v2/agents/query", "/api/v2/datasets/{geo_id}"} <= set(
        schema["paths"]
    )


def test_the_schema_needs_no_credential_and_takes_a_wrong_one(client: Client) -> None:
    assert client.get("/api/schema", headers={"X-API-Key": "oo_wrong"}).status_code == 200


def test_every_code_of_an_error_is_explained_where_its_type_leads(client: Client) -> None:
    page = client.get("/docs/errors").text

    assert all(f'id="{code}"' in page for code in KINDS)
