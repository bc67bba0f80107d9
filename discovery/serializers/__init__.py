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

__all__ = [
    "AnswerSerializer",
    "DatasetSerializer",
    "FiltersSerializer",
    "QuestionSerializer",
    "ReferencesSerializer",
    "SearchSerializer",
    "SummarizeSerializer",
    "SummarySerializer",
    "UnderstandingSerializer",
    "ValidateSerializer",
    "ValidationSerializer",
    "filters_of",
]
