import gzip
import math
from pathlib import Path

import orjson
import pytest

from tests.evaluation import report
from tests.evaluation.corpus import (
    CURATED,
    FOLDER,
    Corpus,
    CorpusMissing,
    Question,
    halves,
    read_corpus,
)
from tests.evaluation.metrics import LINES, Line, score
from tests.evaluation.peers import bm25_run, ncbi_run


def corpus(*questions: Question, pool: str = "", folder: Path = Path()) -> Corpus:
    return Corpus(folder, list(questions), frozenset(pool.split()))


def question(relevant: str, not_relevant: str = "", kind: str = "k", id_: str = "q") -> Question:
    return Question(id_, kind, "text", frozenset(relevant.split()), frozenset(not_relevant.split()))


def test_average_precision_is_the_mean_of_the_precisions_at_each_hit() -> None:
    judged = corpus(question("a b"))

    found = score(Line("k", "all", "MAP"), {"q": ["a", "x", "b"]}, judged)

    assert found == pytest.approx((1 / 1 + 2 / 3) / 2)


def test_a_relevant_series_that_is_not_found_counts_as_nothing() -> None:
    judged = corpus(question("a b"))

    assert score(Line("k", "all", "MAP"), {"q": ["a"]}, judged) == pytest.approx(0.5)


def test_ndcg_discounts_by_the_logarithm_of_the_rank() -> None:
    judged = corpus(question("a b"))

    found = score(Line("k", "all", "nDCG@10"), {"q": ["a", "x", "b"]}, judged)

    assert found == pytest.approx((1 + 1 / math.log2(4)) / (1 + 1 / math.log2(3)))


def test_inside_the_pool_other_series_do_not_count() -> None:
    judged = corpus(question("a z"), pool="a b")

    assert score(Line("k", "pool", "MAP"), {"q": ["z", "x", "a"]}, judged) == pytest.approx(1.0)


def test_among_judged_series_unjudged_ones_do_not_count() -> None:
    judged = corpus(question("a", "n"))

    assert score(Line("k", "judged", "MAP"), {"q": ["x", "n", "a"]}, judged) == pytest.approx(0.5)


def test_questions_without_negative_judgements_do_not_count_among_judged_ones() -> None:
    judged = corpus(question("a", "n"), question("a", id_="other"))

    found = score(Line("k", "judged", "MAP"), {"q": ["a"], "other": []}, judged)

    assert found == pytest.approx(1.0)


def test_the_mean_is_taken_over_the_questions_of_a_kind() -> None:
    judged = corpus(question("a"), question("a", id_="r"), question("a", kind="else", id_="s"))

    found = score(Line("k", "all", "MAP"), {"q": ["a"], "r": ["x", "a"], "s": []}, judged)

    assert found == pytest.approx(0.75)


def test_a_question_that_found_nothing_scores_zero() -> None:
    assert score(Line("k", "all", "MAP"), {"q": []}, corpus(question("a"))) == 0


def test_a_run_without_questions_of_the_kind_has_no_score() -> None:
    assert score(Line("k", "all", "MAP"), {}, corpus(question("a"))) is None


@pytest.fixture
def small(tmp_path: Path) -> Corpus:
    """Return a corpus of three series on disk, with one curated question."""
    series = [
        {"accession": "GSE1", "title": "Zebra", "summary": "Stripes.", "overall_design": "lion"},
        {"accession": "GSE2", "title": "Lion", "summary": "Mane."},
        {"accession": "GSE3", "title": "Ant", "summary": "Small."},
    ]
    asked = {"kind": CURATED, "qid": "geo_nlp:cats", "query": "lion", "relevant": ["GSE2"]}
    (tmp_path / "series.jsonl.gz").write_bytes(
        gzip.compress(b"\n".join(orjson.dumps(one) for one in series))
    )
    (tmp_path / "queries.dev.jsonl.gz").write_bytes(gzip.compress(orjson.dumps(asked)))
    (tmp_path / "pool.txt").write_text("GSE1\nGSE2\n")
    (tmp_path / "peers").mkdir()
    (tmp_path / "peers" / "ncbi_geo_search.mesh_term.run").write_text(
        "cats Q0 GSE3 2 0.5 x\ncats Q0 GSE2 1 1.0 x\nother Q0 GSE1 1 1.0 x\n"
    )
    return read_corpus(tmp_path)


def test_a_folder_without_a_corpus_is_named(tmp_path: Path) -> None:
    with pytest.raises(CorpusMissing, match=tmp_path.name):
        read_corpus(tmp_path)


def test_designs_can_be_left_out(small: Corpus) -> None:
    assert any("overall_design" in one for one in small.series(with_design=True))
    assert not any("overall_design" in one for one in small.series(with_design=False))


def test_bm25_finds_only_series_that_have_a_word_of_the_question(small: Corpus) -> None:
    assert bm25_run(small, with_design=False) == {"geo_nlp:cats": ["GSE2"]}
    assert bm25_run(small, with_design=True) == {"geo_nlp:cats": ["GSE2", "GSE1"]}


def test_ncbis_answers_are_read_in_the_order_of_their_ranks(small: Corpus) -> None:
    assert ncbi_run(small, style="mesh_term") == {"geo_nlp:cats": ["GSE2", "GSE3"]}


def test_the_table_has_a_line_a_measure_and_a_column_a_system(small: Corpus) -> None:
    rows = report.table({"ours": {"geo_nlp:cats": ["GSE2"]}}, small, ours="ours")

    assert len(rows) == 1 + len(LINES)
    assert rows[0][3:] == ["ours", "ours, one half", "ours, other half", "goal", "met"]
    assert rows[1][:4] == [CURATED, "inside the pool", "MAP", "1.000"]
    assert rows[1][-2:] == ["0.930", "yes"]


def test_a_goal_that_is_missed_is_reported_as_missed(small: Corpus) -> None:
    rows = report.table({"ours": {"geo_nlp:cats": ["GSE1", "GSE2"]}}, small, ours="ours")

    assert rows[1][-2:] == ["0.930", "no"]


def test_each_question_is_in_one_half_and_stays_there(small: Corpus) -> None:
    asked = [question("a", id_=str(number)) for number in range(50)]
    one_half, others = halves(corpus(*asked))
    alone, _ = halves(corpus(*asked[::2]))

    assert {one.id for one in one_half.questions} ^ {one.id for one in others.questions} == {
        one.id for one in asked
    }
    assert {one.id for one in alone.questions} <= {one.id for one in one_half.questions}
    assert 15 < len(one_half.questions) < 35


def test_tables_are_written_for_people_and_for_documents(small: Corpus) -> None:
    rows = report.table({"ours": {}}, small, ours="ours")

    assert report.markdown(rows).splitlines()[1] == "| --- | --- | --- |" + " ---: |" * 5
    assert len({len(line) for line in report.plain(rows).splitlines()}) == 1


@pytest.mark.skipif(not FOLDER.exists(), reason="the shared corpus is not here")
def test_the_real_corpus_can_be_read() -> None:
    assert len(read_corpus().questions) == 322
