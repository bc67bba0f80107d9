"""Series as NCBI would tell of them: found by Entrez's language, summarised, and as SOFT pages."""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import date
from typing import Any

Series = dict[str, Any]
Test = Callable[[Series], bool]

SERIES_IDS, PLATFORM_IDS = 200_000_000, 100_000_000
CUT_AT = 600  # characters of a summary's text
TOKEN = re.compile(r'\s*(?:(\()|(\))|(AND|OR)\b|("[^"]*"|[^\s()\[\]]+)(?:\[([^\]]+)\])?)')


@dataclass
class Shelf:
    """The series by accession, in the order in which they are found."""

    series: dict[str, Series] = field(default_factory=dict)
    platform_titles: dict[str, str] = field(default_factory=dict)
    refused: set[str] = field(default_factory=set)  # what has no summary
    lists: dict[str, list[str]] = field(default_factory=dict)  # what the history server keeps
    pages: dict[tuple[str, str], bytes] = field(default_factory=dict)  # (accession, targ) → SOFT

    @classmethod
    def of(cls, records: Iterable[Series]) -> "Shelf":
        return cls({one["accession"]: one for one in records})

    def answer(self, utility: str, form: dict[str, list[str]]) -> dict[str, Any]:
        said = {name: values[0] for name, values in form.items()}
        return self._found(said) if utility == "esearch" else self._summaries(said)

    def _found(self, said: dict[str, str]) -> dict[str, Any]:
        matches = reader(said["term"])
        ids = [uid(name) for name, one in self.series.items() if matches(one)]
        env = f"MCID_{len(self.lists)}"
        self.lists[env] = ids
        start, most = int(said.get("retstart", 0)), int(said.get("retmax", 20))
        return {
            "esearchresult": {
                "count": str(len(ids)),
                "idlist": ids[start : start + most],
                "webenv": env,
                "querykey": "1",
                "querytranslation": said["term"],
            }
        }

    def _summaries(self, said: dict[str, str]) -> dict[str, Any]:
        if "id" in said:
            ids = said["id"].split(",")
        elif said["WebEnv"] in self.lists:
            start = int(said["retstart"])
            ids = self.lists[said["WebEnv"]][start : start + int(said["retmax"])]
        else:
            return {"esummaryresult": ["Unable to obtain query #1"]}
        documents = {one: self._summary(one) for one in ids}
        return {"result": {"uids": ids, **documents}}

    def _summary(self, one: str) -> dict[str, Any]:
        number = int(one)
        if number < SERIES_IDS:
            name = f"GPL{number - PLATFORM_IDS}"
            title = self.platform_titles.get(name)
            if title is None:
                return {"uid": one, "error": "cannot get document summary"}
            return {"uid": one, "entrytype": "GPL", "accession": name, "title": title}
        name = f"GSE{number - SERIES_IDS}"
        if name in self.refused:
            return {"uid": one, "error": "cannot get document summary"}
        return {"uid": one, **summary_of(self.series[name])}

    def page(self, accession: str, target: str) -> bytes:
        if page := self.pages.get((accession, target)):
            return page
        one = self.series.get(accession)
        if one is None:
            return b"<html>Could not find a public or private accession</html>"
        return (series_page(one) if target == "self" else samples_page(one)).encode()


def uid(accession: str) -> str:
    return str(SERIES_IDS + int(accession.removeprefix("GSE")))


def summary_of(one: Series) -> dict[str, Any]:
    text = one["summary"]
    related = [one.partition(": ") for one in one.get("relations", [])]
    inner = [(kind, of) for kind, _, of in related if kind.endswith("Series of")]
    outer = [(kind, of) for kind, _, of in related if kind == "SRA"]
    projects = [of.rpartition("/")[2] for kind, _, of in related if kind == "BioProject"]
    return {
        "accession": one["accession"],
        "entrytype": "GSE",
        "title": one["title"],
        "summary": text if len(text) <= CUT_AT else f"{text[:CUT_AT]}...",
        "gpl": ";".join(name.removeprefix("GPL") for name in one.get("platforms", [])),
        "taxon": "; ".join(one.get("organisms", [])),
        "gdstype": "; ".join(one.get("series_type", [])),
        "pdat": one.get("release_date", "").replace("-", "/"),
        "suppfile": ", ".join(one.get("supplementary_types", [])),
        "samples": [
            {"accession": sample["accession"], "title": sample.get("title", "")}
            for sample in one.get("samples", [])
        ],
        "relations": [{"relationtype": kind, "targetobject": of} for kind, of in inner],
        "extrelations": [
            {"relationtype": kind, "targetobject": re.split("[=/]", of)[-1]} for kind, of in outer
        ],
        "bioproject": projects[0] if projects else "",
        "n_samples": one.get("n_samples", ""),
        "pubmedids": one.get("pubmed_ids", []),
    }


def series_page(one: Series) -> str:
    fields = [
        *[("title", one["title"]), ("geo_accession", one["accession"])],
        *[("summary", line) for line in one["summary"].splitlines()],
        *[("overall_design", text) for text in _one(one, "overall_design")],
        *[("type", kind) for kind in one.get("series_type", [])],
        *[("sample_id", sample["accession"]) for sample in one.get("samples", [])],
        *[("platform_id", name) for name in one.get("platforms", [])],
        *[("sample_organism", name) for name in one.get("organisms", [])],
        *[("relation", text) for text in one.get("relations", [])],
        *[("pubmed_id", text) for text in one.get("pubmed_ids", [])],
        *[("last_update_date", text) for text in _one(one, "last_update")],
        *[("status", f"Public on {text}") for text in _one(one, "release_date")],
    ]
    lines = [
        f"^SERIES = {one['accession']}",
        *[f"!Series_{name} = {text}" for name, text in fields],
    ]
    return "\n".join(lines) + "\n"


def _one(one: Series, name: str) -> list[str]:
    return [one[name]] if name in one else []


def samples_page(one: Series) -> str:
    lines = []
    for sample in one.get("samples", []):
        lines += [f"^SAMPLE = {sample['accession']}", f"!Sample_title = {sample.get('title', '')}"]
        for text in sample.get("characteristics", []):
            lines.append(f"!Sample_characteristics_ch1 = {text}")
    # A page without samples is a line about the series all the same.
    return "\n".join(lines or ["^DATABASE = GeoMiame"]) + "\n"


def reader(term: str) -> Test:
    """Return whether a series is what a query in Entrez's language asks for.

    AND and OR bind alike, from left to right, as they do in Entrez.
    """
    tokens = [match.groups() for match in TOKEN.finditer(term) if match[0].strip()]
    found, rest = _sequence(tokens)
    assert not rest, f"The query is not well formed: {term}"
    return found


def _sequence(tokens: list[Any]) -> tuple[Test, list[Any]]:
    left, tokens = _operand(tokens)
    while tokens and not tokens[0][1]:
        joined = tokens[0][2] or "AND"
        right, tokens = _operand(tokens[1:] if tokens[0][2] else tokens)
        left = _both(left, right) if joined == "AND" else _either(left, right)
    return left, tokens


def _operand(tokens: list[Any]) -> tuple[Test, list[Any]]:
    opened, _, _, text, name = tokens[0]
    if opened:
        inner, rest = _sequence(tokens[1:])
        assert rest, "A parenthesis is not closed."
        assert rest[0][1], "A parenthesis is not closed."
        return inner, rest[1:]
    return _test(text.strip('"').lower(), (name or "ALL").upper()), tokens[1:]


def _both(left: Test, right: Test) -> Test:
    return lambda one: left(one) and right(one)


def _either(left: Test, right: Test) -> Test:
    return lambda one: left(one) or right(one)


def _test(text: str, name: str) -> Test:
    holds = FIELDS[name]
    return lambda one: holds(one, text)


def _lower(one: Series, name: str) -> list[str]:
    return [text.lower() for text in one.get(name, [])]


def _within(one: Series, name: str, text: str) -> bool:
    first, last = (_day(part) for part in text.split(":"))
    return name in one and first <= _day(one[name]) <= last


def _counts(one: Series, text: str) -> bool:
    low, high = (int(part) for part in text.split(":"))
    return low <= int(one.get("n_samples", -1)) <= high


FIELDS: dict[str, Callable[[Series, str], bool]] = {
    "ALL": lambda one, text: text in str(one).lower(),
    "ETYP": lambda one, text: text == one["accession"][:3].lower(),
    "ORGN": lambda one, text: text in _lower(one, "organisms"),
    "GTYP": lambda one, text: text in _lower(one, "series_type"),
    "ACCN": lambda one, text: text.upper() in [one["accession"], *one.get("platforms", [])],
    "NSAM": _counts,
    "PDAT": lambda one, text: _within(one, "release_date", text),
    "UDAT": lambda one, text: _within(one, "last_update", text),
}


def _day(text: str) -> date:
    return date.fromisoformat(text.replace("/", "-"))
