import gzip
import json
from pathlib import Path

import pytest

from discovery.understanding.matching import Entity, find_entities

CORPUS = Path(__file__).parents[4] / "shared" / "corpus" / "queries.dev.jsonl.gz"


def the_only(question: str) -> Entity:
    (entity,) = find_entities(question)
    return entity


@pytest.mark.parametrize(
    ("question", "type_", "id_", "canonical"),
    [
        ("breast cancer", "disease", "MONDO:0007254", "breast cancer"),
        ("Alzheimers Disease", "disease", "MONDO:0004975", "Alzheimer disease"),
        ("liver", "tissue", "UBERON:0002107", "liver"),
        ("hippocampus", "tissue", "UBERON:0002421", "hippocampal formation"),
        ("microglia", "cell_type", "CL:0000129", "microglial cell"),
        ("CD8+ T cells", "cell_type", "CL:0000625", "CD8-positive, alpha-beta T cell"),
        ("humans", "organism", "NCBITaxon:9606", "Homo sapiens"),
        ("mice", "organism", "NCBITaxon:10090", "Mus musculus"),
        ("E. coli", "organism", "NCBITaxon:562", "Escherichia coli"),
        ("RNAseq", "assay", "EFO:0008896", "RNA-seq"),
        ("tamoxifen", "chemical", "CHEBI:41774", "tamoxifen"),
        ("TP53", "gene", "HGNC:11998", "TP53"),
        ("fibrosis", "phenotype", "EFO:0006890", "fibrosis"),
    ],
)
def test_a_common_name_is_grounded(question, type_, id_, canonical) -> None:
    entity = the_only(question)

    assert (entity.type, entity.id, entity.canonical) == (type_, id_, canonical)


@pytest.mark.parametrize(
    "question", ["T cell", "T cells", "T-cells", "t-cell", "T\u2011cells", "T_cell", "T  cell"]
)
def test_hyphens_plurals_and_case_do_not_matter(question) -> None:
    assert the_only(question).canonical == "T cell"


@pytest.mark.parametrize(
    ("question", "canonical"),
    [
        ("leukaemia", "leukemia"),
        ("oesophageal tumour", "esophageal cancer"),
        ("Sjögren\u2019s syndrome", "Sjogren syndrome"),
        ("Sjo\u0308gren syndrome", "Sjogren syndrome"),
        ("IFN-\u03b3", "IFNG"),
        ("\u03b2-cells", "type B pancreatic cell"),
    ],
)
def test_spelling_accents_and_greek_letters_do_not_matter(question, canonical) -> None:
    assert find_entities(question)[0].canonical in {canonical, "esophagus"}


def test_the_longest_name_wins() -> None:
    assert the_only("non-small cell lung cancer").canonical == "non-small cell lung carcinoma"


def test_a_name_does_not_run_over_the_end_of_a_sentence() -> None:
    found = [entity.canonical for entity in find_entities("Found in liver. Cancer later.")]

    assert found == ["liver", "cancer"]


@pytest.mark.parametrize("question", ["was it set in a cat map", "we met all of them", "impact"])
def test_ordinary_words_are_no_genes_and_no_abbreviations(question) -> None:
    assert {entity.type for entity in find_entities(question)} <= {"organism"}


@pytest.mark.parametrize(
    ("question", "symbol"),
    [("TP53", "TP53"), ("tp53", "TP53"), ("Trp53", "TP53"), ("Kras", "KRAS"), ("MET", "MET")],
)
def test_a_gene_symbol_is_known_in_the_styles_of_human_and_mouse(question, symbol) -> None:
    assert the_only(question).canonical == symbol


def test_an_abbreviation_counts_only_as_it_is_written() -> None:
    assert the_only("ALL").canonical == "acute lymphoblastic leukemia"
    assert find_entities("all") == ()


def test_a_question_in_capitals_does_not_turn_words_into_abbreviations() -> None:
    found = {entity.text for entity in find_entities("BREAST CANCER IN ALL MICE")}

    assert found == {"BREAST CANCER", "MICE"}


@pytest.mark.parametrize(
    ("question", "confidence"),
    [
        ("breast cancer", 1.0),
        ("heart attack", 0.95),
        ("COPD", 0.8),
        ("RA", 0.6),
        ("AD", 0.5),
    ],
)
def test_confidence_falls_with_the_ambiguity_of_the_name(question, confidence) -> None:
    assert the_only(question).confidence == confidence


@pytest.mark.parametrize(
    "question", ["non-human primates", "guinea pig", "human papillomavirus", "naked mole-rat"]
)
def test_a_longer_name_hides_the_organism_inside_it(question) -> None:
    assert the_only(question).text == question


def test_offsets_count_characters_of_the_original_question() -> None:
    question = "\U0001f9ec ﬁbro e\u0301 Crohn\u2019s disease"

    entity = the_only(question)

    assert question[entity.start : entity.end] == entity.text == "Crohn\u2019s disease"


def test_the_diseases_of_the_judged_queries_are_known() -> None:
    if not CORPUS.exists():
        pytest.skip("the shared corpus is not here")
    with gzip.open(CORPUS, "rt", encoding="utf-8") as lines:
        queries = [json.loads(line) for line in lines]
    asked = [
        one["query"] for one in queries if one["kind"].startswith(("curated", "genotex", "txt2"))
    ]

    unknown = [
        query
        for query in asked
        if not any(entity.type in {"disease", "phenotype"} for entity in find_entities(query))
    ]

    assert len(asked) > 100
    assert unknown == []
