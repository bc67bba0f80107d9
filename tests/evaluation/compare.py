"""The dev questions of the shared corpus, asked to us and to our peers."""

import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import replace
from datetime import date
from functools import partial
from unittest.mock import patch
from uuid import UUID

from discovery.models import Dataset
from discovery.ranking import diversity, lexical
from discovery.services.search import Mode, rank
from discovery.understanding import Filters
from tests import documents
from tests.evaluation.catalogue import fill, use_database
from tests.evaluation.corpus import KNOWN_ITEM, Corpus, CorpusMissing, Question, read_corpus
from tests.evaluation.metrics import Run
from tests.evaluation.peers import NCBI_STYLES, bm25_run, ncbi_run
from tests.evaluation.report import markdown, plain, table
from tests.evaluation.servers import running

DEPTH = 1000
AT = date(2026, 1, 1)
# Our search by its modes, and without one part of it at a time: what is that worth?
SYSTEMS: Mapping[str, tuple[Mode, Callable[[], AbstractContextManager[object]]]] = {
    "no concepts": (
        Mode.HYBRID,
        partial(patch.multiple, lexical, CONCEPT_SHARE=0.0, CONCEPT_SHARE_OF_SENTENCE=0.0),
    ),
    "no people": (Mode.HYBRID, partial(patch.object, lexical, "PEOPLE_SHARE", 0.0)),
    "no spreading": (Mode.HYBRID, partial(patch.object, diversity, "REPEATED", 1.0)),
    **{mode.value: (mode, nullcontext) for mode in (Mode.LEXICAL, Mode.SEMANTIC, Mode.HYBRID)},
}


def main() -> None:
    """Ask everybody, print the table, and write it into the document."""
    try:
        corpus = read_corpus()
    except CorpusMissing as error:
        sys.exit(str(error))
    runs: dict[str, Run] = {f"NCBI, {name}": ncbi_run(corpus, style=name) for name in NCBI_STYLES}
    peers = [bm25_run(part, with_design=with_design) for part, with_design in parts(corpus)]
    runs["BM25"] = {id_: found for run in peers for id_, found in run.items()}
    with running():
        runs |= our_runs(corpus)
    rows = table(runs, corpus, ours=Mode.HYBRID.value)
    sys.stdout.write(plain(rows) + "\n")
    documents.put("evaluation.md", "evaluation", markdown(rows))


def parts(corpus: Corpus) -> Iterator[tuple[Corpus, bool]]:
    """Yield the questions with whether designs are indexed: not for those made from them."""
    for with_design in (True, False):
        asked = [one for one in corpus.questions if (one.kind != KNOWN_ITEM) == with_design]
        yield replace(corpus, questions=asked), with_design


def our_runs(corpus: Corpus) -> Mapping[str, Run]:
    """Ask our own search, in catalogues with and without designs."""
    runs: dict[str, dict[str, list[str]]] = {name: {} for name in SYSTEMS}
    for part, with_design in parts(corpus):
        use_database("with_design" if with_design else "without_design")
        fill(part.series(with_design=with_design))
        accessions = dict(Dataset.objects.values_list("id", "accession"))
        for name, (mode, changed) in SYSTEMS.items():
            with changed():
                found = {one.id: ask(one, mode) for one in part.questions}
            runs[name] |= {id_: [accessions[one] for one in ids] for id_, ids in found.items()}
    return runs


def ask(question: Question, mode: Mode) -> list[UUID]:
    ranking = rank(question=question.text, filters=Filters(), mode=mode, at=AT)
    return [scored.id for scored in ranking.found[:DEPTH]]
