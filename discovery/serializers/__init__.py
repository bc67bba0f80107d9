"""What comes in and what goes out, as API.md §4 has it."""

from discovery.serializers.agents import (
    AnswerSerializer,
    DatasetSerializer,
    FiltersSerializer,
    QuestionSerializer,
    ReferencesSerializer,
    SearchSerializer,
    SummarizeSerializer,
    SummarySerializer,
    UnderstandingSerializer,
    ValidateSerializer,
    ValidationSerializer,
    filters_of,
)
from discovery.serializers.listing import AgentSerializer
from discovery.serializers.reports import (
    ReportOrderSerializer,
    ReportSerializer,
    scope_of,
    style_of,
)
from discovery.serializers.workflows import (
    ChosenSerializer,
    OrderSerializer,
    WorkflowSerializer,
    order_of,
)

__all__ = [
    "AgentSerializer",
    "AnswerSerializer",
    "ChosenSerializer",
    "DatasetSerializer",
    "FiltersSerializer",
    "OrderSerializer",
    "QuestionSerializer",
    "ReferencesSerializer",
    "ReportOrderSerializer",
    "ReportSerializer",
    "SearchSerializer",
    "SummarizeSerializer",
    "SummarySerializer",
    "UnderstandingSerializer",
    "ValidateSerializer",
    "ValidationSerializer",
    "WorkflowSerializer",
    "filters_of",
    "order_of",
    "scope_of",
    "style_of",
]
