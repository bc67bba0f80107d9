"""Take GEO records into the catalogue: in bulk, resumable, and each record whole or not at all."""

import hashlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice
from typing import IO

from django.db import transaction
from django.db.models import QuerySet

from caching.services import raise_version, warm_most_asked
from common.errors import OracleError
from common.text import UNUSABLE, holds_unusable
from discovery import indexing
from discovery.models import VERSION, Dataset, Platform, Sample, SearchDocument
from discovery.records import (
    SERIES_ACCESSION,
    BadRecord,
    SampleRecord,
    SeriesRecord,
    parse_series,
)
from discovery.understanding import Filters

BATCH = 500
MAX_LINE = 4 * 1024 * 1024  # bytes; GEO's longest record is near 60 kB
COPIED_FIELDS = [
    "title",
    "summary",
    "overall_design",
    "organisms",
    "study_types",
    "platforms",
    "sample_count",
    "pubmed_ids",
    "submission_date",
    "release_date",
    "last_update",
    "bioproject",
    "sra",
    "supplementary_files",
    "supplementary_types",
    "relations",
    "characteristics",
    "summary_truncated",
]
SAMPLE_FIELDS = ["title", "source_name", "organisms", "platform", "characteristics"]


class SeriesUnknown(OracleError):
    """The catalogue holds no such series."""

    status = 404
    code = "not_found"

    @classmethod
    def named(cls, text: str) -> "SeriesUnknown":
        return cls(f"The catalogue holds no series {text[:20]}. Accessions look like GSE2034.")


@dataclass(frozen=True, slots=True)
class Line:
    """One record as it came: its number in the file, from 1, and its bytes."""

    number: int
    text: bytes


@dataclass(slots=True)
class LoadReport:
    """What became of the records: counts, and the refused lines with the reason."""

    added: int = 0
    updated: int = 0
    unchanged: int = 0
    older: int = 0
    refused: list[tuple[int, str]] = field(default_factory=list)

    @property
    def read(self) -> int:
        return self.added + self.updated + self.unchanged + self.older + len(self.refused)


@dataclass(frozen=True, slots=True)
class Incoming:
    """A record that was read, with the digest of its line."""

    record: SeriesRecord
    digest: str


def accession_of(text: str) -> str:
    """Return an accession as GEO writes it, however somebody did.

    :raises SeriesUnknown: if it cannot be one
    :raises OracleError: if it holds what is no text
    """
    if holds_unusable(text):
        raise OracleError.of("validation_error", UNUSABLE, extra={"errors": {"geo_id": [UNUSABLE]}})
    wanted = text.strip().upper()
    if not SERIES_ACCESSION.fullmatch(wanted):
        raise SeriesUnknown.named(text)
    return wanted


def matching(*, filters: Filters) -> QuerySet[Dataset]:
    """Return the series that meet every filter; who does not say does not meet it."""
    if not filters.as_dict():
        return Dataset.objects.all()
    documents = SearchDocument.objects.matching(filters, keep_unknown=False)
    return Dataset.objects.filter(search_document__in=documents)


def read_lines(stream: IO[bytes]) -> Iterator[Line]:
    """Yield the stream's lines; one that is longer than `MAX_LINE` is cut, and so refused later."""
    number = 0
    while text := stream.readline(MAX_LINE):
        number += 1
        if len(text) == MAX_LINE and not text.endswith(b"\n"):
            while (rest := stream.readline(MAX_LINE)) and not rest.endswith(b"\n"):
                continue
        if text.strip():
            yield Line(number, text)


def load(
    *, lines: Iterable[Line], at: datetime, on_progress: Callable[[LoadReport], None] | None = None
) -> LoadReport:
    """Take the records in, a batch a transaction. Running it again takes only what is new.

    A record replaces what is stored under its accession unless its `last_update` is earlier.
    """
    report = LoadReport()
    rest = iter(lines)
    while batch := list(islice(rest, BATCH)):
        _load_batch(batch, report, at)
        if on_progress:
            on_progress(report)
    if report.added or report.updated:
        indexing.count_lexemes()
        raise_version(VERSION)  # rarity has changed, and with it the ranking
        warm_most_asked(at=at)
    return report


def _load_batch(batch: list[Line], report: LoadReport, at: datetime) -> None:
    incoming = _parse(batch, report)
    with transaction.atomic():
        stored = Dataset.objects.select_for_update().in_bulk(incoming, field_name="accession")
        taken = [one for one in incoming.values() if _is_news(one, stored, report)]
        datasets = [_dataset_of(one, stored.get(one.record.accession), at) for one in taken]
        Dataset.objects.bulk_create(
            datasets,
            update_conflicts=True,
            unique_fields=["accession"],
            update_fields=[*COPIED_FIELDS, "record_digest", "updated_at"],
        )
        _store_platforms(datasets)
        _store_samples(taken, datasets)
        indexing.index_words(datasets=datasets)
        if datasets:
            raise_version(VERSION)


def _parse(batch: list[Line], report: LoadReport) -> dict[str, Incoming]:
    """Return the good records by accession; of two with one accession, the later line."""
    incoming: dict[str, Incoming] = {}
    for line in batch:
        try:
            record = parse_series(line.text)
        except BadRecord as error:
            report.refused.append((line.number, str(error)))
            continue
        if record.accession in incoming:
            report.older += 1
        digest = hashlib.sha256(line.text.strip()).hexdigest()
        incoming[record.accession] = Incoming(record, digest)
    return incoming


def _is_news(one: Incoming, stored: dict[str, Dataset], report: LoadReport) -> bool:
    known = stored.get(one.record.accession)
    if known is None:
        report.added += 1
        return True
    if known.record_digest == one.digest:
        report.unchanged += 1
        return False
    if _is_older(one.record, known):
        report.older += 1
        return False
    report.updated += 1
    return True


def _is_older(record: SeriesRecord, known: Dataset) -> bool:
    dated = record.last_update is not None and known.last_update is not None
    return dated and record.last_update < known.last_update  # type: ignore[operator]


def _dataset_of(one: Incoming, known: Dataset | None, at: datetime) -> Dataset:
    dataset = known or Dataset(accession=one.record.accession, created_at=at)
    for name in COPIED_FIELDS:
        setattr(dataset, name, getattr(one.record, name))
    dataset.record_digest = one.digest
    dataset.updated_at = at
    return dataset


def _store_platforms(datasets: list[Dataset]) -> None:
    accessions = sorted({name for dataset in datasets for name in dataset.platforms})
    Platform.objects.bulk_create(
        [Platform(accession=name) for name in accessions], ignore_conflicts=True
    )


def _store_samples(taken: list[Incoming], datasets: list[Dataset]) -> None:
    """Write the records' samples, and which series each belongs to."""
    told = {one.accession: one for incoming in taken for one in incoming.record.samples}
    if not told:
        return
    Sample.objects.bulk_create(
        [_sample_of(told[name]) for name in sorted(told)],
        update_conflicts=True,
        unique_fields=["accession"],
        update_fields=SAMPLE_FIELDS,
    )
    ids = dict(Sample.objects.filter(accession__in=told).values_list("accession", "id"))
    belongs = Sample.datasets.through
    belongs.objects.filter(dataset__in=datasets).delete()
    belongs.objects.bulk_create(
        belongs(sample_id=ids[sample.accession], dataset_id=dataset.id)
        for incoming, dataset in zip(taken, datasets, strict=True)
        for sample in {one.accession: one for one in incoming.record.samples}.values()
    )


def _sample_of(record: SampleRecord) -> Sample:
    return Sample(
        accession=record.accession, **{name: getattr(record, name) for name in SAMPLE_FIELDS}
    )
