"""What search derives from the catalogue. All of it can be rebuilt at any time."""

from typing import Any, Self

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVectorField
from django.db import models
from django.db.models import Q
from pgvector.django import HalfVectorField, HnswIndex, SparseVectorField

from discovery.models.catalogue import Dataset
from discovery.understanding import Filters

EMBEDDING_DIMENSIONS = 384
# What raises it changes what searches find: it is part of the keys of kept answers.
VERSION = "catalogue"
# A lexeme's place in the sparse vector is a hash of it: among 2**28 places collisions do not matter.
TERM_DIMENSIONS = 2**28


class SearchDocumentQuerySet(models.QuerySet["SearchDocument"]):
    """Words that narrow what is searched."""

    def matching(self, filters: Filters, *, keep_unknown: bool) -> Self:
        """Leave out the series that contradict the filters.

        :param keep_unknown: whether a series stays whose record does not say
        """
        found = self
        for field, condition in _conditions(filters):
            unknown = Q(**{field: []}) if field in LISTS else Q(**{f"{field}__isnull": True})
            found = found.filter(condition | unknown if keep_unknown else condition)
        return found

    def waiting_for_embedding(self) -> Self:
        return self.filter(embedding__isnull=True)


LISTS = frozenset({"organisms", "study_types", "platforms"})


def _conditions(filters: Filters) -> list[tuple[str, Q]]:
    """Return the field and the condition of each filter that is set."""
    lookups = [
        ("organisms", "contains", filters.organism and [filters.organism]),
        ("study_types", "contains", filters.study_type and [filters.study_type]),
        ("platforms", "contains", filters.platform and [filters.platform]),
        ("sample_count", "gte", filters.min_samples),
        ("sample_count", "lte", filters.max_samples),
        ("release_date", "gte", filters.released_after),
        ("release_date", "lte", filters.released_before),
        ("has_publication", "exact", filters.has_publication),
        ("has_raw_data", "exact", filters.has_raw_data),
    ]
    return [
        (field, Q(**{f"{field}__{lookup}": value}))
        for field, lookup, value in lookups
        if value is not None
    ]


def names() -> "ArrayField[Any, Any]":
    return ArrayField(models.TextField(), default=list)


class SearchDocument(models.Model):
    """One series as search sees it: words, concepts, meaning, and the facts that filters ask for.

    `terms` holds the BM25 impact of each lexeme, so that a question's score is one inner product.
    Concepts (the CURIEs of what is named, and of all that is above it) are lexemes like words.
    """

    dataset = models.OneToOneField(
        Dataset, models.CASCADE, primary_key=True, related_name="search_document"
    )
    organisms = names()
    study_types = names()
    platforms = names()
    sample_count = models.PositiveIntegerField(null=True)
    release_date = models.DateField(null=True)
    has_publication = models.BooleanField(null=True)
    has_raw_data = models.BooleanField(null=True)
    document = SearchVectorField()
    terms = SparseVectorField(dimensions=TERM_DIMENSIONS)
    embedding = HalfVectorField(dimensions=EMBEDDING_DIMENSIONS, null=True)
    # The terms that the record names, by CURIE, those that most is said of first.
    subjects = names()
    # How `document`, `terms` and `subjects` were made: see `grounding.version`.
    indexed_by = models.CharField(max_length=16, default="")
    # SHA-256 of the text that `embedding` was (or will be) made from.
    text_digest = models.CharField(max_length=64)

    objects = SearchDocumentQuerySet.as_manager()

    class Meta:
        db_table = "search_documents"
        indexes = [
            GinIndex(fields=["document"], name="search_words", fastupdate=False),
            HnswIndex(
                fields=["embedding"],
                name="search_meaning",
                m=16,
                ef_construction=64,
                opclasses=["halfvec_cosine_ops"],
            ),
            GinIndex(fields=["organisms"], name="search_organisms", fastupdate=False),
            GinIndex(fields=["study_types"], name="search_study_types", fastupdate=False),
            GinIndex(fields=["platforms"], name="search_platforms", fastupdate=False),
            models.Index(fields=["sample_count"], name="search_sample_count"),
            models.Index(fields=["release_date"], name="search_release_date"),
            models.Index(fields=["has_publication"], name="search_has_publication"),
            models.Index(fields=["has_raw_data"], name="search_has_raw_data"),
            models.Index(
                fields=["dataset"], name="search_unembedded", condition=Q(embedding__isnull=True)
            ),
        ]

    def __str__(self) -> str:
        return f"search document of {self.dataset_id}"


class Lexeme(models.Model):
    """In how many series a lexeme occurs: what makes it rare, and so telling."""

    lexeme = models.TextField(primary_key=True)
    series_count = models.PositiveIntegerField()

    class Meta:
        db_table = "search_lexemes"

    def __str__(self) -> str:
        return f"{self.lexeme} ({self.series_count})"
