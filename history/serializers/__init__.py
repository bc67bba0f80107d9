"""What may be asked of the history, and what it tells: API.md §6."""

from collections.abc import Mapping
from typing import Any

from rest_framework import serializers

from common.serializers import StrictSerializer
from common.text import PlainText
from history import results
from history.models import AgentType, QueryHistory

LONGEST_WORDS = 500
CSV, NDJSON = "csv", "ndjson"
COLUMNS = ["id", "query_text", "agent_type", "result_count", "execution_time_ms", "cached"]
COLUMNS += ["created_at"]


class WantedSerializer(StrictSerializer):
    """Narrows what was asked."""

    q = PlainText(
        max_length=LONGEST_WORDS,
        required=False,
        allow_blank=True,
        help_text='Words of the question; "in quotes" side by side, `-word` leaves out, `or` is or.',
    )
    agent_type = serializers.ChoiceField(choices=AgentType.values, required=False)
    after = serializers.DateTimeField(required=False, help_text="Asked then or later.")
    before = serializers.DateTimeField(required=False, help_text="Asked earlier than that.")


class ExportSerializer(WantedSerializer):
    """An export may be narrowed as the list may."""

    format = serializers.ChoiceField(choices=[CSV, NDJSON], default=CSV)


class QuerySerializer(serializers.ModelSerializer[QueryHistory]):
    """A question, without what came back."""

    class Meta:
        model = QueryHistory
        fields = COLUMNS
        read_only_fields = fields


class QueryDetailSerializer(QuerySerializer):
    """A question with what came back; the context's `titles` are by accession."""

    asked = serializers.DictField(help_text="The body that asks for the same again.")
    result = serializers.SerializerMethodField(
        help_text="What the answer found. Titles are those that the catalogue has now."
    )

    class Meta(QuerySerializer.Meta):
        fields = [*COLUMNS, "asked", "result"]
        read_only_fields = fields

    def get_result(self, row: QueryHistory) -> dict[str, Any] | None:
        titles: Mapping[str, str] = self.context.get("titles", {})
        return None if row.result is None else results.shown(row.result, titles)
