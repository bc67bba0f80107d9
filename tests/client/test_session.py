"""The Python client against the application itself."""

from collections.abc import Iterator
from datetime import date

import pytest

from accounts.models import User
from batch.models import BatchJob
from omicsoracle_client import (
    Client,
    Conflict,
    Forbidden,
    LimitReached,
    NotAuthenticated,
    NotFound,
    NotReached,
    NotValid,
)
from omicsoracle_client.answers import NewApiKey
from omicsoracle_client.transport import Patience
from quotas.models import Override
from tests.factories import PASSWORD, access_token

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.allow_hosts(["127.0.0.1"]),
]


@pytest.fixture
def signed_in(url: str, ada: User) -> Iterator[Client]:
    with Client(url, patience=Patience(seconds=0)) as client:
        client.auth.login(ada.email, PASSWORD)
        yield client


def test_whoever_signs_in_makes_a_key_and_the_key_is_refused_once_revoked(
    url: str, signed_in: Client
) -> None:
    made = signed_in.keys.create("a notebook", scopes=["read"])

    with Client(url, api_key=made.key) as client:
        assert client.auth.me().email == "ada@example.org"
        with pytest.raises(Forbidden) as refused:  # a key must not win more than itself
            client.keys.create("another")
        signed_in.keys.revoke(made.id)
        with pytest.raises(NotAuthenticated):
            client.auth.me()

    assert refused.value.code == "scope_required"
    (kept,) = signed_in.keys.list()
    assert not isinstance(kept, NewApiKey)
    assert kept.revoked_at is not None
    signed_in.auth.logout()
    with pytest.raises(NotAuthenticated):
        signed_in.auth.me()


def test_a_session_whose_token_is_good_no_more_renews_it_and_goes_on(
    url: str, signed_in: Client
) -> None:
    session = signed_in._transport.auth
    session.access = f"{session.access[:-2]}xx"  # type: ignore[union-attr]

    assert signed_in.auth.me().email == "ada@example.org"


def test_series_are_found_read_judged_and_reported(client: Client) -> None:
    answer = client.search("breast cancer", organism="human", min_samples=20)
    best = answer.datasets[0]
    found = client.datasets.get(best.geo_id.lower())
    judged = client.validate("GSE101", "GSE999")
    report = client.report("GSE101", "GSE102", report_type="brief")
    near = client.datasets.similar("GSE101", max_results=2)

    assert best.geo_id == "GSE101"
    assert best.match_reasons
    assert answer.filters_applied == {"organism": "Homo sapiens", "min_samples": 20}
    assert (found.sample_count, found.release_date) == (80, date(2019, 5, 1))
    assert judged.not_found == ("GSE999",)
    assert 0 <= judged.validated_datasets[0].quality.score <= 1
    assert report.datasets_included == ("GSE101", "GSE102")
    assert report.title in report.full_report
    assert near.geo_id == "GSE101"
    assert "GSE101" in client.datasets.citation("GSE101")
    assert client.datasets.samples_csv("GSE101").startswith("geo_id")
    assert list(client.datasets.samples("GSE101")) == []
    assert client.datasets.downloads("GSE101").commands
    assert [one.geo_id for one in client.datasets.list(organism="mouse")] == ["GSE102"]
    assert next(client.history.list()).query_text
    assert client.usage().hour.used == 11


@pytest.mark.usefixtures("worker")
def test_a_job_is_sent_followed_and_read_to_its_end(client: Client) -> None:
    job = client.batch.submit(["breast cancer", "yeast heat shock"], metadata={"mine": 1})
    *_, last = client.batch.follow(job.id)
    results = list(client.batch.results(job.id))
    table = b"".join(client.batch.results_as(job.id, "csv")).decode()

    assert (last.status, last.completed_tasks, last.metadata) == ("completed", 2, {"mine": 1})
    assert [(one.index, one.query, one.status) for one in results] == [
        (0, "breast cancer", "completed"),
        (1, "yeast heat shock", "completed"),
    ]
    assert results[1].result is not None
    assert results[1].result["datasets"][0]["geo_id"] == "GSE103"
    assert table.startswith("index,query,status")
    with pytest.raises(Conflict):
        client.batch.cancel(job.id)


def test_the_same_key_is_the_same_job_and_a_cancelled_one_has_ended(client: Client) -> None:
    jobs = [client.batch.submit(["asthma"], idempotency_key="monday") for _ in range(2)]

    cancelled = client.batch.cancel(jobs[0].id)

    assert jobs[0].id == jobs[1].id
    assert BatchJob.objects.count() == 1
    assert (cancelled.status, cancelled.has_ended) == ("cancelled", True)


def test_a_limit_is_told_with_the_time_to_wait_and_counts_nothing(
    client: Client, ada: User
) -> None:
    Override.objects.create(user=ada, values={"hour": 2}, reason="a test")
    for _ in range(2):
        client.datasets.get("GSE101")

    with pytest.raises(LimitReached) as refused:
        client.datasets.get("GSE101")

    assert (refused.value.code, refused.value.policy) == ("rate_limited", "hour")
    assert refused.value.retry_after > 3000
    assert refused.value.request_id
    assert client.usage().hour.used == 2


def test_what_the_service_refuses_is_raised_as_what_it_is(
    client: Client, url: str, ada: User
) -> None:
    with pytest.raises(NotValid) as invalid:
        client.search("x", min_samples=9, max_samples=1)
    with pytest.raises(NotFound, match=r"GSE404.*not_found"):
        client.datasets.get("GSE404")
    with Client(url, token=access_token(ada)) as by_token:
        assert by_token.quota().limits.hour == 100
    with (
        Client(url, api_key="oo_nonsense") as stranger,
        pytest.raises(NotAuthenticated) as unknown,
    ):
        stranger.usage()

    assert "filters.min_samples" in invalid.value.errors
    assert unknown.value.code == "api_key_invalid"


def test_a_service_that_is_not_there_is_said_not_to_be_reached() -> None:
    with (
        Client("http://127.0.0.1:1", api_key="oo_x", patience=Patience(seconds=0)) as client,
        pytest.raises(NotReached, match=r"127\.0\.0\.1:1"),
    ):
        client.usage()
