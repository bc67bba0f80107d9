from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from discovery.geo.terms import changed_since, of_series, terms_for
from discovery.understanding import Filters, understand
from tests.fakes.shelf import reader

TODAY = date(2026, 1, 1)


def terms(question: str, **given: object) -> list[str]:
    understood = understand(question, at=TODAY)
    return terms_for(understood, Filters(**given))


def test_names_are_asked_as_written_and_as_they_are_called_properly() -> None:
    (narrow, *_) = terms("breast cancer")

    assert '"breast cancer"[ALL]' in narrow
    assert narrow.endswith(" AND gse[ETYP]")


def test_words_that_name_nothing_are_asked_too_and_left_out_if_need_be() -> None:
    narrow, wider, widest = terms("outgrowth in breast cancer")

    assert '"outgrowth"[ALL]' in narrow
    assert "outgrowth" not in wider
    assert widest == '"outgrowth"[ALL] AND gse[ETYP]'


def test_no_word_is_asked_without_a_field_lest_it_be_widened_to_mesh_terms() -> None:
    for query in terms("what genes change in the liver of fasted mice under stress?"):
        for part in query.replace("(", "").replace(")", "").replace(" OR ", " AND ").split(" AND "):
            assert part.endswith("]")


def test_filters_are_fields() -> None:
    (narrow, *_) = terms(
        "liver",
        organism="Mus musculus",
        study_type="Expression profiling by array",
        platform="GPL570",
        min_samples=5,
        released_after=date(2020, 1, 2),
    )

    assert narrow.endswith(
        'AND "Mus musculus"[ORGN] AND "Expression profiling by array"[GTYP] AND GPL570[ACCN]'
        " AND 5:10000000[NSAM] AND 2020/01/02:3000/12/31[PDAT] AND gse[ETYP]"
    )


def test_bounds_may_be_open_below() -> None:
    (narrow, *_) = terms("liver", max_samples=9, released_before=date(2020, 1, 2))

    assert "0:9[NSAM]" in narrow
    assert "1990/01/01:2020/01/02[PDAT]" in narrow


def test_an_organism_that_is_a_filter_is_no_word_besides() -> None:
    (narrow, *_) = terms("liver in mouse", organism="Mus musculus")

    assert "mouse" not in narrow


def test_accessions_are_looked_up() -> None:
    assert terms("GSE2034 and gse7") == ["(GSE2034[ACCN] OR GSE7[ACCN]) AND gse[ETYP]"]


def test_filters_alone_can_be_asked() -> None:
    (query,) = terms("mouse", organism="Mus musculus")

    assert query == '"Mus musculus"[ORGN] AND gse[ETYP]'


@given(st.text(max_size=60))
def test_any_question_gives_queries_that_are_well_formed(question: str) -> None:
    for query in terms(question, organism='Homo "x] sapiens'):
        assert query.endswith("gse[ETYP]")
        assert callable(reader(query))


@pytest.mark.parametrize("sign", ['" OR gse[ETYP] OR "', "(((", ") OR (", "[ALL]", "AND NOT OR"])
def test_signs_of_entrez_are_only_words(sign: str) -> None:
    for query in terms(f"liver {sign} kidney"):
        assert query.count("[ETYP]") == 1
        assert callable(reader(query))


def test_a_query_of_somebody_finds_series_only() -> None:
    assert of_series("liver OR kidney") == "(liver OR kidney) AND gse[ETYP]"


def test_what_changed_since_a_day() -> None:
    assert changed_since(date(2026, 1, 2)) == "2026/01/02:3000/12/31[UDAT]"
