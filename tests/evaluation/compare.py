"""The dev questions of the shared corpus, asked to us and to our peers."""

import sys
from collections.abc import Callable
from datetime import date
from pathlib import Path
from unittest.mock import patch
from uuid import UUID

from discovery.models import Dataset
from discovery.ranking import lexical
from discovery.services.search import Mode, rank
from discovery.understanding import Filters
from tests.evaluation.catalogue import fill, use_database
from tests.evaluation.corpus import KNOWN_ITEM, Corpus, CorpusMissing, Question, read_corpus
from tests.evaluation.metrics import Run
from tests.evaluation.peers import NCBI_STYLES, bm25_run, ncbi_run
from tests.evaluation.report import markdown, plain, table
from tests.evaluation.servers import running

REPORT = Path(__file__).parents[2] / "docs" / "evaluation.md"
BEGIN, END = "<!-- written by a command -->", "<!-- end of what it writes -->"
DEPTH = 1000
AT = date(2026, 1, 1)


def main() -> None:
    """Ask everybody, print the table, and write it into the document."""
    try:
        corpus = read_corpus()
    except CorpusMissing as error:
        sys.exit(str(error))
    runs: dict[str, Run] = {f"NCBI, {name}": ncbi_run(corpus, style=name) for name in NCBI_STYLES}
    runs["BM25"] = both(lambda with_design: bm25_run(corpus, with_design=with_design), corpus)
    with running():
        with patch.object(lexical, "CONCEPT_SHARE", 0.0):
            runs["hybrid, no concepts"] = both(our_run(corpus, Mode.HYBRID), corpus)
        for mode in (Mode.LEXICAL, Mode.SEMANTIC, Mode.HYBRID):
            runs[mode.value] = both(our_run(corpus, mode), corpus)
    rows = table(runs, corpus, ours=Mode.HYBRID.value)
    sys.stdout.write(plain(rows) + "\n")
    put_between(REPORT, markdown(rows))


def both(run: Callable[[bool], Run], corpus: Corpus) -> Run:
    """Run with designs indexed; and without, for the questions that were made from them."""
    with_design, without = run(True), run(False)  # noqa: FBT003
    return {
        one.id: (without if one.kind == KNOWN_ITEM else with_design)[one.id]
        for one in corpus.questions
    }


def our_run(corpus: Corpus, mode: Mode) -> Callable[[bool], Run]:
    """Return what asks our own search, in a catalogue with or without designs."""

    def run(with_design: bool) -> Run:  # noqa: FBT001
        use_database("with_design" if with_design else "without_design")
        fill(corpus.series(with_design=with_design))
        accessions = dict(Dataset.objects.values_list("id", "accession"))
        return {one.id: [accessions[id_] for id_ in ask(one, mode)] for one in corpus.questions}

    return run


def ask(question: Question, mode: Mode) -> list[UUID]:
    ranking = rank(question=question.text, filters=Filters(), mode=mode, at=AT)
    return [scored.id for scored in ranking.found[:DEPTH]]


def put_between(document: Path, figures: str) -> None:
    """Put figures into a document, between its two marks."""
    before, rest = document.read_text(encoding="utf-8").split(BEGIN)
    after = rest.split(END)[1]
    document.write_text(f"{before}{BEGIN}\n\n{figures}\n\n{END}{after}", encoding="utf-8")
