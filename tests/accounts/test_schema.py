from typing import Any

import pytest
from drf_spectacular.generators import SchemaGenerator


@pytest.fixture(scope="module")
def schema() -> Any:
    return SchemaGenerator().get_schema(request=None, public=True)


def test_the_schema_names_our_credentials(schema: Any) -> None:
    schemes = schema["components"]["securitySchemes"]

    assert {name: one["type"] for name, one in schemes.items()} == {
        "bearer": "http",
        "apiKey": "apiKey",
        "browserSession": "apiKey",
    }


def test_any_one_credential_is_enough(schema: Any) -> None:
    security = schema["paths"]["/api/v2/auth/me"]["get"]["security"]

    assert security == [{"bearer": []}, {"apiKey": []}, {"browserSession": []}]


def test_signing_in_needs_no_credential(schema: Any) -> None:
    assert schema["paths"]["/api/v2/auth/login"]["post"].get("security", [{}]) == [{}]


def test_the_answer_to_signing_in_is_described_whole(schema: Any) -> None:
    described = schema["components"]["schemas"]["SignedIn"]

    assert set(described["properties"]) == {"access", "refresh", "token_type", "expires_in", "user"}
