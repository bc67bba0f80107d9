"""How the business goes, for Prometheus: what staff are told of the last 30 days (docs/analytics.md)."""

import time
from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal

from django.utils import timezone
from prometheus_client.core import GaugeMetricFamily, Metric

from history.analytics import site
from history.analytics.ranges import Interval, Range
from history.analytics.site import Site
from monitoring.exposition import DatabaseReader

DAYS = timedelta(days=30)
KEPT_FOR = 300.0  # seconds: it changes slowly, and takes PostgreSQL a while


class _Kept:
    """What this process found out last, and when."""

    families: tuple[Metric, ...] = ()
    until = 0.0


def forget() -> None:
    """Have it found out anew when it is asked for next."""
    _Kept.until = 0.0


class BusinessCollector(DatabaseReader):
    """Who was active, who came, who pays and who stopped; some minutes late."""

    def collect(self) -> Iterator[Metric]:
        if time.monotonic() >= _Kept.until:
            now = timezone.now()
            asked = Range.over(now - DAYS, now, Interval.DAY)
            _Kept.families = tuple(_families(site.of_site(asked=asked, group_by=(), at=now)))
            _Kept.until = time.monotonic() + KEPT_FOR
        yield from _Kept.families


def _families(told: Site) -> Iterator[Metric]:
    people = told.people
    for name, says, value in (
        (
            "active_users_today",
            "Users who asked for something today (UTC).",
            people.on_the_last_day,
        ),
        ("active_users_30_days", "Different users in 30 days.", people.in_a_month),
        ("registrations_30_days", "Accounts that were made in 30 days.", told.registrations),
        ("questions_30_days", "Questions that were asked in 30 days.", told.questions),
        ("questions_a_user", "Questions of each active user in 30 days.", told.questions_a_user),
        ("conversion_ratio", "Free accounts that came to pay in 30 days.", told.conversion.rate),
        ("churn_ratio", "Paying accounts that stopped in 30 days.", told.churn.rate),
    ):
        yield GaugeMetricFamily(f"omicsoracle_{name}", says, value=float(value or 0))
    yield _by_tier(
        "monthly_revenue_dollars",
        "What a tier brings in a month, at today's price and number of accounts.",
        {one.tier: one.monthly_revenue for one in told.tiers},
    )
    yield _by_tier(
        "revenue_30_days_dollars",
        "What a tier brought in 30 days.",
        {one.tier: one.revenue for one in told.tiers},
    )


def _by_tier(name: str, says: str, amounts: dict[str, Decimal | None]) -> Metric:
    """Return amounts of those tiers that have a price."""
    family = GaugeMetricFamily(f"omicsoracle_{name}", says, labels=["tier"])
    for tier, amount in amounts.items():
        if amount is not None:
            family.add_metric([tier], float(amount))
    return family
