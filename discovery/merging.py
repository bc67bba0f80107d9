"""What to make of an NCBI summary of a series that is known already: plain Python.

A summary has no design, no submission date, no files, of samples only the titles, and of long texts
only the beginning. So it brings a record up to date where it says something, and takes nothing away.
"""

from collections.abc import Iterable
from dataclasses import fields, replace

from discovery.records import BIOPROJECT, SRA_STUDY, SeriesRecord

# What a summary says in another form than a whole record.
TEXTS = ("title", "summary")
NOT_COPIED = frozenset({"accession", "samples", "relations", "summary_truncated", *TEXTS})


def richer(
    summary: SeriesRecord, known: SeriesRecord, *, is_text_ours: bool = False
) -> SeriesRecord:
    """Return what is known, with what the summary says; the samples are the summary's.

    :param is_text_ours: whether the known texts are not the record's own, so that its own win even
        if they are cut
    """
    told = {
        field.name: value
        for field in fields(SeriesRecord)
        if field.name not in NOT_COPIED and (value := getattr(summary, field.name))
    }
    merged = replace(
        known,
        **told,
        samples=summary.samples,
        relations=_both(known.relations, summary.relations),
    )
    if not _is_same(summary.title, known.title):
        merged = replace(merged, title=summary.title)
    if is_text_ours or not _is_as_good(known, summary):
        merged = replace(
            merged, summary=summary.summary, summary_truncated=summary.summary_truncated
        )
    return merged


def _is_as_good(known: SeriesRecord, summary: SeriesRecord) -> bool:
    """Say whether the known text says all that the summary's text does."""
    if _is_same(known.summary, summary.summary):
        return not known.summary_truncated or summary.summary_truncated
    return summary.summary_truncated and not known.summary_truncated


def _is_same(one: str, other: str) -> bool:
    """Say whether two texts differ in white space at most."""
    return one.split() == other.split()


def _both(known: list[str], told: Iterable[str]) -> list[str]:
    """Return the known relations and those of the told ones that name what they do not."""
    named = {one for relation in known for one in _names(relation)}
    return known + [one for one in told if not named.issuperset(_names(one))]


def _names(relation: str) -> list[str]:
    found = [*BIOPROJECT.findall(relation), *SRA_STUDY.findall(relation)]
    return found or [" ".join(relation.split())]
