"""Scores of a ranking against judgements, by kind of question; the arithmetic is ir-measures'."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import ir_measures
from ir_measures import AP, R, nDCG

from tests.evaluation.corpus import CURATED, Corpus, Question

Run = Mapping[str, Sequence[str]]  # question id → accessions, best first


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the report: which questions, among which series, by which measure."""

    kind: str
    scope: str  # "all", "pool", "judged"
    measure: str


LINES = (
    Line(CURATED, "pool", "MAP"),
    Line(CURATED, "all", "MAP"),
    Line(CURATED, "judged", "MAP"),
    Line(CURATED, "all", "R@100"),
    *(
        Line(kind, scope, measure)
        for kind in ("genotex_trait", "txt2onto_disease")
        for scope, measure in (("all", "nDCG@10"), ("all", "R@100"), ("judged", "MAP"))
    ),
    *(
        Line(kind, "all", measure)
        for kind in ("d2h2_disease", "d2h2_disease_tissue", "known_item_overall_design")
        for measure in ("nDCG@10", "R@100")
    ),
)
MEASURES = {"MAP": AP, "nDCG@10": nDCG @ 10, "R@100": R @ 100}


def score(line: Line, run: Run, corpus: Corpus) -> float | None:
    """Return the mean over the line's questions, or None if the run answers none of them."""
    questions = [one for one in corpus.questions if one.kind == line.kind and one.id in run]
    if line.scope == "judged":
        questions = [one for one in questions if one.not_relevant]
    if not questions:
        return None
    keep = _scope(line.scope, corpus)
    judged = {one.id: {name: 1 for name in one.relevant if keep(one, name)} for one in questions}
    ranked = {
        one.id: _scores([name for name in run[one.id] if keep(one, name)]) for one in questions
    }
    measure = MEASURES[line.measure]
    return float(ir_measures.calc_aggregate([measure], judged, ranked)[measure])


def _scope(scope: str, corpus: Corpus) -> Callable[[Question, str], bool]:
    """Return whether a series counts for a question in this scope."""
    if scope == "pool":
        return lambda _, name: name in corpus.pool
    if scope == "judged":
        return lambda question, name: name in question.relevant | question.not_relevant
    return lambda _, __: True


def _scores(accessions: Sequence[str]) -> dict[str, float]:
    """Return falling scores; a question without an answer gets one that is never relevant."""
    return {name: -float(rank) for rank, name in enumerate(accessions)} or {"none": 0.0}
