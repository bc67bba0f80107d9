"""How the business goes, as Prometheus is told."""

import pytest
from prometheus_client.core import Metric

from accounts.models import Tier
from history import metrics
from tests.factories import UserFactory

pytestmark = pytest.mark.django_db


def told() -> dict[tuple[str, ...], float]:
    found: list[Metric] = list(metrics.BusinessCollector().collect())
    return {
        (one.name, *one.labels.values()): one.value for family in found for one in family.samples
    }


@pytest.fixture(autouse=True)
def _nothing_is_known_yet() -> None:
    metrics.forget()


def test_a_tier_brings_its_price_for_each_account() -> None:
    UserFactory.create_batch(3, tier=Tier.PRO)
    UserFactory.create(tier=Tier.FREE)

    found = told()

    assert found["omicsoracle_monthly_revenue_dollars", "pro"] == 3 * 29
    assert found["omicsoracle_monthly_revenue_dollars", "free"] == 0
    assert found["omicsoracle_registrations_30_days",] == 4


def test_what_changes_slowly_is_not_asked_for_each_time(django_assert_num_queries) -> None:
    first = told()
    UserFactory.create(tier=Tier.PRO)

    with django_assert_num_queries(0):
        assert told() == first
