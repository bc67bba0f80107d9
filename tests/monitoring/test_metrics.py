"""What Prometheus reads, and who else may."""

import pytest
from django.conf import LazySettings
from django.test import Client
from prometheus_client.parser import text_string_to_metric_families

from caching import process
from caching.keys import Key
from caching.services import Rendered, remember

pytestmark = pytest.mark.django_db
TOKEN = "a-token-for-metrics"


def samples(text: str) -> dict[tuple[str, ...], float]:
    return {
        (one.name, *one.labels.values()): one.value
        for family in text_string_to_metric_families(text)
        for one in family.samples
    }


def test_the_cache_tells_what_happened_and_what_it_holds(client: Client) -> None:
    for _ in range(3):
        remember(Key("geo:query", "x"), lambda: Rendered(b"{}"))
    process.here().report()

    told = samples(client.get("/metrics").text)

    assert told["omicsoracle_cache_hits_total", "l1", "geo:query"] == 2
    assert told["omicsoracle_cache_misses_total", "l3", "geo:query"] == 1
    assert told["omicsoracle_cache_entries", "l3"] == 1
    assert told["omicsoracle_cache_up", "l2"] == 1


@pytest.mark.parametrize(
    ("token", "sent", "address", "status"),
    [
        ("", "", "127.0.0.1", 200),
        ("", "", "192.0.2.1", 401),
        ("", "Bearer ", "192.0.2.1", 401),
        (TOKEN, "", "127.0.0.1", 401),
        (TOKEN, f"Bearer {TOKEN}", "192.0.2.1", 200),
        (TOKEN, f"Bearer {TOKEN}x", "192.0.2.1", 401),
        (TOKEN, "Bearer é", "127.0.0.1", 401),
    ],
)
def test_only_who_has_the_token_reads_them_or_this_machine_if_there_is_none(
    client: Client, settings: LazySettings, token: str, sent: str, address: str, status: int
) -> None:
    settings.METRICS_TOKEN = token

    answer = client.get("/metrics", headers={"Authorization": sent}, REMOTE_ADDR=address)

    assert answer.status_code == status
    assert (b"omicsoracle_cache" in answer.content) == (status == 200)


def test_a_forged_address_is_not_this_machine(client: Client) -> None:
    headers = {"X-Forwarded-For": "127.0.0.1"}

    answer = client.get("/metrics", headers=headers, REMOTE_ADDR="192.0.2.1")

    assert answer.status_code == 401
