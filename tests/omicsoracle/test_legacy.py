"""Version 2.0: gone, or answered to anybody for a while, and never with what is another's."""

from datetime import timedelta
from email.utils import parsedate_to_datetime
from typing import Any

import pytest
from django.conf import LazySettings
from django.test import Client
from django.utils import timezone

from accounts.models import User
from batch.models import BatchJob
from discovery.services import catalogue
from history.models import QueryHistory
from monitoring import flags
from omicsoracle import legacy
from quotas.services import effective
from tests.discovery.conftest import NOON, SERIES, lines_of
from tests.factories import ApiKeyFactory

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("valkey")]
SEARCH = "/api/v1/agents/search"
QUESTION = {"query": "breast cancer"}


@pytest.fixture
def switched_on(settings: LazySettings) -> None:
    settings.LEGACY_ANONYMOUS_ACCESS = True
    effective.memory.clear()
    catalogue.load(lines=lines_of(SERIES), at=NOON)


def post(client: Client, path: str, body: dict[str, Any], **headers: str) -> Any:
    return client.post(path, body, content_type="application/json", headers=headers)


def test_by_default_it_is_gone_and_names_its_successor(client: Client) -> None:
    said = post(client, SEARCH, QUESTION)

    assert (said.status_code, said.json()["code"]) == (410, "gone")
    assert "/api/v2/agents/search" in said.json()["detail"]


@pytest.mark.parametrize("place", ["nowhere", "users/usage", "admin/users", "history/queries"])
def test_what_it_did_not_have_is_not_found(switched_on: None, client: Client, place: str) -> None:
    assert client.get(f"/api/v1/{place}").status_code == 404


def test_a_stranger_is_answered_and_told_that_it_ends(switched_on: None, client: Client) -> None:
    said = post(client, SEARCH, QUESTION)

    assert said.status_code == 200
    assert said.json()["datasets"]
    assert said["Link"] == '</api/v2/agents/search>; rel="successor-version"'
    left = parsedate_to_datetime(said["Sunset"]) - timezone.now()
    assert timedelta(days=29) < left <= timedelta(days=30)
    assert said["Deprecation"].startswith("@")


def test_staff_end_it_for_all_servers(switched_on: None, client: Client) -> None:
    flags.switch(flags.LEGACY_ACCESS, on=False, actor=None)

    assert post(client, SEARCH, QUESTION).status_code == 410


def test_strangers_are_counted_by_address(
    switched_on: None, client: Client, settings: LazySettings
) -> None:
    settings.ANONYMOUS_REQUESTS_A_MINUTE = 2

    told = [post(client, SEARCH, QUESTION).status_code for _ in range(3)]

    assert told == [200, 200, 429]


def test_a_credential_sent_along_is_not_who_asks(switched_on: None, client: Client) -> None:
    key = ApiKeyFactory.create()

    post(client, SEARCH, QUESTION, **{"X-API-Key": key.text})

    assert {one.user.email for one in QueryHistory.objects.all()} <= {legacy.EMAIL}
    assert not QueryHistory.objects.filter(user=key.user).exists()


def test_a_job_is_made_and_found_again_below_the_old_address(
    switched_on: None, client: Client
) -> None:
    body = {"workflow_type": "simple_search", "queries": ["liver"]}

    made = post(client, "/api/v1/batch/jobs", body)
    found = client.get(made["Location"])

    assert made.status_code == 202
    assert made["Location"].endswith(f"/api/v1/batch/jobs/{made.json()['id']}")
    assert found.json()["links"]["results"].endswith(
        f"/api/v1/batch/jobs/{made.json()['id']}/results"
    )


def test_nobody_has_a_list_of_strangers_jobs(switched_on: None, client: Client) -> None:
    assert client.get("/api/v1/batch/jobs").status_code == 410


def test_two_strangers_with_one_idempotency_key_have_two_jobs(
    switched_on: None, client: Client
) -> None:
    body = {"workflow_type": "simple_search", "queries": ["liver"]}

    for _ in range(2):
        post(client, "/api/v1/batch/jobs", body, **{"Idempotency-Key": "one"})

    assert BatchJob.objects.count() == 2


def test_strangers_get_no_summaries_of_a_language_model(switched_on: None, client: Client) -> None:
    said = post(client, "/api/v1/agents/summarize", {"dataset_id": "GSE1"})

    assert (said.status_code, said.json()["code"]) == (403, "tier_required")


def test_nobody_can_sign_in_to_the_account_of_all(switched_on: None, client: Client) -> None:
    post(client, SEARCH, QUESTION)

    assert not User.objects.get(email=legacy.EMAIL).has_usable_password()
