from dataclasses import replace

import pytest

from discovery.merging import richer
from discovery.records import SampleRecord, SeriesRecord, series_of

WHOLE = series_of(
    {
        "accession": "GSE7",
        "title": "Livers of mice",
        "summary": "First paragraph.\nSecond paragraph.",
        "overall_design": "Three of each.",
        "organisms": ["Mus musculus"],
        "series_type": ["Expression profiling by array"],
        "platforms": ["GPL1"],
        "n_samples": 6,
        "pubmed_ids": ["1"],
        "submission_date": "2010-01-01",
        "release_date": "2010-02-01",
        "last_update": "2019-01-01",
        "supplementary_files": ["ftp://example.org/a.cel"],
        "relations": ["BioProject: https://www.ncbi.nlm.nih.gov/bioproject/PRJNA1"],
        "characteristics_values": ["age: 7"],
    }
)
SUMMARY = series_of(
    {
        "accession": "GSE7",
        "title": "Livers of mice",
        "summary": "First paragraph. Second paragraph.",
        "organisms": ["Mus musculus"],
        "n_samples": 8,
        "release_date": "2010-02-01",
        "supplementary_types": ["CEL"],
        "relations": ["BioProject: PRJNA1", "SRA: SRP5"],
        "samples": [{"accession": "GSM1", "title": "one"}],
    }
)


def test_a_summary_takes_nothing_away() -> None:
    merged = richer(SUMMARY, WHOLE)

    for name in (
        *("overall_design", "platforms", "study_types", "pubmed_ids", "submission_date"),
        *("last_update", "supplementary_files", "characteristics", "bioproject"),
    ):
        assert getattr(merged, name) == getattr(WHOLE, name), name


def test_a_summary_tells_what_is_new() -> None:
    merged = richer(SUMMARY, WHOLE)

    assert (merged.sample_count, merged.supplementary_types, merged.sra) == (8, ["CEL"], "SRP5")
    assert merged.samples == [SampleRecord("GSM1", "one", None, [], None, [])]


def test_a_relation_in_other_words_is_no_other_relation() -> None:
    assert richer(SUMMARY, WHOLE).relations == [*WHOLE.relations, "SRA: SRP5"]


def of(text: str, *, is_cut: bool) -> SeriesRecord:
    return replace(SUMMARY, summary=text, summary_truncated=is_cut)


@pytest.mark.parametrize(
    ("known", "told", "kept"),
    [
        (of("One\ntwo", is_cut=False), of("One two", is_cut=False), "One\ntwo"),
        (of("One two", is_cut=False), of("One...", is_cut=True), "One two"),
        (of("Old", is_cut=False), of("New...", is_cut=True), "Old"),
        (of("Old", is_cut=False), of("New", is_cut=False), "New"),
        (of("One...", is_cut=True), of("One two", is_cut=False), "One two"),
        (of("Old...", is_cut=True), of("New...", is_cut=True), "New..."),
    ],
)
def test_a_cut_text_never_replaces_a_whole_one(
    known: SeriesRecord, told: SeriesRecord, kept: str
) -> None:
    merged = richer(told, known)

    assert merged.summary == kept
    assert merged.summary_truncated is kept.endswith("...")


def test_a_text_that_turns_out_whole_is_cut_no_more() -> None:
    merged = richer(of("One...", is_cut=False), of("One...", is_cut=True))

    assert not merged.summary_truncated


def test_our_own_text_gives_way_to_the_record_s_even_if_that_is_cut() -> None:
    merged = richer(of("New...", is_cut=True), of("Ours", is_cut=False), is_text_ours=True)

    assert (merged.summary, merged.summary_truncated) == ("New...", True)


def test_a_new_title_replaces_the_old_one() -> None:
    assert richer(replace(SUMMARY, title="New"), WHOLE).title == "New"
    assert richer(replace(SUMMARY, title="Livers  of mice"), WHOLE).title == WHOLE.title
