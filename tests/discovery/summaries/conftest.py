from collections.abc import Iterator
from typing import Any

import pytest
from rest_framework.test import APIClient

from discovery.services import summaries
from discovery.writing import Writer
from tests.factories import ApiKeyFactory, UserFactory
from tests.fakes import openai

KEY = "sk-canary-of-the-settings"


@pytest.fixture
def model(settings: Any, valkey: Any) -> Iterator[openai.Model]:
    """Run a language model on loopback, and let summaries be written by it."""
    with openai.serve() as server:
        settings.SUMMARY_WRITER = "discovery.writing.Writer"
        settings.OPENAI_API_KEY = KEY
        settings.OPENAI_BASE_URL = server.url
        yield server
        writer = summaries.configured_writer()
        assert isinstance(writer, Writer)
        writer.close()


@pytest.fixture
def api(db: None) -> APIClient:
    """Return somebody whose tier includes summaries."""
    client = APIClient(raise_request_exception=False)
    client.credentials(HTTP_X_API_KEY=ApiKeyFactory(user=UserFactory(tier="pro")).text)
    return client
