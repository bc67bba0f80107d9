from datetime import date

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pytest_django import DjangoAssertNumQueries

from discovery import indexing
from discovery.models import SearchDocument
from discovery.services.search import Answer, Mode, search
from discovery.understanding import Filters
from tests.discovery.conftest import SERIES, Load

TODAY = date(2026, 1, 1)


def ask(
    question: str, mode: Mode = Mode.HYBRID, max_results: int = 20, **filters: object
) -> Answer:
    return search(
        question=question,
        filters=Filters(**filters),
        max_results=max_results,
        mode=mode,
        at=TODAY,
    )


def accessions(answer: Answer) -> list[str]:
    return [hit.dataset.accession for hit in answer.hits]


@pytest.mark.usefixtures("five_series")
@pytest.mark.parametrize("mode", list(Mode))
@pytest.mark.parametrize(
    ("question", "best"),
    [
        ("breast cancer", "GSE101"),
        ("hypoxia in tumour cells", "GSE102"),
        ("heat shock", "GSE103"),
        ("Down syndrome", "GSE104"),
        ("fasting liver", "GSE105"),
    ],
)
def test_the_series_that_studied_it_comes_first(question: str, best: str, mode: Mode) -> None:
    assert accessions(ask(question, mode))[0] == best


@pytest.mark.usefixtures("five_series")
def test_meaning_finds_what_shares_no_word_with_the_question() -> None:
    assert accessions(ask("trisomy 21", Mode.SEMANTIC))[0] == "GSE104"


@pytest.mark.usefixtures("five_series")
def test_words_alone_find_only_series_that_have_one() -> None:
    assert accessions(ask("chromosome", Mode.LEXICAL)) == ["GSE104"]


@pytest.mark.usefixtures("five_series")
@pytest.mark.parametrize("mode", list(Mode))
def test_scores_fall_and_lie_between_0_and_1(mode: Mode) -> None:
    scores = [hit.relevance_score for hit in ask("breast cancer chemotherapy", mode).hits]

    assert scores == sorted(scores, reverse=True)
    assert all(0 <= score <= 1 for score in scores)


@pytest.mark.usefixtures("five_series")
def test_a_question_about_nothing_in_the_catalogue_finds_nothing() -> None:
    answer = ask("qwxz zzgh")

    assert (answer.total_found, answer.hits) == (0, [])


@pytest.mark.usefixtures("five_series")
def test_no_more_series_are_returned_than_asked_but_all_are_counted() -> None:
    answer = ask("breast cancer", max_results=1)

    assert len(answer.hits) == 1
    assert answer.total_found > 1


@pytest.mark.usefixtures("five_series")
def test_an_accession_finds_its_series_first() -> None:
    hits = ask("what is gse103 about").hits

    assert (hits[0].dataset.accession, hits[0].relevance_score) == ("GSE103", 1.0)


@pytest.mark.usefixtures("five_series")
@pytest.mark.parametrize(
    ("filters", "expected"),
    [
        ({"organism": "Mus musculus"}, {"GSE102"}),
        ({"study_type": "Expression profiling by array"}, {"GSE102", "GSE103"}),
        ({"min_samples": 10}, {"GSE101", "GSE102"}),
        ({"max_samples": 9}, {"GSE103", "GSE105"}),
        ({"platform": "GPL90"}, {"GSE103"}),
        ({"released_after": date(2010, 3, 1)}, {"GSE101", "GSE102"}),
        ({"released_before": date(2010, 2, 28)}, {"GSE103"}),
        ({"has_publication": True}, {"GSE101"}),
        ({"has_raw_data": True}, {"GSE101", "GSE102"}),
        ({"has_raw_data": False}, {"GSE103"}),
        ({"organism": "Mus musculus", "min_samples": 13}, set()),
    ],
)
@pytest.mark.parametrize("mode", list(Mode))
def test_a_filter_of_the_caller_leaves_only_series_known_to_meet_it(
    filters: dict[str, object], expected: set[str], mode: Mode
) -> None:
    everything = "breast tumours mice yeast heat liver fibroblasts cells expression"

    found = set(accessions(ask(everything, mode, **filters)))

    assert found <= expected
    assert found == expected or mode is Mode.SEMANTIC


@pytest.mark.usefixtures("five_series")
def test_a_filter_in_the_question_leaves_out_only_what_contradicts_it() -> None:
    answer = ask("expression in syndrome, tumours or liver of more than 10 samples")

    assert answer.filters == Filters(min_samples=11)
    assert "GSE104" in accessions(answer)  # it does not say how many samples it has
    assert "GSE105" not in accessions(answer)  # it has 6


@pytest.mark.usefixtures("five_series")
def test_the_callers_filter_wins_over_the_questions() -> None:
    answer = ask("hypoxia in human tumour cells", organism="Mus musculus")

    assert answer.filters.organism == "Mus musculus"
    assert accessions(answer) == ["GSE102"]


@pytest.mark.usefixtures("five_series")
def test_facets_count_all_that_was_found() -> None:
    answer = ask("tumour", Mode.LEXICAL, max_results=1)

    assert answer.facets["organism"] == {"Homo sapiens": 1, "Mus musculus": 1}
    assert answer.facets["year"] == {"2010": 1, "2019": 1}


@pytest.mark.usefixtures("five_series")
def test_reasons_name_the_field_and_the_words_as_they_were_asked() -> None:
    reasons = ask("Chemotherapy of women").hits[0].reasons

    assert "Title has “Chemotherapy”" in reasons
    assert "Summary has “women”" in " ".join(reasons).replace("“of”, ", "")


@pytest.mark.usefixtures("five_series")
def test_reasons_name_neither_little_words_nor_the_scenery() -> None:
    reasons = ask("Chemotherapy of breast cancer in human by RNA-seq").hits[0].reasons

    assert reasons[:2] == [
        "Title has “Chemotherapy”, “breast”",
        "Summary has “cancer”",
    ]


@pytest.mark.usefixtures("five_series")
def test_what_shares_only_the_scenery_is_no_match_by_words() -> None:
    found = accessions(ask("yeast in heat by microarray of rats", Mode.LEXICAL))

    assert found == ["GSE103"]


@pytest.mark.usefixtures("five_series")
def test_reasons_name_the_filters_that_are_met() -> None:
    reasons = ask("breast biopsies", min_samples=21, has_raw_data=True).hits[0].reasons

    assert {"Has 80 samples", "Has raw data"} <= set(reasons)


def test_search_goes_by_words_while_embeddings_are_made_and_says_so(load: Load) -> None:
    load(*SERIES)

    answer = ask("breast cancer")

    assert (answer.mode, accessions(answer)[0]) == (Mode.LEXICAL, "GSE101")
    assert "still being built (0 % of 5 series)" in answer.notices[0]


def test_a_few_series_without_embedding_do_not_stop_hybrid_search(load: Load) -> None:
    others = ({"accession": f"GSE{n}", "title": "Kidney", "summary": "s"} for n in range(1, 15))
    load(*SERIES, *others)
    indexing.embed_waiting(threads=1)
    SearchDocument.objects.filter(dataset__accession="GSE101").update(embedding=None)

    answer = ask("breast cancer chemotherapy")

    assert answer.mode is Mode.HYBRID
    assert "GSE101" in accessions(answer)[:2]


@pytest.mark.django_db
def test_an_empty_catalogue_finds_nothing() -> None:
    answer = ask("breast cancer")

    assert (answer.total_found, answer.notices) == (0, [])


@pytest.mark.usefixtures("five_series")
@pytest.mark.parametrize(
    "question",
    [
        '" OR (',
        "':*",
        "a & | !b",
        "\\",
        "'",
        "<->",
        "((((",
        "%s %(x)s",
        "{1:2}/3",
        "the of and",
        "🧬",
    ],
)
@pytest.mark.parametrize("mode", list(Mode))
def test_signs_that_mean_something_to_the_database_are_only_text(question: str, mode: Mode) -> None:
    assert ask(question, mode).total_found >= 0


questions = st.text(
    st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), min_size=1, max_size=500
)


@pytest.mark.usefixtures("five_series")
@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(question=questions)
def test_any_question_gets_an_answer(question: str) -> None:
    answer = ask(question, Mode.LEXICAL)

    assert len(answer.hits) == min(answer.total_found, 20)


@pytest.mark.usefixtures("five_series")
def test_a_search_costs_a_fixed_number_of_statements(
    django_assert_max_num_queries: DjangoAssertNumQueries,
) -> None:
    ask("warm up")

    with django_assert_max_num_queries(15):
        ask("breast cancer in human, at least 10 samples")
