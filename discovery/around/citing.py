"""How to cite a series and its publications: BibTeX, RIS, CSL-JSON.

What is not known (authors, the titles of articles) is left out, never made up.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import orjson

ARCHIVE = "Gene Expression Omnibus"
PUBLISHER = "National Center for Biotechnology Information"
PUBMED = "https://pubmed.ncbi.nlm.nih.gov/"
LATEX = {
    "\\": r"\textbackslash{}",
    "{": r"\{",
    "}": r"\}",
    "$": r"\$",
    "&": r"\&",
    "%": r"\%",
    "#": r"\#",
    "_": r"\_",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
}
LATEX_SIGNS = re.compile("[" + re.escape("".join(LATEX)) + "]")


@dataclass(frozen=True, slots=True)
class Cited:
    """A series as it is cited."""

    accession: str
    title: str
    url: str
    release_date: date | None
    pubmed_ids: Sequence[str]

    @property
    def plain_title(self) -> str:
        """Return the title on one line: in RIS another line would be another field."""
        return " ".join(self.title.split())


@dataclass(frozen=True, slots=True)
class Format:
    """How citations are written, and what the bytes are called."""

    media_type: str
    extension: str
    write: Callable[[Cited], str]


def bibtex(cited: Cited) -> str:
    series = {
        "title": f"{{{_latex(cited.plain_title)}}}",  # doubled: keeps its capitals
        "howpublished": f"{ARCHIVE}, {cited.accession}",
        "publisher": PUBLISHER,
        "url": cited.url,
    }
    if cited.release_date:
        series |= {
            "year": f"{cited.release_date.year}",
            "date": f"{cited.release_date}",
        }
    entries = [_entry(cited.accession, series)]
    entries += [
        _entry(
            f"pmid{one}",
            {
                "title": f"{{Publication of {cited.accession}, PubMed {one}}}",
                "howpublished": "PubMed",
                "pmid": one,
                "url": _pubmed(one),
            },
        )
        for one in cited.pubmed_ids
    ]
    return "\n".join(entries)


def ris(cited: Cited) -> str:
    series = [
        ("TY", "DATA"),
        ("ID", cited.accession),
        ("TI", cited.plain_title),
        ("AN", cited.accession),
        ("DB", ARCHIVE),
        ("PB", PUBLISHER),
        ("UR", cited.url),
    ]
    if cited.release_date:
        series += [
            ("PY", f"{cited.release_date.year}"),
            ("DA", cited.release_date.strftime("%Y/%m/%d/")),
        ]
    records = [series]
    records += [
        [("TY", "JOUR"), ("ID", f"pmid{one}"), ("AN", one), ("DB", "PubMed"), ("UR", _pubmed(one))]
        for one in cited.pubmed_ids
    ]
    return "".join(
        f"{tag}  - {value}\r\n" for record in records for tag, value in [*record, ("ER", "")]
    )


def csl_json(cited: Cited) -> str:
    series: dict[str, Any] = {
        "id": cited.accession,
        "type": "dataset",
        "title": cited.plain_title,
        "archive": ARCHIVE,
        "archive_location": cited.accession,
        "number": cited.accession,
        "publisher": PUBLISHER,
        "URL": cited.url,
    }
    if day := cited.release_date:
        series["issued"] = {"date-parts": [[day.year, day.month, day.day]]}
    articles = [
        {"id": f"pmid{one}", "type": "article-journal", "PMID": one, "URL": _pubmed(one)}
        for one in cited.pubmed_ids
    ]
    return orjson.dumps([series, *articles], option=orjson.OPT_INDENT_2).decode()


FORMATS: Mapping[str, Format] = {
    "bibtex": Format("application/x-bibtex", "bib", bibtex),
    "ris": Format("application/x-research-info-systems", "ris", ris),
    "csl-json": Format("application/vnd.citationstyles.csl+json", "json", csl_json),
}


def _entry(key: str, fields: Mapping[str, str]) -> str:
    lines = "".join(f"  {name} = {{{value}}},\n" for name, value in fields.items())
    return f"@misc{{{key},\n{lines}}}\n"


def _latex(text: str) -> str:
    return LATEX_SIGNS.sub(lambda sign: LATEX[sign[0]], text)


def _pubmed(pubmed_id: str) -> str:
    return f"{PUBMED}{pubmed_id}/"
