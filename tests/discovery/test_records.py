import contextlib
import gzip
import json
from datetime import date
from pathlib import Path

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from discovery.records import MAX_TEXT, BadRecord, parse_series

CORPUS = Path(__file__).parents[3] / "shared" / "corpus" / "series.jsonl.gz"
SMALLEST = {"accession": "GSE1", "title": "Heat shock in yeast", "summary": "Cells were heated."}


def line(**fields: object) -> bytes:
    return orjson.dumps(SMALLEST | fields)


def test_a_record_with_what_it_must_have_is_taken() -> None:
    record = parse_series(line())

    assert (record.accession, record.title) == ("GSE1", "Heat shock in yeast")


def test_what_a_record_does_not_say_is_unknown() -> None:
    record = parse_series(line())

    assert record.sample_count is None
    assert record.release_date is None
    assert record.overall_design is None
    assert record.organisms == []


def test_an_accession_is_taken_in_any_case() -> None:
    assert parse_series(line(accession="gse2034")).accession == "GSE2034"


def test_dates_are_read() -> None:
    assert parse_series(line(release_date="2005-02-23")).release_date == date(2005, 2, 23)


def test_known_taxa_name_the_organisms_of_a_record_that_names_none() -> None:
    assert parse_series(line(taxa=["10090", "424242"])).organisms == ["Mus musculus"]


def test_named_organisms_win_over_taxa() -> None:
    record = parse_series(line(taxa=["10090"], organisms=["Mus musculus castaneus"]))

    assert record.organisms == ["Mus musculus castaneus"]


def test_accessions_of_other_archives_are_read_from_the_relations() -> None:
    relations = ["BioProject: https://x.example/bioproject/PRJNA12", "SRA: https://x/sra?term=SRP9"]

    record = parse_series(line(relations=relations))

    assert (record.bioproject, record.sra) == ("PRJNA12", "SRP9")


def test_a_bare_number_is_no_bioproject() -> None:
    assert parse_series(line(relations=["BioProject: 85171"])).bioproject is None


def test_a_text_that_is_said_twice_is_kept_once() -> None:
    record = parse_series(line(organisms=["Homo sapiens", "Homo sapiens"]))

    assert record.organisms == ["Homo sapiens"]


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (b"{", "not JSON"),
        (b"[]", "not a JSON object"),
        (b"\xff\xfe", "not JSON"),
        (b'{"accession": "GSE1", "title": "x"}', "summary: missing"),
        (line(accession="GSM1"), "accession: 'GSM1'"),
        (line(accession="GSE0"), "accession: 'GSE0'"),
        (line(accession="GSE\u0661"), "accession"),
        (line(title=7), "title: text expected, not int"),
        (line(title="  "), "title: missing"),
        (line(title="a\u0000b"), "title: holds a character that is not text"),
        (line(summary="a" * (MAX_TEXT + 1)), "summary: 100001 characters"),
        (line(organisms="Homo sapiens"), "organisms: a list of str expected"),
        (line(organisms=[1]), "organisms: a list of str expected"),
        (line(platforms=["HG-U133A"]), "platforms: 'HG-U133A'"),
        (line(n_samples=-1), "n_samples: a whole number"),
        (line(n_samples=True), "n_samples: a whole number"),
        (line(n_samples=1.5), "n_samples: a whole number"),
        (line(n_samples=2**31), "n_samples: a whole number"),
        (line(release_date="2005-02-30"), "release_date: '2005-02-30' is not a date"),
        (line(summary_truncated="yes"), "summary_truncated: true or false"),
        (line(samples=[{"accession": "GSE5"}]), "accession: 'GSE5'"),
        (line(samples=["GSM5"]), "samples: a list of dict expected"),
    ],
)
def test_a_bad_record_is_refused_with_the_field_and_the_reason(text: bytes, reason: str) -> None:
    with pytest.raises(BadRecord, match=reason):
        parse_series(text)


values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)
FIELDS = ["accession", "title", "summary", "organisms", "n_samples", "release_date", "samples"]


@given(st.dictionaries(st.sampled_from(FIELDS), values))
def test_any_json_is_a_record_or_a_clear_refusal(fields: dict[str, object]) -> None:
    text = json.dumps(SMALLEST | fields).encode()

    with contextlib.suppress(BadRecord):
        assert parse_series(text).accession.startswith("GSE")


@given(st.binary(max_size=200))
def test_any_bytes_are_a_record_or_a_clear_refusal(text: bytes) -> None:
    with contextlib.suppress(BadRecord):
        assert parse_series(text).accession.startswith("GSE")


@pytest.mark.skipif(not CORPUS.exists(), reason="the shared corpus is not here")
def test_every_series_of_the_corpus_is_a_good_record() -> None:
    with gzip.open(CORPUS) as lines:
        accessions = {parse_series(text).accession for text in lines}

    assert len(accessions) == 11_384
