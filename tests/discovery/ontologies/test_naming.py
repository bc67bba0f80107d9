import pytest

from discovery.ontologies.descent import ancestors_of_all
from discovery.ontologies.naming import english_among, namings_of
from discovery.ontologies.terms import Entry


def keys(type_: str, name: str, *synonyms: str) -> dict[str, bool]:
    entry = Entry("X:1", type_, name, synonyms, (), None)
    return {one.folded: one.is_case_sensitive for one in namings_of(entry)}


def test_a_name_and_its_synonyms_are_looked_up_folded_and_each_once() -> None:
    assert keys("disease", "Tumours of the Lung", "tumor of the lung", "lung tumor") == {
        "tumor of the lung": False,
        "lung tumor": False,
    }


@pytest.mark.parametrize(
    "name",
    [
        "CD8-positive, alpha-beta T cell",  # a comma ends a name
        "a b c d e f g h i",
        "x" * 81,
        "7",
        "12-3",
    ],
)
def test_what_no_question_could_hold_is_left_out(name: str) -> None:
    assert keys("cell_type", name) == {}


def test_abbreviations_count_as_written_and_are_not_too_short() -> None:
    assert keys("disease", "acute frob", "AFL", "AFLR", "AFL2") == {
        "acute frob": False,
        "aflr": True,
        "afl2": False,
    }


def test_a_symbol_without_a_digit_counts_as_written() -> None:
    assert keys("gene", "GROK", "GROK2") == {"grok": True, "grok2": False}


def test_an_alias_with_an_ordinary_word_in_it_counts_as_written() -> None:
    assert keys("gene", "FROB1", "AND-17") == {"frob1": False, "and 17": True, "and17": True}


@pytest.mark.parametrize("alias", ["YAP", "SOME", "spatial", "A-2", "7B2"])
def test_a_short_alias_or_a_word_is_no_name_of_a_gene(alias: str) -> None:
    assert set(keys("gene", "FROB1", "frobnicator 1", alias)) == {"frob1", "frobnicator 1"}


def test_a_gene_is_found_with_and_without_its_hyphen() -> None:
    assert keys("gene", "HLA-B", "PD-L1") == {
        "hla b": True,
        "hlab": True,
        "pd l1": False,
        "pdl1": False,
    }


def test_ordinary_words_are_synonyms_of_nothing() -> None:
    assert keys("disease", "frobnication", "all") == {"frobnication": False}


def test_a_genus_is_no_name_of_its_own() -> None:
    assert keys("organism", "Rover", "rover fish") == {"rover fish": False}


def test_ordinary_words_among_names_are_listed_in_small_letters() -> None:
    assert english_among(
        {"WAS", "Met", "TP53", "bone sarcoma"}, ["was", "met", "bone", "##as"]
    ) == [
        "met",
        "was",
    ]


def test_ancestors_are_all_that_is_above_whatever_the_order() -> None:
    parents = {"d": ["b", "c"], "b": ["a"], "c": ["a"], "a": ["outside"], "alone": []}

    found = ancestors_of_all(parents)

    assert found["d"] == {"a", "b", "c", "outside"}
    assert found["alone"] == frozenset()


def test_a_circle_is_walked_once() -> None:
    found = ancestors_of_all({"a": ["b"], "b": ["a"]})

    assert found == {"a": {"b"}, "b": {"a"}}
