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

from accounts.models import User
from omicsoracle.wsgi import application
from tests.factories import UserFactory, access_token

schema = schemathesis.openapi.from_wsgi("/api/schema?format=json", application)
# Made-up requests of each operation.
EXAMPLES = 40 if settings.get_current_profile_name() == "thorough" else 8


@pytest.fixture
def admin(db: None) -> Iterator[User]:
    """Return somebody who may do all. The test's transaction outlives each request."""
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    yield UserFactory.create(is_staff=True, is_superuser=True)
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)


@schema.parametrize()
@settings(max_examples=EXAMPLES, suppress_health_check=list(HealthCheck))
def test_any_request_gets_an_answer_that_the_schema_describes(
    case: "schemathesis.Case[Any]", admin: User
) -> None:
    case.headers.pop("Authorization", None)

    # A new one each time: the request before may have been the one that signs out.
    response = case.call(headers={"Authorization": f"Bearer {access_token(admin)}"})

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
