"""A GEO series as one JSON object, the form of every dump that we read.

A field that is absent is unknown, and stays unknown: nothing is guessed.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, TypeVar

import orjson

SERIES_ACCESSION = re.compile(r"GSE[1-9][0-9]{0,8}")
PLATFORM_ACCESSION = re.compile(r"GPL[1-9][0-9]{0,8}")
SAMPLE_ACCESSION = re.compile(r"GSM[1-9][0-9]{0,8}")
BIOPROJECT = re.compile(r"\bPRJ[A-Z]{2}[0-9]{1,12}\b")
SRA_STUDY = re.compile(r"\b[SED]RP[0-9]{1,12}\b")
PUBMED_ID = re.compile(r"[1-9][0-9]{0,9}")
T = TypeVar("T")

MAX_TEXT = 100_000  # characters; GEO's longest are near 12,000
NOT_TEXT = re.compile("[\x00\ud800-\udfff]")

# The names GEO writes for the NCBI taxonomy ids that occur most; other ids stay unnamed.
ORGANISM_OF_TAXON = {
    "3702": "Arabidopsis thaliana",
    "4530": "Oryza sativa",
    "4565": "Triticum aestivum",
    "4577": "Zea mays",
    "4932": "Saccharomyces cerevisiae",
    "5833": "Plasmodium falciparum",
    "6239": "Caenorhabditis elegans",
    "7227": "Drosophila melanogaster",
    "7955": "Danio rerio",
    "9031": "Gallus gallus",
    "9544": "Macaca mulatta",
    "9606": "Homo sapiens",
    "9615": "Canis lupus familiaris",
    "9823": "Sus scrofa",
    "9913": "Bos taurus",
    "9940": "Ovis aries",
    "10090": "Mus musculus",
    "10116": "Rattus norvegicus",
}


class BadRecord(ValueError):
    """A record that cannot be taken; the message names the field and what is wrong with it."""


@dataclass(frozen=True, slots=True)
class SampleRecord:
    """One sample (GSM) of a series. `characteristics` are the submitter's "key: value" lines."""

    accession: str
    title: str
    source_name: str | None
    organisms: list[str]
    platform: str | None
    characteristics: list[str]


@dataclass(frozen=True, slots=True)
class SeriesRecord:
    """One series (GSE). None and empty lists mean that the record does not say."""

    accession: str
    title: str
    summary: str
    overall_design: str | None
    organisms: list[str]
    study_types: list[str]
    platforms: list[str]
    sample_count: int | None
    pubmed_ids: list[str]
    submission_date: date | None
    release_date: date | None
    last_update: date | None
    supplementary_files: list[str]
    supplementary_types: list[str]
    relations: list[str]
    characteristics: list[str]
    summary_truncated: bool
    bioproject: str | None
    sra: str | None
    samples: list[SampleRecord]


def parse_series(line: bytes) -> SeriesRecord:
    """Return the series of one line of JSON.

    :raises BadRecord: if the line is not JSON, lacks what a series must have, or has a wrong type
    """
    try:
        raw = orjson.loads(line)
    except orjson.JSONDecodeError as error:
        raise BadRecord(f"not JSON: {error}") from error
    if not isinstance(raw, dict):
        raise BadRecord("not a JSON object")
    return series_of(raw)


def series_of(raw: Mapping[str, Any]) -> SeriesRecord:
    """Return the series that an object of the dump's form describes.

    :raises BadRecord: if it lacks what a series must have, or has a wrong type
    """
    relations = _texts(raw, "relations")
    return SeriesRecord(
        accession=_accession(raw, "accession", SERIES_ACCESSION),
        title=_required_text(raw, "title"),
        summary=_required_text(raw, "summary"),
        overall_design=_text(raw, "overall_design"),
        organisms=_organisms(raw),
        study_types=_texts(raw, "series_type"),
        platforms=_accessions(raw, "platforms", PLATFORM_ACCESSION),
        sample_count=_count(raw, "n_samples"),
        pubmed_ids=_texts(raw, "pubmed_ids"),
        submission_date=_date(raw, "submission_date"),
        release_date=_date(raw, "release_date"),
        last_update=_date(raw, "last_update"),
        supplementary_files=_texts(raw, "supplementary_files"),
        supplementary_types=[one.upper() for one in _texts(raw, "supplementary_types")],
        relations=relations,
        characteristics=_texts(raw, "characteristics_values"),
        summary_truncated=_flag(raw, "summary_truncated"),
        bioproject=_first_match(BIOPROJECT, relations),
        sra=_first_match(SRA_STUDY, relations),
        samples=_each(raw, "samples", dict, sample_of),
    )


def sample_of(raw: Mapping[str, Any]) -> SampleRecord:
    """Return the sample that an object of the dump's form describes.

    :raises BadRecord: if it has no accession, or a field of a wrong type
    """
    platform = _text(raw, "platform")
    return SampleRecord(
        accession=_accession(raw, "accession", SAMPLE_ACCESSION),
        title=_text(raw, "title") or "",
        source_name=_text(raw, "source_name"),
        organisms=_texts(raw, "organisms"),
        platform=platform.upper() if platform else None,
        characteristics=_texts(raw, "characteristics"),
    )


def _organisms(raw: Mapping[str, Any]) -> list[str]:
    named = _texts(raw, "organisms")
    taxa = _texts(raw, "taxa")
    return named or [ORGANISM_OF_TAXON[taxon] for taxon in taxa if taxon in ORGANISM_OF_TAXON]


def _text(raw: Mapping[str, Any], field: str) -> str | None:
    value = raw.get(field)
    if value is None:
        return None
    if not isinstance(value, str):
        raise BadRecord(f"{field}: text expected, not {type(value).__name__}")
    if len(value) > MAX_TEXT:
        raise BadRecord(f"{field}: {len(value)} characters; at most {MAX_TEXT} are taken")
    if NOT_TEXT.search(value):
        raise BadRecord(f"{field}: holds a character that is not text (NUL or half a surrogate)")
    return value.strip() or None


def _required_text(raw: Mapping[str, Any], field: str) -> str:
    value = _text(raw, field)
    if value is None:
        raise BadRecord(f"{field}: missing")
    return value


def _accession(raw: Mapping[str, Any], field: str, form: re.Pattern[str]) -> str:
    value = _required_text(raw, field).upper()
    if not form.fullmatch(value):
        raise BadRecord(f"{field}: {value[:40]!r} is not an accession of the form {form.pattern}")
    return value


def _accessions(raw: Mapping[str, Any], field: str, form: re.Pattern[str]) -> list[str]:
    values = [value.upper() for value in _texts(raw, field)]
    for value in values:
        if not form.fullmatch(value):
            raise BadRecord(f"{field}: {value[:40]!r} is not of the form {form.pattern}")
    return values


def _texts(raw: Mapping[str, Any], field: str) -> list[str]:
    """Return the field's texts, each once, in their order."""
    texts = _each(raw, field, str, lambda one: _text({field: one}, field))
    return list(dict.fromkeys(text for text in texts if text))


def _each(raw: Mapping[str, Any], field: str, kind: type, read: Callable[[Any], T]) -> list[T]:
    values = raw.get(field)
    if values is None:
        return []
    if not isinstance(values, list) or not all(isinstance(one, kind) for one in values):
        raise BadRecord(f"{field}: a list of {kind.__name__} expected")
    return [read(one) for one in values]


def _count(raw: Mapping[str, Any], field: str) -> int | None:
    value = raw.get(field)
    if value is None:
        return None
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value < 2**31:
        raise BadRecord(f"{field}: a whole number from 0 expected")
    return value


def _flag(raw: Mapping[str, Any], field: str) -> bool:
    value = raw.get(field, False)
    if not isinstance(value, bool):
        raise BadRecord(f"{field}: true or false expected")
    return value


def _date(raw: Mapping[str, Any], field: str) -> date | None:
    value = _text(raw, field)
    if value is None:
        return None
    try:
        return date.fromisoformat(value)
    except ValueError as error:
        raise BadRecord(f"{field}: {value[:40]!r} is not a date like 2024-05-31") from error


def _first_match(form: re.Pattern[str], texts: list[str]) -> str | None:
    return next((found[0] for text in texts if (found := form.search(text))), None)
