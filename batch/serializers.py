"""Jobs, as JSON: API.md §5."""

from collections.abc import Mapping
from typing import Any

import orjson
from django.conf import settings
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from batch import addresses
from batch.addresses import NotAllowed
from batch.models import BatchJob, Delivery
from batch.services.submission import Submission
from batch.states import ItemState, JobState
from common.serializers import StrictSerializer
from common.text import PlainText
from discovery.serializers import OrderSerializer
from discovery.serializers.agents import LONGEST_QUESTION
from discovery.serializers.workflows import WorkflowSerializer
from discovery.services.workflows import Type

LARGEST_METADATA = 16_384  # bytes
LONGEST_URL = 2_000


class ParametersSerializer(OrderSerializer):
    """What all queries of a job have in common: as in `workflows/execute`."""

    query = None  # type: ignore[assignment]
    dataset_ids = None  # type: ignore[assignment]
    workflow_type = None  # type: ignore[assignment]
    background = None  # type: ignore[assignment]

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        return attrs


class WebhookField(PlainText):
    """Where a message goes in the end: an address that we may connect to."""

    def __init__(self, **kwargs: Any) -> None:
        said: dict[str, Any] = {
            "max_length": LONGEST_URL,
            "required": False,
            "allow_blank": True,
            "allow_null": True,
            "help_text": "Where a signed message goes once the job has ended: docs/batch.md.",
        }
        super().__init__(**said | kwargs)

    def to_internal_value(self, data: Any) -> str:
        url: str = super().to_internal_value(data)
        try:
            target = addresses.parse(url) if url else None
            if target and not settings.WEBHOOKS_TO_PRIVATE_ADDRESSES:
                addresses.refuse_literal(target)
        except NotAllowed as reason:
            raise serializers.ValidationError(str(reason)) from reason
        return url


class WorkflowOrderSerializer(OrderSerializer):
    """A workflow, as `workflows/execute` takes it."""

    webhook_url = WebhookField(
        help_text="Where a signed message goes in the end; in the background only."
    )

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if attrs.get("webhook_url") and not attrs["background"]:
            raise serializers.ValidationError(
                {
                    "webhook_url": [
                        "Only a workflow in the background (background: true) tells of its end."
                    ]
                }
            )
        return super().validate(attrs)


class SubmissionSerializer(StrictSerializer):
    """A job.

    With a body of `text/plain` (a question a line) or `text/csv` (the column `query`) the other
    fields are query parameters; in a form, `file` is such a file.
    """

    workflow_type = serializers.ChoiceField(choices=[one.value for one in Type])
    queries = serializers.ListField(
        child=PlainText(min_length=1, max_length=LONGEST_QUESTION),
        min_length=1,
        help_text="As many as the tier includes.",
    )
    parameters = ParametersSerializer(required=False)
    metadata = serializers.DictField(
        required=False, help_text=f"Anything of yours, up to {LARGEST_METADATA:,} bytes as JSON."
    )
    webhook_url = WebhookField()

    def validate_metadata(self, metadata: dict[str, Any]) -> dict[str, Any]:
        if len(orjson.dumps(metadata)) > LARGEST_METADATA:
            raise serializers.ValidationError(f"At most {LARGEST_METADATA:,} bytes as JSON.")
        return metadata


def submission_of(data: Any) -> Submission:
    """Return what a body sends.

    :raises serializers.ValidationError: if it is not valid
    """
    body = SubmissionSerializer(data=data)
    body.is_valid(raise_exception=True)
    kept: Mapping[str, Any] = body.data  # dates and the like as text
    parameters = kept.get("parameters") or _no_parameters()
    return Submission(
        workflow_type=kept["workflow_type"],
        queries=list(kept["queries"]),
        parameters=dict(parameters),
        metadata=dict(kept.get("metadata", {})),
        webhook_url=kept.get("webhook_url") or "",
    )


def _no_parameters() -> Mapping[str, Any]:
    body = ParametersSerializer(data={})
    body.is_valid(raise_exception=True)
    return body.data


class LinksSerializer(serializers.Serializer[Any]):
    self = serializers.CharField()
    results = serializers.CharField()
    cancel = serializers.CharField()
    retry = serializers.CharField()
    deliveries = serializers.CharField()


class BatchJobSerializer(serializers.ModelSerializer[BatchJob]):
    status = serializers.ChoiceField(choices=[one.value for one in JobState])
    progress = serializers.SerializerMethodField()
    webhook_url = serializers.SerializerMethodField()
    error_message = serializers.SerializerMethodField()
    links = serializers.SerializerMethodField()

    class Meta:
        model = BatchJob
        fields = [
            "id",
            "status",
            "workflow_type",
            "total_tasks",
            "completed_tasks",
            "failed_tasks",
            "cancelled_tasks",
            "progress",
            "parameters",
            "metadata",
            "webhook_url",
            "created_at",
            "started_at",
            "completed_at",
            "error_message",
            "links",
        ]
        read_only_fields = fields

    @extend_schema_field({"type": "number", "minimum": 0, "maximum": 100})
    def get_progress(self, job: BatchJob) -> float:
        return round(job.percent, 2)

    @extend_schema_field({"type": ["string", "null"]})
    def get_webhook_url(self, job: BatchJob) -> str | None:
        return job.webhook_url or None

    @extend_schema_field({"type": ["string", "null"]})
    def get_error_message(self, job: BatchJob) -> str | None:
        return job.error_message or None

    @extend_schema_field(LinksSerializer)
    def get_links(self, job: BatchJob) -> dict[str, str]:
        path = f"/api/v2/batch/jobs/{job.pk}"
        return {
            "self": path,
            "results": f"{path}/results",
            "cancel": path,
            "retry": f"{path}/retry",
            "deliveries": f"{path}/deliveries",
        }


class StatusParameterSerializer(StrictSerializer):
    status = serializers.ChoiceField(choices=[one.value for one in JobState], required=False)


class FormatParameterSerializer(StrictSerializer):
    format = serializers.ChoiceField(
        choices=["json", "array", "ndjson", "csv"],
        default="json",
        help_text="json: in pages; array (one array of JSON), ndjson and csv: all of it, as a stream.",
    )


class ResultSerializer(serializers.Serializer[Any]):
    """What came of one query."""

    index = serializers.IntegerField(help_text="Its place in what was sent, from 0.")
    query = serializers.CharField()
    status = serializers.ChoiceField(choices=[one.value for one in ItemState])
    attempts = serializers.IntegerField()
    result = WorkflowSerializer(allow_null=True)
    error = serializers.CharField(allow_null=True)
    error_code = serializers.CharField(allow_null=True)


class DeliverySerializer(serializers.ModelSerializer[Delivery]):
    status = serializers.ChoiceField(choices=["pending", "delivered", "failed"])

    class Meta:
        model = Delivery
        fields = [
            "id",
            "event",
            "url",
            "status",
            "attempts",
            "response_status",
            "error",
            "created_at",
            "next_at",
            "delivered_at",
        ]
        read_only_fields = fields


class WebhookSecretSerializer(serializers.Serializer[Any]):
    """The secret of Standard Webhooks. After a rotation the one before signs besides for a day."""

    secret = serializers.CharField()
    rotated_at = serializers.DateTimeField(allow_null=True)
