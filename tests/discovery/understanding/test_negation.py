from datetime import date

import pytest

from discovery.understanding import understand

TODAY = date(2025, 6, 15)
# Question, what is searched for, what is left out, topic.
QUESTIONS = [
    ("liver, not cell lines", ["liver"], ["cell line"], "liver"),
    ("obesity without diabetes", ["obesity disorder"], ["diabetes mellitus"], "obesity"),
    ("heart failure excluding mouse", ["heart failure"], ["Mus musculus"], "heart failure"),
    (
        "breast cancer but not in mouse or rat",
        ["breast cancer"],
        ["Mus musculus", "Rattus norvegicus"],
        "breast cancer",
    ),
    (
        "asthma, except in mice, rats and zebrafish, in blood",
        ["asthma", "blood"],
        ["Mus musculus", "Rattus norvegicus", "Danio rerio"],
        "asthma in blood",
    ),
    ("islets of non-diabetic donors", ["islet of Langerhans"], ["diabetes mellitus"], None),
    ("kidney, zebrafish excluded", ["kidney"], ["Danio rerio"], "kidney"),
    ("asthma, mouse data should be left out", ["asthma"], ["Mus musculus"], "asthma"),
    ("melanoma; I don't want cell lines", ["melanoma"], ["cell line"], None),
    ("lung but no smokers", ["lung"], ["smoking"], "lung"),
    ("liver rather than kidney", ["liver"], ["kidney"], "liver"),
    ("never smokers with asthma", ["asthma"], ["smoking"], None),
    # what is no negation
    ("non-small cell lung cancer", ["non-small cell lung carcinoma"], [], None),
    ("non-human primates", ["Primates"], [], None),
    ("not only human but also mouse", ["Homo sapiens", "Mus musculus"], [], None),
    ("liver with no more than 20 samples of kidney", ["liver", "kidney"], [], None),
    ("cells without TP53", ["TP53"], [], None),
    ("asthma or not asthma", ["asthma"], [], None),
    ("no idea what happens in liver", ["liver"], [], None),
]  # fmt: skip


@pytest.mark.parametrize(("question", "entities", "excluded", "topic"), QUESTIONS)
def test_what_is_negated_is_left_out_and_not_searched_for(
    question, entities, excluded, topic
) -> None:
    read = understand(question, at=TODAY)

    assert list(dict.fromkeys(one.canonical for one in read.entities)) == entities
    assert [one.canonical for one in read.excluded] == excluded
    assert topic in {None, read.topic}
    assert not {one.text for one in read.excluded} & set(read.search_terms)


def test_an_excluded_organism_is_no_filter() -> None:
    assert understand("liver, not in mouse", at=TODAY).filters.organism is None
    assert understand("human liver, not in mouse", at=TODAY).filters.organism == "Homo sapiens"
