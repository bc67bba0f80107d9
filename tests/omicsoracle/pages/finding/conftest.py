"""A catalogue, somebody who looks at it in a browser, and nobody counted yet."""

from collections.abc import Iterator

import pytest
import redis
from django.test import Client

from accounts.models import User
from discovery.services import catalogue
from quotas import degraded
from quotas.services import effective
from tests.discovery.conftest import NOON, SERIES, lines_of
from tests.factories import UserFactory

HOSTILE = "<script>alert(1)</script>"
MORE: list[dict[str, object]] = [
    {
        "accession": "GSE201",
        "title": f'=HYPERLINK("x") {HOSTILE} breast cancer <b onclick="x">',
        "summary": f"Breast cancers {HOSTILE}",
        "overall_design": HOSTILE,
        "organisms": ["Homo sapiens"],
        "n_samples": 30,
        "relations": ["SubSeries of: GSE104"],
        "samples": [
            {
                "accession": f"GSM{number}",
                "title": f"biopsy {number} {HOSTILE}",
                "characteristics": [f"tissue: breast {number}"],
            }
            for number in range(1, 31)
        ],
    }
]


@pytest.fixture(autouse=True)
def _nobody_is_counted(valkey: redis.Redis) -> Iterator[None]:
    effective.memory.clear()
    degraded.shares = degraded.Shares()
    yield
    valkey.flushdb()


@pytest.fixture(autouse=True)
def _series(db: None) -> None:
    """Load a catalogue; nothing is embedded, which takes long."""
    catalogue.load(lines=lines_of([*SERIES, *MORE]), at=NOON)


@pytest.fixture
def ada(db: None) -> User:
    return UserFactory.create()


@pytest.fixture
def browser(ada: User) -> Client:
    """Ada's."""
    client = Client()
    client.force_login(ada)
    return client
