"""Every real file that we have is read, or refused with the reason that fits it."""

import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from discovery.geo.reading import read
from discovery.geo.records import Unreadable

FOLDER = Path(__file__).parents[4] / "shared" / "corpus" / "ncbi"
pytestmark = pytest.mark.skipif(not FOLDER.exists(), reason="the shared corpus is not here")

READ = {
    "Family": 120,
    "Summary": 27,
    "Publication": 15,
    "Found": 13,
    "CrossReferences": 9,
}
# The reason, the files that are refused for it, and how many they are.
REFUSED = [
    ("curated DataSet", r"gemma/.*/GDS\d+\.soft(\.txt)?\.gz", 102),
    ("not an accession", r"(biopython/Geo|geoparse_tests)/soft_ex_.*\.txt", 7),
    ("not an accession", r"gemma/.*/GSE3193trick_family\.soft\.gz", 1),
    ("inside a data table", r"gemma/.*/GPL(2716|2899)_family\.soft\.gz", 2),
    ("XML, but", r"biopython/Entrez/efetch_(pmc|schemas)\.xml", 2),
    ("XML, but", r"eutils_json_samples/einfo.*\.xml", 3),
    ("query_key", r"biopython/Entrez/esummary8\.xml", 1),
    ("Invalid db", r"eutils_json_samples/es(earch\.bad|ummary\.)error\.(json|xml)", 4),
    ("cannot get document summary", r"eutils_json_samples/esummary\.pmcerror\.(json|xml)", 2),
    ("JSON, but", r"eutils_json_samples/e(info|fetch).*\.json", 6),
    ("JSON, but", r"ffq/.*\.(json|txt)", 25),
    ("web page", r"ffq/CRX118013\.txt", 1),
    ("no format of GEO", r"ffq/(bam|fastqs)(_empty)?\.txt", 4),
    ("no format of GEO", r"geoparse_tests/.*\.tab|omicidx_tests/test_.*\.py", 3),
    ("no format of GEO", r"refinebio_vcr_cassettes/.*\.yaml", 5),
    ("is empty", r"omicidx_tests/__init__\.py", 1),
]


def files() -> Iterator[tuple[str, Path]]:
    for path in sorted(FOLDER.rglob("*")):
        if path.is_file() and path.name != "MANIFEST.tsv":
            yield path.relative_to(FOLDER).as_posix(), path


def verdict(name: str, path: Path) -> str:
    """Return the kind of record in a file, or the row of REFUSED that its refusal fits."""
    with path.open("rb") as file:
        try:
            record = read(file)
        except Unreadable as error:
            return refusal(name, str(error))
    one = record[0] if isinstance(record, list) else record
    return type(one).__name__


def refusal(name: str, reason: str) -> str:
    for row, (words, form, _) in enumerate(REFUSED):
        if words in reason and re.fullmatch(form, name):
            return f"refused {row}"
    return f"{name}: {reason}"


def test_each_file_is_read_or_refused_with_its_reason() -> None:
    verdicts = Counter(verdict(name, path) for name, path in files())

    expected = READ | {f"refused {row}": count for row, (_, _, count) in enumerate(REFUSED)}
    assert dict(verdicts) == {kind: count for kind, count in expected.items() if count}
    assert sum(verdicts.values()) >= 350


def of(name: str) -> Any:
    with (FOLDER / name).open("rb") as file:
        return read(file)


def test_a_brief_soft_file_and_the_series_matrix_tell_the_same_series() -> None:
    (brief,) = of("phantasus_testdata/GSE99709_brief.txt").series
    matrix = of("phantasus_testdata/GSE99709_series_matrix.txt.gz")

    assert matrix.series[0].title == brief.title
    assert matrix.series[0].sample_count == brief.sample_count == len(matrix.samples) == 12
    assert (brief.bioproject, brief.sra) == ("PRJNA389387", "SRP108660")
    assert matrix.series[0].organisms == brief.organisms == ["Mus musculus"]
    assert "treated with: 100ng/ul CNTF" in matrix.series[0].characteristics


def test_summaries_in_json_and_in_xml_say_the_same() -> None:
    (in_json,) = of("eutils_json_samples/esummary.gds.json")
    (in_xml,) = of("eutils_json_samples/esummary.gds.xml")

    for name in ("accession", "title", "gpl", "pdat", "suppfile", "samples"):
        assert in_json.fields[name] == in_xml.fields[name]
