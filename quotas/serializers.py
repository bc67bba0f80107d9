"""Quotas, as JSON. A limit of null is none."""

from datetime import datetime
from typing import Any

from django.utils import timezone
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from common.text import PlainText
from quotas.models import Override
from quotas.services.usage import Quota
from quotas.tiers import OVERRIDABLE

LARGEST = 2**31 - 1
LONGEST_REASON = 500


class Number(serializers.IntegerField):
    """A whole number as JSON has them: neither "5" nor true is one."""

    def __init__(self, **options: Any) -> None:
        super().__init__(min_value=0, max_value=LARGEST, allow_null=True, **options)

    def to_internal_value(self, data: Any) -> int:
        if isinstance(data, bool) or not isinstance(data, int):
            self.fail("invalid")
        return int(super().to_internal_value(data))


class Truth(serializers.BooleanField):
    """True, false or null: "yes" and 1 are neither."""

    def to_internal_value(self, data: Any) -> bool:
        if not isinstance(data, bool):
            self.fail("invalid", input=data)
        return data


class FillingSerializer(serializers.Serializer[Any]):
    used = serializers.IntegerField()
    limit = serializers.IntegerField(allow_null=True)
    remaining = serializers.IntegerField(allow_null=True)
    reset_at = serializers.DateTimeField(allow_null=True)


class JobsSerializer(serializers.Serializer[Any]):
    used = serializers.IntegerField()
    limit = serializers.IntegerField(allow_null=True)


class EndpointSerializer(serializers.Serializer[Any]):
    endpoint = serializers.CharField()
    method = serializers.CharField()
    count = serializers.IntegerField()


class UsageSerializer(serializers.Serializer[Any]):
    """What was used."""

    tier = serializers.CharField()
    hour = FillingSerializer()
    day = FillingSerializer()
    concurrent_jobs = JobsSerializer()
    by_endpoint = EndpointSerializer(many=True)


class LimitsSerializer(serializers.Serializer[Any]):
    hour = serializers.IntegerField(allow_null=True)
    day = serializers.IntegerField(allow_null=True)
    concurrent_jobs = serializers.IntegerField(allow_null=True)
    queries_per_job = serializers.IntegerField(allow_null=True)
    ai = serializers.BooleanField()


class RemainingSerializer(serializers.Serializer[Any]):
    hour = serializers.IntegerField(allow_null=True)
    day = serializers.IntegerField(allow_null=True)
    concurrent_jobs = serializers.IntegerField(allow_null=True)


class ResetSerializer(serializers.Serializer[Any]):
    hour = serializers.DateTimeField(allow_null=True)
    day = serializers.DateTimeField(allow_null=True)


class OverrideSerializer(serializers.ModelSerializer[Override]):
    """What was set otherwise for this user; what is absent is as in the tier."""

    class Meta:
        model = Override
        fields = ["reason", "expires_at", "created_at"]
        read_only_fields = fields

    def to_representation(self, instance: Override) -> dict[str, Any]:
        return {**instance.values, **super().to_representation(instance)}


@extend_schema_field(
    {
        "type": ["object", "null"],
        "properties": {
            **{name: {"type": ["integer", "null"]} for name in OVERRIDABLE if name != "ai"},
            "ai": {"type": ["boolean", "null"]},
            "reason": {"type": "string"},
            "expires_at": {"type": ["string", "null"], "format": "date-time"},
            "created_at": {"type": "string", "format": "date-time"},
        },
        "description": "What was set otherwise for this user; what is absent is as in the tier.",
    }
)
class OverrideField(serializers.Field[Any, Any, Any, Any]):
    def to_representation(self, value: Override) -> dict[str, Any]:
        return OverrideSerializer(value).data


class QuotaSerializer(serializers.Serializer[Any]):
    """What one may use, and what is left of it."""

    tier = serializers.CharField()
    limits = LimitsSerializer()
    remaining = RemainingSerializer()
    reset_at = ResetSerializer()
    override = OverrideField(allow_null=True)


class OverrideChangeSerializer(serializers.Serializer[None]):
    """What holds in place of the tier's limits: null is unlimited, what is absent is as in the tier."""

    hour = Number(required=False)
    day = Number(required=False)
    concurrent_jobs = Number(required=False)
    queries_per_job = Number(required=False)
    ai = Truth(required=False, allow_null=True)
    expires_at = serializers.DateTimeField(required=False, allow_null=True)
    reason = PlainText(max_length=LONGEST_REASON)

    def validate_expires_at(self, moment: datetime | None) -> datetime | None:
        if moment is not None and moment <= timezone.now():
            raise serializers.ValidationError("Choose a moment that is yet to come.")
        return moment

    def validate(self, given: dict[str, Any]) -> dict[str, Any]:
        values = {name: given[name] for name in OVERRIDABLE if name in given}
        if not values:
            raise serializers.ValidationError(f"Set at least one of {', '.join(OVERRIDABLE)}.")
        return {
            "values": values,
            "reason": given["reason"],
            "expires_at": given.get("expires_at"),
        }


class ReasonSerializer(serializers.Serializer[None]):
    reason = PlainText(max_length=LONGEST_REASON, required=False, allow_blank=True, default="")


def quota_document(quota: Quota) -> dict[str, Any]:
    """Return the answer that `QuotaSerializer` describes."""
    shown = {
        "tier": quota.tier,
        "limits": quota.limits,
        "remaining": {
            "hour": quota.hour.remaining,
            "day": quota.day.remaining,
            "concurrent_jobs": quota.jobs_remaining,
        },
        "reset_at": {"hour": quota.hour.reset_at, "day": quota.day.reset_at},
        "override": quota.override,
    }
    return dict(QuotaSerializer(shown).data)


def usage_document(quota: Quota, endpoints: Any) -> dict[str, Any]:
    """Return the answer that `UsageSerializer` describes."""
    shown = {
        "tier": quota.tier,
        "hour": quota.hour,
        "day": quota.day,
        "concurrent_jobs": {"used": quota.jobs_running, "limit": quota.limits.concurrent_jobs},
        "by_endpoint": endpoints,
    }
    return dict(UsageSerializer(shown).data)
