"""What pages cost: whose browser it is, is asked once, however many calls of the API a page makes."""

from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.models import User
from batch.models import BatchItem, BatchJob
from tests.factories import ApiKeyFactory
from tests.history.conftest import asked

pytestmark = pytest.mark.django_db
SIGNED_IN = 3  # queries: the cookie, the user, and where they are signed in


@pytest.fixture
def places(user: User) -> dict[str, str]:
    job = BatchJob.objects.create(user=user, queries=["liver"], total_tasks=1)
    BatchItem.objects.create(job=job, index=0, query="liver")
    ApiKeyFactory.create_batch(3, user=user)
    found = asked(user)
    return {"job": f"/batch/{job.pk}", "question": f"/history/{found.pk}"}


@pytest.mark.parametrize(
    ("place", "most"),
    [
        ("/batch", 4),
        ("job", 4),
        ("/history", 2),
        ("question", 3),
        ("/usage", 8),
        ("/keys", 2),
        ("/account", 3),
    ],
)
def test_a_page_asks_postgresql_little_besides_who_is_signed_in(
    browser: Client, places: dict[str, str], place: str, most: int
) -> None:
    path = places.get(place, place)
    browser.get(path)  # limits and the like are in memory from now on

    with CaptureQueriesContext(connection) as asked_for:
        page: Any = browser.get(path)

    assert page.status_code == 200
    assert len(asked_for) <= SIGNED_IN + most, "\n".join(one["sql"] for one in asked_for)
