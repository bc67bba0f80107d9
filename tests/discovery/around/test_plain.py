"""Cells, citations and commands, whatever a record holds."""

import csv
import io
import json
import re
import shlex
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.cells import STARTERS, csv_lines, safe
from discovery.around.citing import FORMATS, Cited
from discovery.around.downloading import Link, commands, folder_of, left_out, links

CITED = Cited(
    accession="GSE2034",
    title="50% of {x} & y_z: #1\n \\input{evil} $5 ~^",
    url="https://www.ncbi.nlm.nih.gov/geo/query/acc.cgi?acc=GSE2034",
    release_date=date(2005, 2, 24),
    pubmed_ids=["15721472"],
)
texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=30)


@given(st.lists(texts, min_size=1, max_size=4))
def test_no_cell_is_a_formula_and_all_are_read_back(row: list[str]) -> None:
    written = "".join(csv_lines([row]))

    (read,) = list(csv.reader(io.StringIO(written, newline=""))) or [[""]]
    assert [cell.removeprefix("'") for cell in read] == [cell.removeprefix("'") for cell in row]
    assert all(cell[:1] not in STARTERS for cell in read if cell)


@pytest.mark.parametrize(
    "text",
    [
        "=1+1",
        "+1",
        "-1",
        "@SUM(A1)",
        "\t=1",
        "\r=1",
        "\n=1",
        "\0=1",
        "\uff1d1",
        '"=1"',
        "' =1",
        "  =1",
    ],
)
def test_what_looks_like_a_formula_is_marked_as_text(text: str) -> None:
    assert safe(text) == f"'{text}"


@pytest.mark.parametrize("text", ["", "liver", "a=b", "3-4", "p < 0.05", "'quoted'", "é"])
def test_what_is_none_stays_as_it_is(text: str) -> None:
    assert safe(text) == text


def test_bibtex_is_escaped() -> None:
    written = FORMATS["bibtex"].write(CITED)

    assert r"{{50\% of \{x\} \& y\_z: \#1 \textbackslash{}input\{evil\} \$5" in written
    assert "@misc{GSE2034," in written
    assert "year = {2005}" in written
    assert "pmid = {15721472}" in written


@given(texts)
def test_braces_of_bibtex_match_whatever_the_title(title: str) -> None:
    written = FORMATS["bibtex"].write(Cited("GSE1", title, "https://x", None, []))

    plain = re.sub(r"\\[{}]", "", written)
    depth = 0
    for sign in plain:
        depth += {"{": 1, "}": -1}.get(sign, 0)
        assert depth >= 0
    assert depth == 0
    assert "year" not in plain.replace(title, "")


def test_ris_has_a_record_for_each_work() -> None:
    lines = FORMATS["ris"].write(CITED).split("\r\n")

    assert lines[0] == "TY  - DATA"
    assert lines.count("ER  - ") == 2
    assert "TI  - 50% of {x} & y_z: #1 \\input{evil} $5 ~^" in lines
    assert "AN  - 15721472" in lines


@given(texts)
def test_a_title_adds_no_field_to_ris(title: str) -> None:
    written = FORMATS["ris"].write(Cited("GSE1", f"{title}\r\nER  - \nTY  - X", "u", None, []))

    assert [line[:2] for line in written.split("\r\n")] == [
        *("TY", "ID", "TI", "AN", "DB", "PB", "UR", "ER", ""),
    ]


def test_csl_json_has_the_series_and_its_publications() -> None:
    series, article = json.loads(FORMATS["csl-json"].write(CITED))

    assert (series["type"], series["archive_location"]) == ("dataset", "GSE2034")
    assert series["issued"] == {"date-parts": [[2005, 2, 24]]}
    assert (article["type"], article["PMID"]) == ("article-journal", "15721472")


@pytest.mark.parametrize(
    ("accession", "folder"),
    [
        ("GSE1", "series/GSEnnn/GSE1/"),
        ("GSE999", "series/GSEnnn/GSE999/"),
        ("GSE2034", "series/GSE2nnn/GSE2034/"),
        ("GSE123456", "series/GSE123nnn/GSE123456/"),
        ("GSM12345", "samples/GSM12nnn/GSM12345/"),
    ],
)
def test_folders_are_those_of_geo(accession: str, folder: str) -> None:
    assert folder_of(accession) == f"https://ftp.ncbi.nlm.nih.gov/geo/{folder}"


def found(*supplementary: str, study: str | None = None, platforms: int = 1) -> list[Link]:
    names = [f"GPL{n}" for n in range(platforms)]
    return links("GSE2034", platforms=names, supplementary=supplementary, study=study)


def test_a_series_has_its_files_at_geo() -> None:
    assert [(one.kind, one.name) for one in found()] == [
        ("soft", "GSE2034_family.soft.gz"),
        ("miniml", "GSE2034_family.xml.tgz"),
        ("matrix", "GSE2034_series_matrix.txt.gz"),
        ("supplementary", "suppl/"),
    ]


def test_with_several_platforms_there_is_a_folder_of_matrices() -> None:
    assert ("matrix", "matrix/") in [(one.kind, one.name) for one in found(platforms=2)]


@pytest.mark.parametrize(
    ("url", "path"),
    [
        (
            "ftp://ftp.ncbi.nlm.nih.gov/pub/geo/DATA/supplementary/series/GSE2034/GSE2034_RAW.tar",
            "series/GSE2nnn/GSE2034/suppl/GSE2034_RAW.tar",
        ),
        ("ftp://ftp.ncbi.nih.gov/x/notes%20a.txt", "series/GSE2nnn/GSE2034/suppl/notes%20a.txt"),
        (
            "https://ftp.ncbi.nlm.nih.gov/y/GSM36777.CEL.gz",
            "samples/GSM36nnn/GSM36777/suppl/GSM36777.CEL.gz",
        ),
    ],
)
def test_files_of_the_record_lie_where_geo_keeps_them_today(url: str, path: str) -> None:
    assert f"https://ftp.ncbi.nlm.nih.gov/geo/{path}" in [one.url for one in found(url)]


@pytest.mark.parametrize(
    "url",
    [
        "http://evil.example/GSE1_RAW.tar",
        "ftp://ftp.ncbi.nlm.nih.gov.evil.example/a",
        "ftp://user@evil.example/ftp.ncbi.nlm.nih.gov/a",
        "javascript:alert(1)",
        "file:///etc/passwd",
        "ftp://ftp.ncbi.nlm.nih.gov/",
        "ftp://ftp.ncbi.nlm.nih.gov/a/..",
        "ftp://ftp.ncbi.nlm.nih.gov/a%0Ab",
        "ftp://[",
        "NONE",
        "",
    ],
)
def test_what_does_not_lead_to_a_file_at_ncbi_is_no_link(url: str) -> None:
    assert len(found(url)) == len(found())
    assert left_out([url]) == 1


@pytest.mark.parametrize("study", ["SRP1; rm -rf ~", "$(id)", "", None])
def test_what_is_no_study_is_no_link(study: str | None) -> None:
    assert not [one for one in found(study=study) if one.kind == "sra"]


def test_each_link_has_its_commands() -> None:
    tools = {one.tool for one in commands(found(study="SRP000001"))}
    prefetch = commands(found(study="SRP000001"))[-1].line

    assert tools == {"curl", "wget", "prefetch"}
    assert "accession=SRP000001" in prefetch
    assert prefetch.endswith("xargs -n 1 prefetch")


@given(st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=20))
def test_no_name_of_a_file_gets_out_of_its_quotes(name: str) -> None:
    known = len(commands(found()))
    lines = [one.line for one in commands(found(f"ftp://ftp.ncbi.nlm.nih.gov/{name}"))]

    assert len(lines) in {known, known + 2}
    for line in lines:
        words = shlex.split(line, comments=True)
        assert words[0] in {"curl", "wget"}
        assert all(word.startswith(("-", "./", "https://", "index")) for word in words[1:])
        assert "\n" not in line
