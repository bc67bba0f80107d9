"""What comes in and what goes out, as API.md §6 has it."""

from typing import Any

from rest_framework import serializers

from caching.keys import NAMESPACES
from caching.services import Chosen
from caching.services.invalidation import of_dataset
from common.serializers import StrictSerializer
from common.text import PlainText

MOST_KEYS = 1000
LONGEST_KEY = 400
LONGEST_QUESTION = 500
MOST_WARMED = 1000


class InvalidateSerializer(StrictSerializer):
    """One of the three: keys as they are spelled, a namespace, or all about a series."""

    keys = serializers.ListField(
        child=PlainText(min_length=1, max_length=LONGEST_KEY),
        min_length=1,
        max_length=MOST_KEYS,
        required=False,
    )
    namespace = serializers.ChoiceField(choices=NAMESPACES, required=False)
    dataset_id = serializers.RegexField(r"^[Gg][Ss][Ee][1-9][0-9]{0,8}\Z", required=False)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if len(attrs) != 1:
            raise serializers.ValidationError(
                {"keys": ["Send keys, namespace or dataset_id: one of the three."]}
            )
        return attrs

    def chosen(self) -> Chosen:
        given = self.validated_data
        dataset = given.get("dataset_id")
        return Chosen(
            keys=given.get("keys", ()),
            namespace=given.get("namespace", ""),
            tag=of_dataset(dataset.upper()) if dataset else "",
        )


class InvalidatedSerializer(serializers.Serializer[Any]):
    invalidated = serializers.IntegerField()


class NothingSerializer(StrictSerializer):
    """A body without members."""


class ClearedSerializer(serializers.Serializer[Any]):
    cleared = serializers.IntegerField()


class WarmSerializer(StrictSerializer):
    """Without either: as many of the most asked questions as a setting says."""

    queries = serializers.ListField(
        child=PlainText(min_length=1, max_length=LONGEST_QUESTION),
        max_length=MOST_WARMED,
        required=False,
    )
    top = serializers.IntegerField(min_value=0, max_value=MOST_WARMED, required=False)


class WarmingSerializer(serializers.Serializer[Any]):
    """How far the answers are that are being made in advance."""

    id = serializers.UUIDField()
    total = serializers.IntegerField()
    done = serializers.IntegerField()
    failed = serializers.IntegerField()
    created_at = serializers.DateTimeField()
    finished_at = serializers.DateTimeField(allow_null=True)


class LevelSerializer(serializers.Serializer[Any]):
    entries = serializers.IntegerField()
    bytes = serializers.IntegerField()
    max_bytes = serializers.IntegerField()
    hits = serializers.IntegerField()
    misses = serializers.IntegerField()
    evictions = serializers.IntegerField()
    damaged = serializers.IntegerField()
    failures = serializers.IntegerField()
    mean_age_seconds = serializers.FloatField(allow_null=True)
    ttl_seconds = serializers.IntegerField()
    available = serializers.BooleanField()


class LevelsSerializer(serializers.Serializer[Any]):
    l1 = LevelSerializer()
    l2 = LevelSerializer()
    l3 = LevelSerializer()


class NamespaceSerializer(serializers.Serializer[Any]):
    hits = serializers.IntegerField()
    misses = serializers.IntegerField()
    hit_rate = serializers.FloatField(allow_null=True)


class FiguresSerializer(serializers.Serializer[Any]):
    levels = LevelsSerializer()
    hit_rate = serializers.FloatField(allow_null=True)
    by_namespace = serializers.DictField(child=NamespaceSerializer())
    since = serializers.DateTimeField()
