"""What search is compared with: plain BM25 by a library, and NCBI GEO's own search."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import bm25s

from tests.evaluation.corpus import CURATED, Corpus
from tests.evaluation.metrics import Run

DEPTH = 1000
NCBI_STYLES = ("tag_ontology_term", "tag_ontology_term_plus_synonyms", "mesh_term")


def bm25_run(corpus: Corpus, *, with_design: bool) -> Run:
    """Rank by BM25 over the title twice, the summary, and perhaps the design."""
    records = list(corpus.series(with_design=with_design))
    names = [record["accession"] for record in records]
    index = bm25s.BM25(k1=1.2, b=0.75)
    index.index(_tokens(_text(record) for record in records), show_progress=False)
    asked = [question.text for question in corpus.questions]
    found, scores = index.retrieve(_tokens(asked), k=min(DEPTH, len(names)), show_progress=False)
    return {
        question.id: [names[at] for at, points in zip(row, marks, strict=True) if points > 0]
        for question, row, marks in zip(corpus.questions, found, scores, strict=True)
    }


def ncbi_run(corpus: Corpus, *, style: str) -> Run:
    """Return what NCBI's own search of GEO returned for the curated topics."""
    file = corpus.folder / "peers" / f"ncbi_geo_search.{style}.run"
    ids = {one.id.split(":")[-1]: one.id for one in corpus.questions if one.kind == CURATED}
    run: dict[str, list[str]] = {}
    for topic, _, accession, *_ in _rows(file):
        if topic in ids:
            run.setdefault(ids[topic], []).append(accession)
    return run


def _rows(file: Path) -> Iterable[list[str]]:
    rows = [line.split() for line in file.read_text().splitlines()]
    return sorted(rows, key=lambda row: (row[0], int(row[3])))


def _text(record: dict[str, Any]) -> str:
    title = record["title"]
    return f"{title} {title} {record['summary']} {record.get('overall_design', '')}"


def _tokens(texts: Iterable[str]) -> Any:
    return bm25s.tokenize(list(texts), stopwords=None, stemmer=None, show_progress=False)
