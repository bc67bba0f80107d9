"""Take GEO records into the catalogue: in bulk, resumable, and each record whole or not at all."""

import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice
from typing import IO

from django.db.models import Q, QuerySet

from caching.services import raise_version, warm_most_asked
from common.errors import OracleError
from common.text import UNUSABLE, holds_unusable
from discovery import indexing
from discovery.models import VERSION, CrossReference, Dataset, Origin, Sample, SearchDocument
from discovery.records import SERIES_ACCESSION, BadRecord, parse_series
from discovery.storing import Counts, Incoming, store
from discovery.understanding import Filters

BATCH = 500
# A link between two series may be told by either.
OTHER_SIDE = {"superseries": "subseries", "subseries": "superseries"}
MAX_LINE = 4 * 1024 * 1024  # bytes; GEO's longest record is near 60 kB


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
class LoadReport(Counts):
    """What became of the records: counts, and the refused lines with the reason."""

    refused: list[tuple[int, str]] = field(default_factory=list)

    @property
    def read(self) -> int:
        return self.added + self.updated + self.unchanged + self.older + len(self.refused)


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


def read(text: str) -> Dataset:
    """Return the series with an accession, however somebody wrote it.

    :raises SeriesUnknown: if there is none
    """
    found = Dataset.objects.filter(accession=accession_of(text)).first()
    if found is None:
        raise SeriesUnknown.named(text)
    return found


def matching(*, filters: Filters) -> QuerySet[Dataset]:
    """Return the series that meet every filter; who does not say does not meet it."""
    if not filters.as_dict():
        return Dataset.objects.all()
    documents = SearchDocument.objects.matching(filters, keep_unknown=False)
    return Dataset.objects.filter(search_document__in=documents)


def naming(found: QuerySet[Dataset], *, references: Mapping[str, str]) -> QuerySet[Dataset]:
    """Return those of the series that refer to all of these records.

    :param references: accessions by the kind of `CrossReference`, or `sample`
    """
    for kind, accession in references.items():
        found = found.filter(_refers_to(kind, accession))
    return found


def _refers_to(kind: str, accession: str) -> Q:
    if kind == "sample":
        belongs = Sample.datasets.through.objects.filter(sample__accession=accession)
        return Q(pk__in=belongs.values("dataset"))
    says_so = _references(kind, accession=accession).values("dataset")
    if kind not in OTHER_SIDE:
        return Q(pk__in=says_so)
    told = _references(OTHER_SIDE[kind], dataset__accession=accession)
    named = Dataset.objects.filter(accession__in=told.values("accession"))
    return Q(pk__in=says_so.union(named.values("pk")))


def _references(kind: str, **named: str) -> QuerySet[CrossReference]:
    return CrossReference.objects.filter(kind=kind, **named)


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
    *,
    lines: Iterable[Line],
    at: datetime,
    origin: Origin = Origin.DUMP,
    on_progress: Callable[[LoadReport], None] | None = None,
) -> LoadReport:
    """Take the records in, a batch a transaction. Running it again takes only what is new.

    A record replaces what is stored under its accession unless its `last_update` is earlier, or it
    is one of the starter catalogue and the stored one is not.
    """
    report = LoadReport()
    rest = iter(lines)
    while batch := list(islice(rest, BATCH)):
        _load_batch(batch, report, origin, at)
        if on_progress:
            on_progress(report)
    if report.has_changed:
        indexing.count_lexemes()
        raise_version(VERSION)  # rarity has changed, and with it the ranking
        warm_most_asked(at=at)
    return report


def bring_index_up_to_date(*, on_progress: Callable[[int], None] | None = None) -> int:
    """Index anew what was indexed by an earlier version or with other ontologies; say how many."""
    done = indexing.index_outdated(on_progress=on_progress)
    if done:
        raise_version(VERSION)
    return done


def _load_batch(batch: list[Line], report: LoadReport, origin: Origin, at: datetime) -> None:
    store(_parse(batch, report, origin).values(), counts=report, at=at)


def _parse(batch: list[Line], report: LoadReport, origin: Origin) -> dict[str, Incoming]:
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
        incoming[record.accession] = Incoming(record, digest, origin)
    return incoming
