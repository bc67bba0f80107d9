"""The shared corpus: real series, and questions that people judged."""

import gzip
from collections.abc import Iterator
from dataclasses import dataclass, replace
from hashlib import md5
from pathlib import Path
from typing import Any

import orjson

FOLDER = Path(__file__).parents[3] / "shared" / "corpus"
CURATED = "curated_condition_brown2026"
# Questions made from `overall_design`: it must not be indexed when they are scored.
KNOWN_ITEM = "known_item_overall_design"


class CorpusMissing(Exception):
    """The corpus is not there; the message says where it was looked for."""


@dataclass(frozen=True, slots=True)
class Question:
    """A judged question: which series answer it, and which were judged not to."""

    id: str
    kind: str
    text: str
    relevant: frozenset[str]
    not_relevant: frozenset[str]


@dataclass(frozen=True, slots=True)
class Corpus:
    """Where the files are, the questions, and the pool in which the curated ones are judged."""

    folder: Path
    questions: list[Question]
    pool: frozenset[str]

    def series(self, *, with_design: bool) -> Iterator[dict[str, Any]]:
        """Yield the series, with or without what `KNOWN_ITEM` questions were made from."""
        with gzip.open(self.folder / "series.jsonl.gz") as lines:
            for line in lines:
                record: dict[str, Any] = orjson.loads(line)
                if not with_design:
                    record.pop("overall_design", None)
                yield record


def read_corpus(folder: Path = FOLDER) -> Corpus:
    """Read the questions and the pool; series are read when they are asked for.

    :raises CorpusMissing: if the folder does not hold a corpus
    """
    if not (folder / "queries.dev.jsonl.gz").exists():
        raise CorpusMissing(
            f"There is no corpus in {folder}: evaluation needs its judged questions."
        )
    with gzip.open(folder / "queries.dev.jsonl.gz") as lines:
        questions = [_question(orjson.loads(line)) for line in lines]
    pool = frozenset((folder / "pool.txt").read_text().split())
    return Corpus(folder, questions, pool)


def halves(corpus: Corpus) -> tuple[Corpus, Corpus]:
    """Return the corpus with one half of the questions, and with the other.

    A question's half follows from its id alone: it is the same in every run and for every kind.
    """
    one = [asked for asked in corpus.questions if not _digest(asked.id) % 2]
    other = [asked for asked in corpus.questions if _digest(asked.id) % 2]
    return replace(corpus, questions=one), replace(corpus, questions=other)


def _digest(text: str) -> int:
    return int(md5(text.encode(), usedforsecurity=False).hexdigest(), 16)


def _question(raw: dict[str, Any]) -> Question:
    return Question(
        id=raw["qid"],
        kind=raw["kind"],
        text=raw["query"],
        relevant=frozenset(raw["relevant"]),
        not_relevant=frozenset(raw.get("judged_nonrelevant", [])),
    )
