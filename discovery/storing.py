"""Store records in the catalogue: all that follows from them in the same transaction, none made poorer."""

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from uuid import UUID

import orjson
from django.db import connection, transaction

from caching.services import raise_version
from discovery import indexing
from discovery.characteristics import columns
from discovery.geo.records import cross_references
from discovery.merging import richer
from discovery.models import VERSION, CrossReference, Dataset, Origin, Platform, Sample
from discovery.records import PUBMED_ID, SampleRecord, SeriesRecord

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
TOLD_APART_BY = ["origin", "record_digest", "summary_digest"]
DETAILS = ["source_name", "organisms", "platform", "characteristics"]
Kind = CrossReference.Kind

# Each side of a link may tell it; `links` has both ways of saying that one is part of the other.
LINK = """
with told as (
    select d.accession as one, r.kind, r.accession as other
    from cross_references r join datasets d on d.id = r.dataset_id
    where r.kind in ('superseries', 'subseries') and d.accession = any(%(among)s)
    union select d.accession, r.kind, r.accession
    from cross_references r join datasets d on d.id = r.dataset_id
    where r.kind in ('superseries', 'subseries') and r.accession = any(%(among)s)
), links as (
    select one as part, other as whole from told where kind = 'superseries'
    union select other, one from told where kind = 'subseries'
), linked as (
    select accession,
        array(select whole::text from links where part = accession order by 1) as superseries,
        array(select part::text from links where whole = accession order by 1) as subseries
    from unnest(%(among)s::text[]) as accession
)
update datasets d set superseries = l.superseries, subseries = l.subseries from linked l
where d.accession = l.accession
    and (d.superseries, d.subseries) is distinct from (l.superseries, l.subseries)
"""


@dataclass(frozen=True, slots=True)
class Incoming:
    """A record that was read. The digests tell it, and NCBI's summary, from what is stored."""

    record: SeriesRecord
    digest: str
    origin: Origin = Origin.DUMP
    summary_digest: str = ""


@dataclass(slots=True)
class Counts:
    """What became of records."""

    added: int = 0
    updated: int = 0
    unchanged: int = 0
    older: int = 0

    @property
    def has_changed(self) -> bool:
        return bool(self.added or self.updated)


Taken = tuple[SeriesRecord, Dataset]


@dataclass(slots=True)
class _Batch:
    """What is to be written: series of which something is new, and of which a summary says nothing new."""

    news: list[Taken] = field(default_factory=list)
    seen: list[Taken] = field(default_factory=list)


def digest_of(record: SeriesRecord) -> str:
    return hashlib.sha256(orjson.dumps(record)).hexdigest()


def store(incoming: Iterable[Incoming], *, counts: Counts, at: datetime) -> None:
    """Store records, each whole or not at all, and count what became of them.

    The accessions differ. A dump's or GEO's whole record replaces what is stored unless its
    `last_update` is earlier; a summary only adds to it; the starter catalogue gives way to all.
    """
    by_accession = {one.record.accession: one for one in incoming}
    with transaction.atomic():
        stored = _lock(by_accession.values())
        batch = _Batch()
        for accession in sorted(by_accession):
            _sort_in(by_accession[accession], stored.get(accession), batch, counts, at)
        Dataset.objects.bulk_update([dataset for _, dataset in batch.seen], TOLD_APART_BY)
        _write(batch, among=stored.keys() | by_accession.keys())


def _lock(incoming: Iterable[Incoming]) -> dict[str, Dataset]:
    """Return the rows that will change by accession, taken in one order so that writers only wait."""
    affected: set[str] = set()
    for one in incoming:
        named = cross_references(one.record)
        affected.update(named.series, named.superseries, named.subseries)
    named_by = CrossReference.objects.filter(
        kind__in=[Kind.SUPERSERIES, Kind.SUBSERIES], dataset__accession__in=affected
    )
    affected.update(named_by.values_list("accession", flat=True))
    rows = Dataset.objects.select_for_update().filter(accession__in=affected)
    return {one.accession: one for one in rows.order_by("accession")}


def _sort_in(
    one: Incoming, known: Dataset | None, batch: _Batch, counts: Counts, at: datetime
) -> None:
    """Decide what becomes of a record."""
    if known is None:
        counts.added += 1
        batch.news.append((one.record, _taken_over(Dataset(created_at=at), one.record, one, at)))
    elif _is_known(one, known):
        counts.unchanged += 1
    elif _gives_way(one, known):
        counts.older += 1
    else:
        record = _merged(one, known)
        if one.origin is Origin.SUMMARY and replace(record, samples=[]) == _record_of(known):
            counts.unchanged += 1
            batch.seen.append((record, _told_apart(known, one)))
        else:
            counts.updated += 1
            batch.news.append((record, _taken_over(known, record, one, at)))


def _is_known(one: Incoming, known: Dataset) -> bool:
    if one.origin is Origin.SUMMARY:
        return one.summary_digest == known.summary_digest
    return one.digest == known.record_digest and one.summary_digest in {"", known.summary_digest}


def _gives_way(one: Incoming, known: Dataset) -> bool:
    if one.origin is Origin.STARTER and known.origin != Origin.STARTER:
        return True
    dated = one.record.last_update is not None and known.last_update is not None
    return dated and one.record.last_update < known.last_update  # type: ignore[operator]


def _merged(one: Incoming, known: Dataset) -> SeriesRecord:
    if one.origin is not Origin.SUMMARY:
        return one.record
    is_ours = known.origin == Origin.STARTER
    return richer(one.record, _record_of(known), is_text_ours=is_ours)


def _record_of(dataset: Dataset) -> SeriesRecord:
    values = {name: getattr(dataset, name) for name in COPIED_FIELDS}
    return SeriesRecord(accession=dataset.accession, samples=[], **values)


def _taken_over(dataset: Dataset, record: SeriesRecord, one: Incoming, at: datetime) -> Dataset:
    dataset.accession = record.accession
    for name in COPIED_FIELDS:
        setattr(dataset, name, getattr(record, name))
    dataset.updated_at = at
    return _told_apart(dataset, one)


def _told_apart(dataset: Dataset, one: Incoming) -> Dataset:
    """Note what was read. After a summary the record's own digest stays: the same dump is no news."""
    dataset.origin = one.origin
    dataset.summary_digest = one.summary_digest or dataset.summary_digest
    if one.origin is not Origin.SUMMARY:
        dataset.record_digest = one.digest
    return dataset


def _write(batch: _Batch, *, among: Iterable[str]) -> None:
    datasets = [dataset for _, dataset in batch.news]
    Dataset.objects.bulk_create(
        datasets,
        update_conflicts=True,
        unique_fields=["accession"],
        update_fields=[*COPIED_FIELDS, *TOLD_APART_BY, "updated_at"],
    )
    _store_samples([*batch.news, *batch.seen])
    if datasets:
        _store_platforms(datasets)
        _store_references(batch.news, among)
        indexing.index_words(datasets=datasets)
        raise_version(VERSION)


def _store_platforms(datasets: Sequence[Dataset]) -> None:
    accessions = sorted({name for dataset in datasets for name in dataset.platforms})
    Platform.objects.bulk_create(
        [Platform(accession=name) for name in accessions], ignore_conflicts=True
    )


def _store_samples(taken: Sequence[Taken]) -> None:
    """Write the records' samples, of each what is told, and which series each belongs to."""
    told = {one.accession: one for record, _ in taken for one in record.samples}
    kinds: dict[tuple[str, ...], list[Sample]] = defaultdict(list)
    for name in sorted(told):
        kinds[_told_of(told[name])].append(_sample_of(told[name]))
    for names, samples in kinds.items():
        Sample.objects.bulk_create(
            samples,
            ignore_conflicts=not names,
            update_conflicts=bool(names),
            unique_fields=["accession"] if names else None,
            update_fields=names or None,
        )
    if told:
        ids = dict(Sample.objects.filter(accession__in=told).values_list("accession", "id"))
        _store_membership([(record, dataset) for record, dataset in taken if record.samples], ids)


def _told_of(sample: SampleRecord) -> tuple[str, ...]:
    """Return what is told of a sample: all of it, or as in a summary its title at most."""
    if any(getattr(sample, name) for name in DETAILS):
        return ("title", "attributes", *DETAILS)
    return ("title",) if sample.title else ()


def _store_membership(taken: Sequence[Taken], ids: Mapping[str, UUID]) -> None:
    """Write who belongs to which series: only more, where a record names fewer than it counts."""
    belongs = Sample.datasets.through
    whole = [dataset for record, dataset in taken if len(record.samples) >= _counted(record)]
    belongs.objects.filter(dataset__in=whole).delete()
    belongs.objects.bulk_create(
        [
            belongs(sample_id=ids[accession], dataset_id=dataset.id)
            for record, dataset in taken
            for accession in dict.fromkeys(one.accession for one in record.samples)
        ],
        ignore_conflicts=True,
    )


def _counted(record: SeriesRecord) -> int:
    return record.sample_count or 0


def _sample_of(record: SampleRecord) -> Sample:
    details = {name: getattr(record, name) for name in DETAILS}
    return Sample(
        accession=record.accession,
        title=record.title,
        attributes=columns(record.characteristics),
        **details,
    )


def _store_references(taken: Sequence[Taken], among: Iterable[str]) -> None:
    """Write what the records name, and link the series among these that belong together."""
    CrossReference.objects.filter(dataset__in=[dataset for _, dataset in taken]).delete()
    CrossReference.objects.bulk_create(
        CrossReference(dataset=dataset, kind=kind, accession=accession)
        for record, dataset in taken
        for kind, accessions in _named(record).items()
        for accession in accessions
    )
    with connection.cursor() as cursor:
        cursor.execute(LINK, {"among": sorted(among)})


def _named(record: SeriesRecord) -> dict[str, list[str]]:
    named = cross_references(record)
    return {
        Kind.PLATFORM: named.platforms,
        Kind.SRA: named.sra_studies,
        Kind.BIOPROJECT: named.bioprojects,
        Kind.PUBMED_ID: [one for one in named.pubmed_ids if PUBMED_ID.fullmatch(one)],
        Kind.SUPERSERIES: [one for one in named.superseries if one != record.accession],
        Kind.SUBSERIES: [one for one in named.subseries if one != record.accession],
    }
