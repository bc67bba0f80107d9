"""Workflows: what may be asked, and what comes of them."""

from collections.abc import Mapping
from typing import Any

from rest_framework import serializers

from discovery.models import WorkflowStatus
from discovery.serializers.agents import BesideRecord, QualitySerializer
from discovery.serializers.reports import (
    ReportOrderSerializer,
    ReportSummarySerializer,
    scope_of,
    style_of,
)
from discovery.services.workflows import Order, Type


class OrderSerializer(ReportOrderSerializer):
    """A workflow: `background` answers at once, and the result is read at `Location`."""

    workflow_type = serializers.ChoiceField(
        choices=[one.value for one in Type], default=Type.FULL_ANALYSIS.value
    )
    background = serializers.BooleanField(default=False)


def order_of(valid: Mapping[str, Any]) -> Order:
    """Return what a valid body wants done."""
    return Order(Type(valid["workflow_type"]), scope_of(valid), style_of(valid))


class ChosenSerializer(BesideRecord):
    """A series of a workflow; `relevance_score` is null unless it answers a question.

    The context's `verdicts` are by accession.
    """

    relevance_score = serializers.FloatField(min_value=0, max_value=1, allow_null=True)
    match_reasons = serializers.ListField(child=serializers.CharField(), source="reasons")
    quality_score = serializers.FloatField(min_value=0, max_value=1)
    quality = serializers.SerializerMethodField()

    def get_quality(self, chosen: Any) -> dict[str, Any] | None:
        verdict = (self.context.get("verdicts") or {}).get(chosen.dataset.accession)
        return None if verdict is None else dict(QualitySerializer(verdict).data)


class StageResultSerializer(serializers.Serializer[Any]):
    stage = serializers.CharField()
    agent_name = serializers.CharField()
    success = serializers.BooleanField()
    execution_time_ms = serializers.IntegerField()
    error = serializers.CharField(allow_null=True)


class WorkflowSerializer(serializers.Serializer[Any]):
    """A workflow. While it runs, what is not known yet is empty, and `progress` says how far it is."""

    workflow_id = serializers.UUIDField()
    workflow_type = serializers.CharField()
    query = serializers.CharField(allow_null=True)
    status = serializers.ChoiceField(choices=WorkflowStatus.choices)
    progress = serializers.IntegerField(min_value=0, max_value=100)
    stage_results = StageResultSerializer(many=True)
    total_datasets_found = serializers.IntegerField()
    total_datasets_analyzed = serializers.IntegerField()
    high_quality_datasets = serializers.IntegerField()
    datasets = ChosenSerializer(many=True)
    not_found = serializers.ListField(child=serializers.CharField())
    notices = serializers.ListField(child=serializers.CharField())
    final_report = serializers.CharField(allow_null=True)
    report_title = serializers.CharField(allow_null=True)
    report = ReportSummarySerializer(allow_null=True)
    error = serializers.CharField(allow_null=True)
    execution_time_ms = serializers.IntegerField()
    created_at = serializers.DateTimeField()
    started_at = serializers.DateTimeField(allow_null=True)
    completed_at = serializers.DateTimeField(allow_null=True)
