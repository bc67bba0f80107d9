"""The records of one study do not fill the first page."""

import numpy as np
import pytest

from discovery.models import Dataset
from discovery.ranking.diversity import REPEATED, Record, plain_title, spread
from discovery.services.search import Answer, Mode, search
from discovery.understanding import Filters
from tests.discovery.conftest import NOON, Load

ONE = {"title": "Zebra stripes [RNA-seq]", "summary": "Zebra stripes were measured."}


def lowered(*records: Record) -> list[float]:
    """Return what each record keeps of a relevance of 1, in the order given."""
    return [float(one) for one in spread(np.ones(len(records)), list(enumerate(records)))]


@pytest.mark.parametrize(
    ("title", "plain"),
    [
        ("Zebra stripes [RNA-seq]", "zebra stripes"),
        ("Zebra stripes (array) [II].", "zebra stripes"),
        ("Zebra-stripes", "zebra stripes"),
        ("[Zebra] stripes", "zebra stripes"),
        ("[Zebra stripes]", "zebra stripes"),
        ("Zebra stripes)", "zebra stripes"),
        ("...", ""),
    ],
)
def test_a_title_is_compared_without_what_is_in_brackets_at_its_end(title: str, plain: str) -> None:
    assert plain_title(title) == plain


def test_each_further_record_of_a_title_counts_less() -> None:
    kept = lowered(Record("GSE1", "Zebra [a]"), Record("GSE2", "Zebra"), Record("GSE3", "Zebra"))

    assert kept == pytest.approx([1, REPEATED, REPEATED**2])


def test_the_parts_of_a_superseries_and_itself_are_one_study() -> None:
    part, other = Record("GSE1", "Stripes", ["GSE9"]), Record("GSE2", "Spots", ["GSE9"])
    whole = Record("GSE9", "Zebra")

    assert lowered(part, other) == pytest.approx([1, REPEATED])
    assert lowered(whole, part) == pytest.approx([1, REPEATED])
    assert lowered(part, whole) == pytest.approx([1, REPEATED])


def test_other_studies_keep_their_relevance() -> None:
    assert (
        lowered(Record("GSE1", "Zebra"), Record("GSE2", "Lion"), Record("GSE3", "...")) == [1] * 3
    )


def test_titles_of_signs_alone_are_no_study() -> None:
    assert lowered(Record("GSE1", "..."), Record("GSE2", "!!")) == [1, 1]


def ask(question: str) -> Answer:
    return search(
        question=question, filters=Filters(), max_results=10, mode=Mode.LEXICAL, at=NOON.date()
    )


def order(answer: Answer) -> list[str]:
    return [hit.dataset.accession for hit in answer.hits]


def test_another_study_comes_before_the_second_record_of_one(load: Load) -> None:
    load(
        ONE | {"accession": "GSE1"},
        ONE | {"accession": "GSE2", "title": "Zebra stripes [array]"},
        {"accession": "GSE3", "title": "Stripes", "summary": "A zebra stripes its coat in spring."},
    )

    answer = ask("zebra stripes")

    assert order(answer)[1] == "GSE3"
    assert answer.total_found == 3
    scores = [hit.relevance_score for hit in answer.hits]
    assert scores == sorted(scores, reverse=True)


def test_parts_of_a_superseries_are_known_by_the_catalogue(load: Load) -> None:
    load(
        ONE | {"accession": "GSE1"},
        ONE | {"accession": "GSE2", "title": "Zebra stripes again"},
        {"accession": "GSE3", "title": "Stripes", "summary": "A zebra stripes its coat in spring."},
    )
    Dataset.objects.exclude(accession="GSE3").update(superseries=["GSE9"])

    assert order(ask("zebra stripes"))[1] == "GSE3"


def test_who_names_accessions_gets_all_of_them_first(load: Load) -> None:
    load(
        ONE | {"accession": "GSE1"},
        ONE | {"accession": "GSE2"},
        {"accession": "GSE3", "title": "Stripes", "summary": "A zebra stripes its coat in spring."},
    )

    assert set(order(ask("zebra stripes GSE1 GSE2"))[:2]) == {"GSE1", "GSE2"}
