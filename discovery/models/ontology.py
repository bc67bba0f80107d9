"""The ontologies: their terms, the names that questions are matched with, and the words of those."""

from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models


def ids() -> "ArrayField[Any, Any]":
    return ArrayField(models.TextField(), default=list)


class OntologyRelease(models.Model):
    """An ontology as it was loaded last. `digest` is that of the file: it tells if there is news."""

    name = models.TextField(primary_key=True)
    version = models.TextField()
    source = models.TextField()
    digest = models.CharField(max_length=64)
    term_count = models.PositiveIntegerField()
    name_count = models.PositiveIntegerField()
    loaded_at = models.DateTimeField()

    class Meta:
        db_table = "ontology_releases"

    def __str__(self) -> str:
        return f"{self.name} {self.version}"


class OntologyTermQuerySet(models.QuerySet["OntologyTerm"]):
    """Words that walk the ontologies."""

    def below(self, ids: list[str]) -> "OntologyTermQuerySet":
        """Return the terms that descend from any of these, without these."""
        return self.filter(ancestors__overlap=ids)


class OntologyTerm(models.Model):
    """A term. `ancestors` are all that it descends from, its parents among them, not itself."""

    id = models.TextField(primary_key=True)  # a CURIE, MONDO:0007254
    ontology = models.ForeignKey(
        OntologyRelease, models.CASCADE, related_name="terms", db_column="ontology", db_index=False
    )
    type = models.TextField()
    name = models.TextField()
    parents = ids()
    ancestors = ids()
    is_obsolete = models.BooleanField(default=False)
    replaced_by = models.TextField(null=True)  # noqa: DJ001 (null: by nothing)

    objects = OntologyTermQuerySet.as_manager()

    class Meta:
        db_table = "ontology_terms"
        indexes = [GinIndex(fields=["ancestors"], name="ontology_descent")]

    def __str__(self) -> str:
        return f"{self.id} {self.name}"


class TermName(models.Model):
    """One way to write a term. `folded` is what it is looked up by."""

    class Kind(models.TextChoices):
        """Why a term is called so; the order is that of trust."""

        LABEL = "label"
        EXACT = "exact"
        ABBREVIATION = "abbreviation"
        SYMBOL = "symbol"

    id = models.BigAutoField(primary_key=True)
    # Terms and names come and go together; to check each of 300,000 names would take seconds.
    term = models.ForeignKey(
        OntologyTerm, models.CASCADE, related_name="names", db_constraint=False, db_index=False
    )
    folded = models.TextField()
    written = models.TextField()
    kind = models.CharField(max_length=12, choices=Kind.choices)
    is_case_sensitive = models.BooleanField()

    class Meta:
        db_table = "ontology_names"
        indexes = [
            models.Index(fields=["folded"], name="ontology_name_looked_up"),
            models.Index(fields=["term"], name="ontology_name_of_term"),
        ]

    def __str__(self) -> str:
        return f"{self.written} ({self.term_id})"


class OntologyWord(models.Model):
    """A word of the names, as written in small letters: what a misspelt word may have meant."""

    word = models.TextField(primary_key=True)
    name_count = models.PositiveIntegerField()

    class Meta:
        db_table = "ontology_words"
        indexes = [GinIndex(fields=["word"], name="ontology_word_like", opclasses=["gin_trgm_ops"])]

    def __str__(self) -> str:
        return self.word
