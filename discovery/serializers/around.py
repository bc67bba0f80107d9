"""What belongs to a series besides its record."""

from typing import Any

from rest_framework import serializers

from common.serializers import StrictSerializer
from discovery.around import citing
from discovery.models import Sample
from discovery.serializers.agents import (
    MOST_RESULTS,
    BesideRecord,
    DatasetSerializer,
    QualitySerializer,
)


class SamplesFormatSerializer(StrictSerializer):
    format = serializers.ChoiceField(
        choices=["json", "csv"],
        default="json",
        help_text="csv: the whole table at once, all cells as text.",
    )


class SampleSerializer(serializers.ModelSerializer[Sample]):
    geo_id = serializers.CharField(source="accession")
    characteristics = serializers.DictField(child=serializers.CharField(), source="attributes")

    class Meta:
        model = Sample
        fields = ["geo_id", "title", "source_name", "organisms", "platform", "characteristics"]
        read_only_fields = fields


class SampleTableSerializer(serializers.Serializer[Any]):
    """A page of the table. `columns` has the characteristics of all samples, not of the page's."""

    geo_id = serializers.CharField()
    columns = serializers.ListField(child=serializers.CharField())
    next = serializers.URLField(allow_null=True)
    previous = serializers.URLField(allow_null=True)
    results = SampleSerializer(many=True)


class SimilarParametersSerializer(StrictSerializer):
    max_results = serializers.IntegerField(min_value=1, max_value=MOST_RESULTS, default=10)


class NeighbourSerializer(BesideRecord):
    similarity = serializers.FloatField(min_value=0, max_value=1)
    reasons = serializers.ListField(child=serializers.CharField())


class NeighbourhoodSerializer(serializers.Serializer[Any]):
    """The nearest series. `relatives`, parts of the same SuperSeries, are not among them."""

    geo_id = serializers.CharField()
    results = NeighbourSerializer(many=True, source="neighbours")
    relatives = serializers.ListField(child=serializers.CharField())


class CitationFormatSerializer(StrictSerializer):
    format = serializers.ChoiceField(choices=list(citing.FORMATS), default="bibtex")


class LinkSerializer(serializers.Serializer[Any]):
    kind = serializers.ChoiceField(choices=["soft", "miniml", "matrix", "supplementary", "sra"])
    name = serializers.CharField()
    url = serializers.CharField()


class CommandSerializer(serializers.Serializer[Any]):
    tool = serializers.ChoiceField(choices=["curl", "wget", "prefetch"])
    purpose = serializers.CharField()
    line = serializers.CharField(help_text="Ready for a shell: every word is quoted.")


class DownloadsSerializer(serializers.Serializer[Any]):
    geo_id = serializers.CharField()
    links = LinkSerializer(many=True)
    commands = CommandSerializer(many=True)
    notices = serializers.ListField(child=serializers.CharField())


class OverviewSerializer(serializers.Serializer[Any]):
    """A series and what is told of it, in one call: all but its samples and neighbours."""

    dataset = DatasetSerializer()
    quality = QualitySerializer()
    downloads = DownloadsSerializer()
    citations = serializers.DictField(child=serializers.CharField(), help_text="By format.")
    platform_titles = serializers.DictField(
        child=serializers.CharField(), help_text="By accession, where they are known."
    )
