"""GEO's records as they are: series, samples, platforms."""

from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils import timezone

from common.ids import uuid7

GEO_PAGE = "https://www.ncbi.nlm.nih.gov/geo/query/acc.cgi?acc="


def texts() -> "ArrayField[Any, Any]":
    return ArrayField(models.TextField(), default=list, blank=True)


class Origin(models.TextChoices):
    """What was last read of a series."""

    STARTER = "starter", "the starter catalogue: facts, and sentences of our own"
    DUMP = "dump", "a dump"
    SUMMARY = "summary", "NCBI's summary: long texts cut, no design"
    FULL = "full", "GEO's whole record"


class Platform(models.Model):
    """An array design or sequencer (GPL). Its title is null until GEO was asked for it."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    accession = models.CharField(max_length=12, unique=True)
    title = models.TextField(null=True, blank=True)  # noqa: DJ001 (null is "unknown")

    class Meta:
        db_table = "platforms"

    def __str__(self) -> str:
        return self.accession


class Dataset(models.Model):
    """A GEO series. Null and empty lists mean that the record does not say."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    accession = models.CharField(max_length=12, unique=True)
    title = models.TextField()
    summary = models.TextField()
    overall_design = models.TextField(null=True, blank=True)  # noqa: DJ001
    organisms = texts()
    study_types = texts()
    platforms = texts()
    sample_count = models.PositiveIntegerField(null=True, blank=True)
    pubmed_ids = texts()
    submission_date = models.DateField(null=True, blank=True)
    release_date = models.DateField(null=True, blank=True)
    last_update = models.DateField(null=True, blank=True)
    bioproject = models.CharField(max_length=20, null=True, blank=True)  # noqa: DJ001
    sra = models.CharField(max_length=20, null=True, blank=True)  # noqa: DJ001
    supplementary_files = texts()
    supplementary_types = texts()
    relations = texts()
    characteristics = texts()
    summary_truncated = models.BooleanField(default=False)
    # Who belongs together as SuperSeries and SubSeries, whichever of their records says so.
    superseries = texts()
    subseries = texts()
    origin = models.CharField(max_length=8, choices=Origin.choices, default=Origin.DUMP)
    # SHA-256 of the record as read: tells an unchanged record from a newer one.
    record_digest = models.CharField(max_length=64)
    # The same of the summary that NCBI last gave; empty if it was never asked.
    summary_digest = models.CharField(max_length=64, blank=True, default="")
    created_at = models.DateTimeField(default=timezone.now)
    updated_at = models.DateTimeField(default=timezone.now)

    class Meta:
        db_table = "datasets"
        constraints = [
            models.CheckConstraint(
                condition=Q(accession__regex=r"^GSE[1-9][0-9]*$"), name="dataset_is_a_series"
            ),
            models.CheckConstraint(condition=~Q(title=""), name="dataset_has_a_title"),
        ]

    def __str__(self) -> str:
        return f"{self.accession} {self.title[:60]}"

    @property
    def url(self) -> str:
        return GEO_PAGE + self.accession


class Sample(models.Model):
    """One sample (GSM). A sample may belong to several series."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    accession = models.CharField(max_length=12, unique=True)
    title = models.TextField(blank=True)
    source_name = models.TextField(null=True, blank=True)  # noqa: DJ001
    organisms = texts()
    platform = models.CharField(max_length=12, null=True, blank=True)  # noqa: DJ001
    characteristics = texts()
    # The characteristics as columns: "tissue: liver" is {"tissue": "liver"}.
    attributes = models.JSONField(default=dict, blank=True)
    datasets = models.ManyToManyField(Dataset, related_name="samples")

    class Meta:
        db_table = "samples"

    def __str__(self) -> str:
        return f"{self.accession} {self.title[:60]}"


class CrossReference(models.Model):
    """That the record of a series names a record elsewhere. Samples are named by `Sample.datasets`."""

    class Kind(models.TextChoices):
        """What is named: for `SUPERSERIES`, a series that this one is part of."""

        PLATFORM = "platform"
        SRA = "sra"
        BIOPROJECT = "bioproject"
        PUBMED_ID = "pubmed_id"
        SUPERSERIES = "superseries"
        SUBSERIES = "subseries"

    dataset = models.ForeignKey(
        Dataset, models.CASCADE, related_name="cross_references", db_index=False
    )
    kind = models.CharField(max_length=12, choices=Kind.choices)
    accession = models.CharField(max_length=20)

    class Meta:
        db_table = "cross_references"
        constraints = [
            models.UniqueConstraint(
                fields=["dataset", "kind", "accession"], name="cross_reference_is_said_once"
            )
        ]
        indexes = [models.Index(fields=["accession", "kind"], name="cross_reference_by_accession")]

    def __str__(self) -> str:
        return f"{self.kind} {self.accession}"
