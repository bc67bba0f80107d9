"""What GEO's files hold besides series and samples. None and empty lists: the file does not say."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from discovery.records import BIOPROJECT, SRA_STUDY, SampleRecord, SeriesRecord

ACCESSION = re.compile(r"\bG(?:SE|SM|PL)[1-9][0-9]{0,8}\b")


class Unreadable(ValueError):
    """A file that is refused; the message is the reason, for the person who reads it."""


@dataclass(frozen=True, slots=True)
class PlatformRecord:
    """A platform (GPL): the array or the sequencer."""

    accession: str
    title: str | None
    organisms: list[str]
    technology: str | None
    manufacturer: str | None


@dataclass(frozen=True, slots=True)
class Family:
    """What one SOFT, MINiML or series-matrix file holds.

    `rows` is how many rows of data tables were passed over; `encoding` is what the text was in.
    """

    series: list[SeriesRecord]
    samples: list[SampleRecord]
    platforms: list[PlatformRecord]
    rows: int
    encoding: str


@dataclass(frozen=True, slots=True)
class CrossReferences:
    """The accessions that a record names, each once, in their order."""

    series: list[str] = field(default_factory=list)
    samples: list[str] = field(default_factory=list)
    platforms: list[str] = field(default_factory=list)
    sra_studies: list[str] = field(default_factory=list)
    bioprojects: list[str] = field(default_factory=list)
    pubmed_ids: list[str] = field(default_factory=list)
    superseries: list[str] = field(default_factory=list)
    subseries: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Found:
    """The answer of esearch. `history` finds the same ids again on NCBI's history server."""

    count: int
    ids: list[str]
    history: "History | None"
    translation: str | None
    warnings: list[str]


@dataclass(frozen=True, slots=True)
class History:
    """Where NCBI keeps the ids of an answer."""

    web_env: str
    query_key: str


@dataclass(frozen=True, slots=True)
class Summary:
    """One document of esummary: its fields by their names in lower case, lists as lists."""

    uid: str
    fields: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Links:
    """Where elink leads from some ids: the ids found, by the name of the link."""

    from_ids: list[str]
    to: Mapping[str, list[str]]


@dataclass(frozen=True, slots=True)
class Publication:
    """An article of PubMed, and the GEO accessions that it deposited."""

    pubmed_id: str
    title: str | None
    journal: str | None
    year: int | None
    doi: str | None
    accessions: list[str]


def cross_references(series: SeriesRecord) -> CrossReferences:
    """Return what a series refers to, its parents and its parts."""
    named = {kind: list(_related(series.relations, kind)) for kind in ("SubSeries", "SuperSeries")}
    return CrossReferences(
        series=[series.accession],
        samples=[one.accession for one in series.samples],
        platforms=series.platforms,
        sra_studies=_all(SRA_STUDY, series.relations),
        bioprojects=_all(BIOPROJECT, series.relations),
        pubmed_ids=series.pubmed_ids,
        superseries=named["SubSeries"],
        subseries=named["SuperSeries"],
    )


def _related(relations: Iterable[str], kind: str) -> Iterator[str]:
    """Yield the accessions of "SubSeries of: GSE1": what stands there is the other side."""
    for relation in relations:
        if relation.startswith(f"{kind} of"):
            yield from ACCESSION.findall(relation)


def _all(form: re.Pattern[str], texts: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(found for text in texts for found in form.findall(text)))
