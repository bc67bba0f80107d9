"""Records out of entries, the form that SOFT, series matrices and MINiML have in common."""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from discovery.geo.records import PlatformRecord, Unreadable
from discovery.records import (
    PLATFORM_ACCESSION,
    BadRecord,
    SampleRecord,
    SeriesRecord,
    sample_of,
    series_of,
)

WANTED = re.compile(
    "title|geo_accession|status|submission_date|last_update_date|summary|overall_design|type"
    "|sample_id|platform_id|relation|pubmed_id|sample_organism|sample_taxid|organism|technology"
    "|manufacturer|supplementary_file(?:_[0-9]+)?"
    "|(?:source_name|organism|taxid|characteristics)_ch[0-9]+"
)
MAX_CHARACTERS = 64 * 2**20  # of one entry; the largest series names 100,000 samples
MAX_FAMILY = 256 * 2**20  # of all entries of a file; tables are not counted, being passed over
MAX_ENTRIES = 200_000
MAX_TOLD = 10_000_000  # samples and characteristics of all series; a sample may be in several
MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
DAY = re.compile(r"\b([A-Z][a-z]{2}) ([0-9]{1,2}),? ([0-9]{4})\b")
ISO_DAY = re.compile(r"\b([0-9]{4})[-/]([0-9]{2})[-/]([0-9]{2})\b")

Raw = dict[str, Any]


@dataclass
class Entry:
    """One series, sample or platform: what it is, its accession, and the fields we want of it."""

    kind: str
    accession: str
    fields: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    size: int = 0

    def add(self, name: str, value: str) -> None:
        if not value or not WANTED.fullmatch(name):
            return
        self.size += len(value)
        if self.size > MAX_CHARACTERS:
            raise Unreadable(f"{self.accession}: its description is longer than any in GEO.")
        self.fields[name].append(value)

    def all(self, name: str) -> list[str]:
        """Return the values of a field, those of `name_1`, `name_2`, `name_ch1`… among them."""
        return [
            value
            for key, values in self.fields.items()
            if key == name or key.startswith((f"{name}_ch", f"{name}_file"))
            for value in values
        ]

    def text(self, name: str) -> str | None:
        """Return a text that may stand on several lines."""
        return "\n".join(self.fields[name]) if name in self.fields else None


def family(
    entries: Iterable[Entry],
) -> tuple[list[SeriesRecord], list[SampleRecord], list[PlatformRecord]]:
    """Return the records of a file's entries; a series has those of its samples that are there.

    :raises Unreadable: if there are none, if one lacks what it must have, or beyond all measure
    """
    kept = _kept(entries)
    try:
        raw_samples = {name: _raw_sample(one) for name, one in kept["sample"].items()}
        return (
            [series_of(raw) for raw in _raw_series(kept["series"], raw_samples)],
            [sample_of(raw) for raw in raw_samples.values()],
            [_platform(one) for one in kept["platform"].values()],
        )
    except BadRecord as error:
        raise Unreadable(f"A record is not whole: {error}") from error


def _kept(entries: Iterable[Entry]) -> dict[str, dict[str, Entry]]:
    """Return the entries by kind and accession, each the first of its name."""
    kept: dict[str, dict[str, Entry]] = {"series": {}, "sample": {}, "platform": {}}
    size = count = 0
    for count, entry in enumerate(entries, start=1):
        size += entry.size
        if size > MAX_FAMILY or count > MAX_ENTRIES:
            raise Unreadable("The file describes more than any in GEO.")
        kept[entry.kind].setdefault(entry.accession.upper(), entry)
    if not count:
        raise Unreadable("The file describes no series, sample or platform.")
    return kept


def day_of(text: str | None) -> date | None:
    """Return the day in "Public on Jun 07 2017" or "2017-06-07"; None if there is none."""
    if text is None:
        return None
    try:
        if found := ISO_DAY.search(text):
            return date(*(int(part) for part in found.groups()))
        if (found := DAY.search(text)) and found[1] in MONTHS:
            return date(int(found[3]), MONTHS.index(found[1]) + 1, int(found[2]))
    except ValueError:
        return None
    return None


def iso_day(text: str | None) -> str | None:
    day = day_of(text)
    return day.isoformat() if day else None


def _raw_series(series: Mapping[str, Entry], samples: Mapping[str, Raw]) -> Iterator[Raw]:
    """Yield each series with its samples. One that names none has all, if it is alone."""
    told = 0
    for entry in series.values():
        named = list(
            dict.fromkeys(" ".join(entry.all("sample_id")).replace(",", " ").upper().split())
        )
        own = [samples[name] for name in named if name in samples]
        if not named and len(series) == 1:
            own = list(samples.values())
        told += sum(1 + len(sample["characteristics"]) for sample in own)
        if told > MAX_TOLD:
            raise Unreadable("The series of the file share more samples than any in GEO.")
        yield _raw_one(entry, own, count=len(named) or len(own) or None)


def _raw_one(entry: Entry, own: Sequence[Raw], *, count: int | None) -> Raw:
    status = entry.text("status")
    return {
        "accession": entry.accession,
        "title": entry.text("title"),
        "summary": entry.text("summary"),
        "overall_design": entry.text("overall_design"),
        "organisms": entry.all("sample_organism") or _union(own, "organisms"),
        "taxa": entry.all("sample_taxid"),
        "series_type": entry.all("type"),
        "platforms": entry.all("platform_id") or _union(own, "platform"),
        "n_samples": count,
        "pubmed_ids": entry.all("pubmed_id"),
        "submission_date": iso_day(entry.text("submission_date")),
        "release_date": iso_day(status),
        "last_update": iso_day(entry.text("last_update_date")),
        "supplementary_files": [one for one in entry.all("supplementary") if one != "NONE"],
        "relations": entry.all("relation"),
        "samples": own,
        "characteristics_values": _union(own, "characteristics"),
    }


def _raw_sample(entry: Entry) -> Raw:
    platforms = entry.all("platform_id")
    return {
        "accession": entry.accession,
        "title": entry.text("title"),
        "source_name": "; ".join(dict.fromkeys(entry.all("source_name"))),
        "organisms": entry.all("organism"),
        "platform": platforms[0] if platforms else None,
        "characteristics": entry.all("characteristics"),
    }


def _platform(entry: Entry) -> PlatformRecord:
    if not PLATFORM_ACCESSION.fullmatch(entry.accession):
        raise BadRecord(f"platform: {entry.accession[:40]!r} is not an accession like GPL570")
    return PlatformRecord(
        accession=entry.accession,
        title=entry.text("title"),
        organisms=entry.all("organism"),
        technology=entry.text("technology"),
        manufacturer=entry.text("manufacturer"),
    )


def _union(samples: Iterable[Raw], name: str) -> list[str]:
    """Return what the samples say under a name, each once."""
    found: dict[str, None] = {}
    for sample in samples:
        value = sample[name] or []
        found.update(dict.fromkeys([value] if isinstance(value, str) else value))
    return list(found)
