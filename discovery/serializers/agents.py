"""What comes in and what goes out, as API.md §4 has it."""

import re
from collections.abc import Mapping
from typing import Any

from rest_framework import serializers

from common.serializers import StrictSerializer
from common.text import PlainText
from discovery.describing import has_raw_data
from discovery.models import Dataset
from discovery.quality import Level
from discovery.records import (
    PLATFORM_ACCESSION,
    PUBMED_ID,
    SAMPLE_ACCESSION,
    SERIES_ACCESSION,
)
from discovery.services.search import Mode
from discovery.services.summaries import DEFAULT_SENTENCES
from discovery.summaries import MOST_POINTS
from discovery.understanding import Filters
from discovery.understanding.names import organism_named, study_type_named

LONGEST_QUESTION = 500
MOST_RESULTS = 100
MOST_VALIDATED = 100
LONGEST_ACCESSION = 20


class OrganismField(PlainText):
    """An organism by its scientific or common name: "mouse" becomes "Mus musculus"."""

    def to_internal_value(self, data: Any) -> str:
        return organism_named(super().to_internal_value(data))


class StudyTypeField(PlainText):
    """A study type as GEO names it, or an assay's common name such as "RNA-seq"."""

    def to_internal_value(self, data: Any) -> str:
        return study_type_named(super().to_internal_value(data))


class FiltersSerializer(StrictSerializer):
    organism = OrganismField(max_length=100, required=False)
    study_type = StudyTypeField(max_length=100, required=False)
    min_samples = serializers.IntegerField(min_value=0, max_value=10**9, required=False)
    max_samples = serializers.IntegerField(min_value=0, max_value=10**9, required=False)
    platform = serializers.RegexField(r"^[Gg][Pp][Ll][1-9][0-9]{0,8}\Z", required=False)
    released_after = serializers.DateField(required=False)
    released_before = serializers.DateField(required=False)
    has_publication = serializers.BooleanField(required=False)
    has_raw_data = serializers.BooleanField(required=False)

    def validate_platform(self, value: str) -> str:
        return value.upper()

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        _in_order(attrs, "min_samples", "max_samples")
        _in_order(attrs, "released_after", "released_before")
        return attrs


def _in_order(attrs: Mapping[str, Any], low: str, high: str) -> None:
    if low in attrs and high in attrs and attrs[low] > attrs[high]:
        raise serializers.ValidationError({low: [f"Must not be more than {high}."]})


def filters_of(given: Mapping[str, Any]) -> Filters:
    """Return validated filter fields as the filters that discovery works with."""
    return Filters(**{name: given.get(name) for name in Filters.__dataclass_fields__})


class AccessionField(serializers.RegexField):
    """An accession of one kind, in any case."""

    def __init__(self, form: str, *, example: str) -> None:
        pattern = re.compile(rf"\A(?:{form})\Z", re.IGNORECASE | re.ASCII)
        super().__init__(
            pattern,
            required=False,
            error_messages={"invalid": f"Must be an accession like {example}."},
        )

    def to_internal_value(self, data: Any) -> str:
        return str(super().to_internal_value(data)).upper()


class ReferencesSerializer(StrictSerializer):
    """Records elsewhere that a series refers to, or that refer to it."""

    sample = AccessionField(SAMPLE_ACCESSION.pattern, example="GSM999794")
    platform = AccessionField(PLATFORM_ACCESSION.pattern, example="GPL570")
    sra = AccessionField("[SED]RP[0-9]{1,12}", example="SRP108660")
    bioproject = AccessionField("PRJ[A-Z]{2}[0-9]{1,12}", example="PRJNA389387")
    pubmed_id = AccessionField(PUBMED_ID.pattern, example="22983707")
    superseries = AccessionField(SERIES_ACCESSION.pattern, example="GSE99797")
    subseries = AccessionField(SERIES_ACCESSION.pattern, example="GSE99709")


class QuestionSerializer(StrictSerializer):
    query = PlainText(min_length=1, max_length=LONGEST_QUESTION)


class EntitySerializer(serializers.Serializer[Any]):
    text = serializers.CharField()
    type = serializers.CharField()
    start = serializers.IntegerField(help_text="Offset in characters into the question.")
    end = serializers.IntegerField()
    canonical = serializers.CharField()
    id = serializers.CharField(allow_null=True, help_text="A CURIE such as MONDO:0007254.")
    confidence = serializers.FloatField()


class UnderstandingSerializer(serializers.Serializer[Any]):
    original_query = serializers.CharField()
    intent = serializers.CharField()
    confidence = serializers.FloatField()
    entities = EntitySerializer(many=True)
    search_terms = serializers.ListField(child=serializers.CharField())
    filters = serializers.SerializerMethodField()
    entity_counts = serializers.DictField(child=serializers.IntegerField())
    excluded = EntitySerializer(many=True, help_text="What the question leaves out.")
    did_you_mean = serializers.CharField(
        allow_null=True, help_text="The question without what may be slips of the pen."
    )

    def get_filters(self, understood: Any) -> dict[str, Any]:
        return dict(understood.filters.as_dict())


class SearchSerializer(StrictSerializer):
    query = PlainText(
        min_length=1,
        max_length=LONGEST_QUESTION,
        required=False,
        help_text="The question in plain words, in English. Or send `search_terms`.",
    )
    search_terms = serializers.ListField(
        child=PlainText(min_length=1, max_length=100),
        min_length=1,
        max_length=20,
        required=False,
        help_text="Words to look for, in place of a question.",
    )
    filters = FiltersSerializer(required=False, help_text="What all that is found has to fit.")
    max_results = serializers.IntegerField(
        min_value=1, max_value=MOST_RESULTS, default=20, help_text="So many series at most."
    )
    mode = serializers.ChoiceField(
        choices=[mode.value for mode in Mode],
        default=Mode.HYBRID.value,
        help_text="`lexical` ranks by words, `semantic` by meaning, `hybrid` by both.",
    )
    source = serializers.ChoiceField(  # type: ignore[assignment]  # shadows Field.source
        choices=["local", "ncbi"],
        default="local",
        help_text=(
            "`local` searches the catalogue of this server. `ncbi` asks NCBI itself, which takes "
            "seconds, and adds what it finds to the catalogue; 503 `upstream_unavailable` if NCBI "
            "does not answer. `total_found` is then NCBI's count, and `datasets` are the best of the "
            "first 100 series that it names."
        ),
    )
    fallback = serializers.BooleanField(
        default=False,
        help_text=(
            "With `source: ncbi`: answer from the catalogue if NCBI does not answer. `source` then "
            "says `local`, and `notices` says why."
        ),
    )

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if ("query" in attrs) == ("search_terms" in attrs):
            raise serializers.ValidationError(
                {"query": ["Send either query or search_terms, one of the two."]}
            )
        return attrs


class RawDataField(serializers.BooleanField):
    """Whether raw data can be had of a series; null where its record does not tell of any data."""

    def __init__(self) -> None:
        super().__init__(source="*", read_only=True, allow_null=True)

    def to_representation(self, value: Any) -> bool | None:  # type: ignore[override]  # null too
        return has_raw_data(value)


class DatasetSerializer(serializers.ModelSerializer[Dataset]):
    geo_id = serializers.CharField(source="accession")
    url = serializers.CharField(help_text="The series' page at NCBI.")
    has_raw_data = RawDataField()

    class Meta:
        model = Dataset
        fields = [
            "geo_id",
            "title",
            "summary",
            "overall_design",
            "organisms",
            "study_types",
            "platforms",
            "sample_count",
            "submission_date",
            "release_date",
            "last_update",
            "pubmed_ids",
            "bioproject",
            "sra",
            "supplementary_files",
            "supplementary_types",
            "has_raw_data",
            "superseries",
            "subseries",
            "url",
        ]
        read_only_fields = fields


class BesideRecord(serializers.Serializer[Any]):
    """What is said of a series, beside the fields of its record, which is the attribute `dataset`."""

    def get_fields(self) -> dict[str, Any]:
        record = DatasetSerializer(source="dataset").get_fields()
        for name, field in record.items():
            whole = field.source == "*"
            field.source = "dataset" if whole else f"dataset.{field.source or name}"
        return record | super().get_fields()


class HitSerializer(BesideRecord):
    """How well a series answers and why."""

    relevance_score = serializers.FloatField(min_value=0, max_value=1)
    match_reasons = serializers.ListField(child=serializers.CharField(), source="reasons")
    quality_score = serializers.FloatField(min_value=0, max_value=1)
    quality_level = serializers.ChoiceField(choices=[level.value for level in Level])


class AnswerSerializer(serializers.Serializer[Any]):
    """The answer to a search. `mode` is what ranked: `notices` tell when that is not what you asked."""

    total_found = serializers.IntegerField()
    datasets = HitSerializer(many=True, source="hits")
    search_terms_used = serializers.ListField(child=serializers.CharField(), source="search_terms")
    entities = EntitySerializer(
        many=True, help_text="The names that were read out of the question."
    )
    filters_applied = FiltersSerializer(source="filters.as_dict")
    facets = serializers.DictField(child=serializers.DictField(child=serializers.IntegerField()))
    source = serializers.CharField()  # type: ignore[assignment]  # shadows Field.source
    mode = serializers.CharField()
    notices = serializers.ListField(child=serializers.CharField())
    excluded = serializers.ListField(
        child=serializers.CharField(), help_text="What the question leaves out."
    )
    did_you_mean = serializers.CharField(
        allow_null=True, help_text="The question without what may be slips of the pen."
    )
    # Of the request and not of the answer: `rendered` adds them.
    cached = serializers.BooleanField(default=False)
    execution_time_ms = serializers.IntegerField(default=0)


class ValidateSerializer(StrictSerializer):
    dataset_ids = serializers.ListField(
        child=PlainText(min_length=1, max_length=LONGEST_ACCESSION),
        min_length=1,
        max_length=MOST_VALIDATED,
        help_text="Accessions of series, such as GSE2034.",
    )
    min_quality_score = serializers.FloatField(
        min_value=0, max_value=1, default=0, help_text="Leave out what scores less."
    )


class QualitySerializer(serializers.Serializer[Any]):
    """How far one can work with a series. A dimension is null where the record does not say."""

    score = serializers.FloatField(min_value=0, max_value=1)
    level = serializers.ChoiceField(choices=[level.value for level in Level])
    dimensions = serializers.DictField(child=serializers.FloatField(allow_null=True))
    explanations = serializers.DictField(child=serializers.CharField())
    strengths = serializers.ListField(child=serializers.CharField())
    issues = serializers.ListField(child=serializers.CharField())


class ValidatedSerializer(BesideRecord):
    quality = QualitySerializer()


class QualityStatsSerializer(serializers.Serializer[Any]):
    """Quality over all series that were found; null where there are none."""

    count = serializers.IntegerField()
    mean = serializers.FloatField(allow_null=True)
    median = serializers.FloatField(allow_null=True)
    min = serializers.FloatField(allow_null=True)
    max = serializers.FloatField(allow_null=True)
    levels = serializers.DictField(child=serializers.IntegerField())


class ValidationSerializer(serializers.Serializer[Any]):
    total_processed = serializers.IntegerField(help_text="The series that were found and judged.")
    not_found = serializers.ListField(child=serializers.CharField())
    validated_datasets = ValidatedSerializer(many=True, source="validated")
    quality_stats = QualityStatsSerializer(source="stats")


class SummarizeSerializer(StrictSerializer):
    dataset_id = PlainText(min_length=1, max_length=LONGEST_ACCESSION)
    max_sentences = serializers.IntegerField(
        min_value=1, max_value=MOST_POINTS, default=DEFAULT_SENTENCES
    )


class SourceSerializer(serializers.Serializer[Any]):
    """Where a point stands in the record, word for word."""

    field = serializers.CharField()
    sentence = serializers.CharField(source="text")


class PointSerializer(serializers.Serializer[Any]):
    text = serializers.CharField()
    source = SourceSerializer()  # type: ignore[assignment]  # shadows Field.source


class SummarySerializer(serializers.Serializer[Any]):
    """`engine` is `extractive` (sentences of the record) or `openai` (written by a machine)."""

    geo_id = serializers.CharField()
    summary = serializers.CharField(source="text")
    key_points = PointSerializer(many=True, source="points")
    engine = serializers.CharField()
    cached = serializers.BooleanField(source="is_cached")
    notices = serializers.ListField(child=serializers.CharField())
