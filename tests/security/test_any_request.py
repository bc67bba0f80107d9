"""Requests made from the schema itself: whatever is sent, the answer is one that it describes."""

from collections.abc import Iterator
from typing import Any

import pytest
import schemathesis
from django.core.signals import request_finished, request_started
from django.db import close_old_connections
from hypothesis import HealthCheck, settings
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from omicsoracle.wsgi import application
from tests.factories import ApiKeyFactory

schema = schemathesis.openapi.from_wsgi("/api/schema?format=json", application)
EXAMPLES = 25


@pytest.fixture
def key(db: None) -> Iterator[str]:
    """Return a key of somebody. The test's transaction outlives each request, as with Client."""
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    yield str(ApiKeyFactory().text)
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)


@schema.parametrize()
@settings(max_examples=EXAMPLES, suppress_health_check=list(HealthCheck))
def test_any_request_gets_an_answer_that_the_schema_describes(
    case: "schemathesis.Case[Any]", key: str
) -> None:
    case.headers.pop("Authorization", None)

    response = case.call(headers={"X-API-Key": key})

    # Live search of NCBI is refused as unavailable, as the contract has it.
    assert response.status_code < 500 or response.json()["code"] == "upstream_unavailable"
    case.validate_response(
        response,
        checks=[
            status_code_conformance,
            content_type_conformance,
            response_schema_conformance,
        ],
    )
