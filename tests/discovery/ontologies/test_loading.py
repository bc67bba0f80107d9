from datetime import UTC, datetime
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from discovery.models import OntologyRelease, OntologyTerm, OntologyWord, TermName
from discovery.ontologies import files
from discovery.ontologies.terms import Entry
from discovery.services import ontologies
from discovery.understanding.matching import find_entities
from tests.discovery.ontologies.conftest import ENTRIES, write

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)

pytestmark = pytest.mark.django_db


def load(folder: Path) -> list[bool]:
    return [one.is_news for one in ontologies.load(at=NOON, folder=folder)]


def test_terms_and_names_are_loaded(folder: Path) -> None:
    load(folder)

    sarcoma = OntologyTerm.objects.get(id="MONDO:3")
    assert (sarcoma.name, sarcoma.type, sarcoma.parents) == (
        "sarcoma of bone",
        "disease",
        ["MONDO:2"],
    )
    assert sarcoma.ancestors == ["MONDO:1", "MONDO:2"]
    assert (sarcoma.ontology.name, sarcoma.ontology.version) == ("MONDO", "v1")
    assert set(sarcoma.names.values_list("folded", "kind", "is_case_sensitive")) == {
        ("sarcoma of bone", "label", False),
        ("bone sarcoma", "exact", False),
        ("sobo", "abbreviation", True),
    }


def test_an_obsolete_term_has_no_names_and_tells_what_replaces_it(folder: Path) -> None:
    load(folder)

    old = OntologyTerm.objects.get(id="MONDO:4")
    assert (old.is_obsolete, old.replaced_by, old.names.count()) == (True, "MONDO:3", 0)


def test_loading_again_does_nothing(folder: Path) -> None:
    assert load(folder) == [True, True]
    assert load(folder) == [False, False]
    assert TermName.objects.filter(term_id="MONDO:2").count() == 2


def test_a_new_version_replaces_the_old_one_and_leaves_others_alone(folder: Path) -> None:
    load(folder)
    write(folder, [*ENTRIES[:2], Entry("MONDO:9", "disease", "gout", (), (), None)], version="v2")

    assert load(folder) == [False, True]
    assert set(OntologyTerm.objects.filter(ontology="MONDO").values_list("id", flat=True)) == {
        "MONDO:1",
        "MONDO:2",
        "MONDO:9",
    }
    assert not TermName.objects.filter(term_id="MONDO:3").exists()
    assert OntologyRelease.objects.get(name="MONDO").version == "v2"


def test_a_damaged_file_is_refused_and_what_is_stored_stays(folder: Path) -> None:
    load(folder)
    write(folder, ENTRIES[:1], version="v2")
    (folder / "mondo.names.gz").write_bytes(b"x")

    with pytest.raises(files.DamagedFile, match=r"mondo\.names\.gz is damaged"):
        load(folder)
    assert OntologyTerm.objects.filter(ontology="MONDO").count() == len(ENTRIES)


def test_text_that_copy_would_misread_arrives_as_it_is(folder: Path) -> None:
    odd = 'a\\b "c" {d}'
    write(folder, [Entry("MONDO:5", "disease", odd, (), (), None)], version="v3")

    load(folder)

    assert OntologyTerm.objects.get(id="MONDO:5").name == odd


def test_one_walks_up_and_down(folder: Path) -> None:
    load(folder)

    assert ontologies.ancestors_of(["MONDO:3", "MONDO:404"]) == {"MONDO:3": ["MONDO:1", "MONDO:2"]}
    assert sorted(ontologies.descendants_of("MONDO:1")) == ["MONDO:2", "MONDO:3"]


@pytest.mark.parametrize("names", [ontologies.StoredNames, ontologies.HeldNames])
def test_names_are_found_where_they_are_stored_and_held_in_memory(names, folder: Path) -> None:
    load(folder)
    question = "FROB1, frobnicator 1 or PDQ2 in bone sarcoma, SOBO, sobo; was GROK, Grok or grok"

    found = find_entities(question, names())

    assert [(one.text, one.id, one.confidence) for one in found] == [
        ("FROB1", "HGNC:1", 1.0),
        ("frobnicator 1", "HGNC:1", 0.95),
        ("PDQ2", "HGNC:1", 0.8),
        ("bone sarcoma", "MONDO:3", 0.95),
        ("SOBO", "MONDO:3", 0.8),
        ("GROK", "HGNC:2", 1.0),
        ("Grok", "HGNC:2", 1.0),
        ("grok", "HGNC:2", 1.0),
    ]


def test_the_words_of_names_are_counted_but_not_those_of_genes(folder: Path) -> None:
    load(folder)

    counted = dict(OntologyWord.objects.values_list("word", "name_count"))
    assert counted == {"disease": 1, "cancer": 1, "malignancy": 1, "sarcoma": 2}


def test_the_command_tells_versions_and_counts(
    folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ontologies.load, "__kwdefaults__", {"folder": folder, "on_progress": None})

    call_command("load_ontologies")
    call_command("load_ontologies")

    said = capsys.readouterr().out.splitlines()
    assert said[:2] == ["HGNC v7: 2 terms, 6 names, loaded", "MONDO v1: 4 terms, 6 names, loaded"]
    assert said[3] == "MONDO v1: 4 terms, 6 names, already there"


def test_the_command_says_what_to_do_about_a_damaged_file(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ontologies.load, "__kwdefaults__", {"folder": folder, "on_progress": None})
    (folder / "hgnc.terms.gz").unlink()

    with pytest.raises(CommandError, match=r"hgnc\.terms\.gz .* run this once more"):
        call_command("load_ontologies")


def test_the_files_that_come_with_the_application_are_whole() -> None:
    found = files.releases()

    assert {one.name for one in found} == {
        *("CHEBI", "CL", "EFO", "HGNC", "MONDO", "NCBITaxon", "UBERON")
    }
    for release in found:
        assert files.copied(release, "terms").count(b"\n") == release.term_count
