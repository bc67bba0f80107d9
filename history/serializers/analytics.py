"""Analytics, as JSON."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from django.utils import timezone
from rest_framework import serializers

from common.serializers import StrictSerializer
from history.analytics.paying import OfTier
from history.analytics.ranges import MOST, USUAL, Interval, Range, end_of, moved
from history.analytics.site import Site
from history.analytics.usage import Grouping, Usage

FIRST_YEAR, LAST_YEAR = 2000, 2100
# In a query string an unquoted + is a blank.
BLANK_FOR_PLUS = re.compile(r"(T[\d:.]+) (\d\d:?\d\d)$")


class Moment(serializers.DateTimeField):
    """A date, or a moment: without a time zone it is in UTC."""

    def to_internal_value(self, value: Any) -> datetime:
        moment: datetime = super().to_internal_value(BLANK_FOR_PLUS.sub(r"\1+\2", value))
        if not FIRST_YEAR <= moment.year < LAST_YEAR:
            raise serializers.ValidationError(
                f"Must lie in the years from {FIRST_YEAR} to {LAST_YEAR - 1}."
            )
        return moment.astimezone(UTC)


class Groupings(serializers.Field[Any, Any, Any, Any]):
    """One or several, with commas between them."""

    def to_internal_value(self, data: Any) -> list[Grouping]:
        try:
            return list(dict.fromkeys(Grouping(name) for name in data.split(",")))
        except ValueError:
            raise serializers.ValidationError(
                f"Name one or several of {', '.join(Grouping)}, with commas between them."
            ) from None


class AskedSerializer(StrictSerializer):
    """Of what time, how finely, and by what told apart."""

    interval = serializers.ChoiceField([*Interval], default=Interval.DAY)
    group_by = Groupings(default=list)

    def get_fields(self) -> dict[str, Any]:
        """Return the fields. One is named as Python names no attribute."""
        fields = super().get_fields()
        return {"from": Moment(required=False), "to": Moment(required=False), **fields}

    def validate(self, given: Mapping[str, Any]) -> dict[str, Any]:
        interval = Interval(given["interval"])
        end = given.get("to") or timezone.now()
        start = given.get("from") or moved(end_of(end, interval), interval, -USUAL[interval])
        if start >= end:
            raise serializers.ValidationError({"from": ["Must lie before `to`."]})
        asked = Range.over(start, end, interval)
        if len(asked) > MOST[interval]:
            raise serializers.ValidationError(
                {
                    "from": [
                        f"That is more than {MOST[interval]} {interval}s: ask for a shorter time."
                    ]
                }
            )
        return {"asked": asked, "group_by": given["group_by"]}


class TotalsSerializer(serializers.Serializer[Any]):
    """The percentiles are off by 5 % at most; without requests there are none."""

    requests = serializers.IntegerField()
    errors = serializers.IntegerField(  # type: ignore[assignment]  # a field, as DRF reads it
        help_text="Answered with a status of 400 or above."
    )
    p50_ms = serializers.IntegerField(allow_null=True)
    p95_ms = serializers.IntegerField(allow_null=True)


class UsagePointSerializer(TotalsSerializer):
    at = serializers.DateTimeField(help_text="When the hour, day or month begins.")


class GroupSerializer(TotalsSerializer):
    """Named by what was asked for."""

    endpoint = serializers.CharField(required=False)
    method = serializers.CharField(required=False)
    status = serializers.IntegerField(required=False)
    agent = serializers.CharField(
        required=False, allow_null=True, help_text="Null is all that asks no agent."
    )


class OwnUsageSerializer(serializers.Serializer[Any]):
    """Whole hours, days or months: `from` is where the first begins, `to` where the last ends."""

    interval = serializers.ChoiceField([*Interval])
    totals = TotalsSerializer()
    series = UsagePointSerializer(many=True)
    groups = GroupSerializer(many=True)

    def get_fields(self) -> dict[str, Any]:
        """Return the fields. One is named as Python names no attribute."""
        edges = {name: serializers.DateTimeField() for name in ("from", "to")}
        return {**edges, **super().get_fields()}


class ActiveUsersSerializer(serializers.Serializer[Any]):
    """Who made a request that was counted. Days are those of UTC that have begun."""

    dau = serializers.IntegerField(help_text="On the last day.")
    mau = serializers.IntegerField(help_text="In the 30 days that end with it.")
    average_dau = serializers.FloatField(allow_null=True, help_text="The mean over the days.")
    in_range = serializers.IntegerField(help_text="In all the days.")


class DaySerializer(serializers.Serializer[Any]):
    at = serializers.DateTimeField()
    active_users = serializers.IntegerField()
    registrations = serializers.IntegerField()


class QuestionsSerializer(serializers.Serializer[Any]):
    """Requests to agents and workflows."""

    total = serializers.IntegerField()
    per_active_user = serializers.FloatField(allow_null=True)


class TierSerializer(serializers.Serializer[Any]):
    """What a tier brings, in dollars, at today's price; without a price nobody knows."""

    tier = serializers.CharField()
    monthly_price = serializers.FloatField(allow_null=True)
    accounts_at_start = serializers.IntegerField()
    accounts_at_end = serializers.IntegerField()
    monthly_revenue = serializers.FloatField(
        allow_null=True, help_text="Of a month, by the accounts at the end."
    )
    revenue = serializers.FloatField(
        allow_null=True, help_text="The price, for as much of each month as accounts were on it."
    )


class ConversionSerializer(serializers.Serializer[Any]):
    """Of those who were free at first, how many came to pay."""

    converted = serializers.IntegerField()
    free = serializers.IntegerField()
    rate = serializers.FloatField(allow_null=True)


class ChurnSerializer(serializers.Serializer[Any]):
    """Of those who paid at first, how many did not at the end."""

    lost = serializers.IntegerField()
    paying = serializers.IntegerField()
    rate = serializers.FloatField(allow_null=True)


class SiteUsageSerializer(OwnUsageSerializer):
    """What all users used, who they were, and what they pay: docs/analytics.md defines each figure."""

    active_users = ActiveUsersSerializer()
    days = DaySerializer(many=True)
    registrations = serializers.IntegerField()
    accounts = serializers.IntegerField(help_text="At the end of the range, or now.")
    queries = QuestionsSerializer()
    revenue_by_tier = TierSerializer(many=True)
    conversion = ConversionSerializer()
    churn = ChurnSerializer()


def usage_document(usage: Usage) -> dict[str, Any]:
    """Return the answer that `OwnUsageSerializer` describes: its points are too many for a serializer."""
    return {
        "from": usage.asked.start,
        "to": usage.asked.end,
        "interval": usage.asked.interval,
        "totals": usage.totals.told(),
        "series": [{"at": _told(at), **tally.told()} for at, tally in usage.series],
        "groups": [{**name, **tally.told()} for name, tally in usage.groups],
    }


def _told(at: datetime) -> str:
    """Return a moment of UTC as the renderer would: there are many."""
    return at.isoformat().replace("+00:00", "Z")


def site_document(site: Site) -> dict[str, Any]:
    """Return the answer that `SiteUsageSerializer` describes."""
    people, conversion, churn = site.people, site.conversion, site.churn
    return {
        **usage_document(site.usage),
        "active_users": {
            "dau": people.on_the_last_day,
            "mau": people.in_a_month,
            "average_dau": people.on_a_day,
            "in_range": people.in_range,
        },
        "days": people.days,
        "registrations": site.registrations,
        "accounts": site.accounts_at_end,
        "queries": {"total": site.questions, "per_active_user": site.questions_a_user},
        "revenue_by_tier": [_tier(one) for one in site.tiers],
        "conversion": {
            "converted": conversion.part,
            "free": conversion.whole,
            "rate": conversion.rate,
        },
        "churn": {"lost": churn.part, "paying": churn.whole, "rate": churn.rate},
    }


def _tier(one: OfTier) -> dict[str, Any]:
    return {
        "tier": one.tier,
        "monthly_price": _dollars(one.monthly_price),
        "accounts_at_start": one.at_start,
        "accounts_at_end": one.at_end,
        "monthly_revenue": _dollars(one.monthly_revenue),
        "revenue": _dollars(one.revenue),
    }


def _dollars(amount: Decimal | None) -> float | None:
    return None if amount is None else float(amount)
