import csv

import pytest

from discovery.understanding.matching import find_entities
from discovery.understanding.senses import TABLE, senses


@pytest.mark.parametrize(
    ("question", "canonical", "confidence"),
    [
        ("AD brain", "Alzheimer disease", 0.5),
        ("AD lesional skin", "atopic eczema", 0.8),
        ("AD epidermis of children", "atopic eczema", 0.8),
        ("MS lesions", "multiple sclerosis", 0.6),
        ("MS of the plasma proteome", "assay by mass spectrometry", 0.8),
        ("NPC tumours", "nasopharyngeal carcinoma", 0.5),
        ("cortex NPC", "neural progenitor cell", 0.8),
    ],
)
def test_the_words_around_a_name_tell_what_it_means(question, canonical, confidence) -> None:
    found = {one.canonical: one.confidence for one in find_entities(question)}

    assert found[canonical] == confidence


@pytest.mark.parametrize(
    ("question", "texts"),
    [
        ("juvenile idiopathic arthritis (JIA)", {"juvenile idiopathic arthritis", "JIA"}),
        ("atypical depression (AD) of adults", {"depression"}),
        ("Alzheimer disease (AD)", {"Alzheimer disease", "AD"}),
    ],
)
def test_what_an_abbreviation_in_brackets_stands_for_is_said_before_it(question, texts) -> None:
    assert {one.text for one in find_entities(question)} == texts


def test_every_sense_has_cues_and_one_at_most_is_meant_without_them() -> None:
    with TABLE.open(encoding="utf-8", newline="") as table:
        rows = list(csv.DictReader(table, delimiter="\t", quoting=csv.QUOTE_NONE))

    assert all(row["cues"].strip() and bool(row["type"]) == bool(row["id"]) for row in rows)
    for name, told in senses().items():
        assert sum("*" in sense.cues for sense in told) <= 1, name
