import csv
import re
import time

from discovery.understanding.vocabulary import TABLE, vocabulary

TYPES = {"gene", "disease", "tissue", "cell_type", "organism", "chemical", "assay", "phenotype"}
PREFIXES = {
    "disease": ("MONDO", "EFO"),
    "tissue": ("UBERON", "EFO"),
    "cell_type": ("CL", "EFO"),
    "organism": ("NCBITaxon",),
    "assay": ("EFO",),
    "chemical": ("CHEBI", "EFO"),
    "phenotype": ("EFO", "MONDO", "PATO"),
    "gene": ("HGNC",),
}


def rows() -> list[dict[str, str]]:
    with TABLE.open(encoding="utf-8", newline="") as table:
        return list(csv.DictReader(table, delimiter="\t", quoting=csv.QUOTE_NONE))


def test_every_row_has_a_known_type_and_a_name() -> None:
    assert {row["type"] for row in rows()} == TYPES
    assert all(row["canonical"].strip() for row in rows())


def test_every_identifier_is_a_curie_of_an_ontology_for_its_type() -> None:
    wrong = [
        row
        for row in rows()
        if row["id"] and not re.fullmatch(rf"(?:{'|'.join(PREFIXES[row['type']])}):\d+", row["id"])
    ]

    assert wrong == []


def test_no_term_is_listed_twice() -> None:
    listed = [(row["type"], row["id"] or row["canonical"]) for row in rows()]

    assert len(listed) == len(set(listed))


def test_every_name_has_a_word_to_be_found_by() -> None:
    assert () not in vocabulary().names


def test_it_loads_once_and_quickly() -> None:
    vocabulary.cache_clear()
    started = time.perf_counter()

    first = vocabulary()

    assert time.perf_counter() - started < 0.5  # 0.03 s when the machine is idle
    assert vocabulary() is first
