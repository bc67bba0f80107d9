"""Reports: what may be asked, and what they tell."""

from collections.abc import Mapping
from typing import Any

from rest_framework import serializers

from common.serializers import StrictSerializer
from common.text import PlainText
from discovery.reports import Format, Kind
from discovery.serializers.agents import (
    LONGEST_ACCESSION,
    LONGEST_QUESTION,
    MOST_RESULTS,
    FiltersSerializer,
    filters_of,
)
from discovery.services.reports import Style
from discovery.services.selection import Scope

DEFAULT_RESULTS = 20


class ReportOrderSerializer(StrictSerializer):
    """Send `dataset_ids`, or a `query` whose best answers are taken. With both, the query is the title."""

    query = PlainText(
        min_length=1,
        max_length=LONGEST_QUESTION,
        required=False,
        help_text="A question, whose best answers the report is about; or send `dataset_ids`.",
    )
    dataset_ids = serializers.ListField(
        child=PlainText(min_length=1, max_length=LONGEST_ACCESSION),
        min_length=1,
        max_length=MOST_RESULTS,
        required=False,
        help_text="Accessions of the series that the report is about, such as GSE2034.",
    )
    filters = FiltersSerializer(required=False, help_text="Narrow the answers to `query`.")
    max_results = serializers.IntegerField(
        min_value=1,
        max_value=MOST_RESULTS,
        default=DEFAULT_RESULTS,
        help_text="So many answers to `query` at most.",
    )
    report_type = serializers.ChoiceField(
        choices=[kind.value for kind in Kind],
        default=Kind.COMPREHENSIVE.value,
        help_text="For whom it is, and how long.",
    )
    report_format = serializers.ChoiceField(
        choices=[form.value for form in Format],
        default=Format.MARKDOWN.value,
        help_text="The form of `full_report`.",
    )
    include_recommendations = serializers.BooleanField(
        default=True, help_text="Whether it says which series to take for what."
    )

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if "query" not in attrs and "dataset_ids" not in attrs:
            raise serializers.ValidationError(
                {"query": ["Send query, or the series themselves as dataset_ids."]}
            )
        return attrs


def scope_of(valid: Mapping[str, Any]) -> Scope:
    """Return which series a valid body is about."""
    return Scope(
        question=" ".join(valid.get("query", "").split()),
        accessions=valid.get("dataset_ids", ()),
        filters=filters_of(valid.get("filters", {})),
        most=valid["max_results"],
    )


def style_of(valid: Mapping[str, Any]) -> Style:
    """Return how a valid body wants its report."""
    return Style(
        kind=Kind(valid["report_type"]),
        form=Format(valid["report_format"]),
        with_recommendations=valid["include_recommendations"],
    )


class InsightSerializer(serializers.Serializer[Any]):
    insight = serializers.CharField()
    supporting_datasets = serializers.ListField(child=serializers.CharField())
    confidence = serializers.FloatField(
        min_value=0, max_value=1, help_text="Derived from the data: docs/reports-and-workflows.md."
    )


class QualitySummarySerializer(serializers.Serializer[Any]):
    """Quality of the series that could be judged, together; scores are null if none could."""

    judged = serializers.IntegerField()
    average_score = serializers.FloatField(allow_null=True)
    lowest_score = serializers.FloatField(allow_null=True)
    highest_score = serializers.FloatField(allow_null=True)
    high_quality = serializers.IntegerField(help_text="How many are good or excellent.")
    levels = serializers.DictField(child=serializers.IntegerField())
    weak = serializers.DictField(
        child=serializers.ListField(child=serializers.CharField()),
        help_text="Dimension of quality → the series that are weak in it.",
    )


class SectionSerializer(serializers.Serializer[Any]):
    title = serializers.CharField()
    content = serializers.CharField(help_text="In the report's format; of JSON, plain text.")
    blocks = serializers.ListField(
        child=serializers.DictField(), help_text="The same as values: paragraphs, lists, tables …"
    )


class ReportSummarySerializer(serializers.Serializer[Any]):
    title = serializers.CharField()
    summary = serializers.CharField()
    key_insights = InsightSerializer(many=True)
    recommendations = serializers.ListField(child=serializers.CharField())
    datasets_included = serializers.ListField(child=serializers.CharField())
    quality_summary = QualitySummarySerializer()


class ReportSerializer(ReportSummarySerializer):
    """A report. Of named series, `not_found` are those that the catalogue does not hold."""

    sections = SectionSerializer(many=True)
    full_report = serializers.CharField()
    report_type = serializers.CharField()
    report_format = serializers.CharField()
    made_on = serializers.DateField()
    total_found = serializers.IntegerField()
    not_found = serializers.ListField(child=serializers.CharField())
    notices = serializers.ListField(child=serializers.CharField())
    cached = serializers.BooleanField()
    execution_time_ms = serializers.IntegerField()
