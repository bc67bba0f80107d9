"""Ground the hand-made terms and questions on a database of its own, with all ontologies loaded."""

import os
import statistics
import sys
import time
from collections.abc import Callable, Sequence

import psutil
from django.utils import timezone

from discovery.services import ontologies, questions
from discovery.understanding import Entity
from discovery.understanding.matching import find_entities
from tests import documents
from tests.evaluation import catalogue, servers
from tests.evaluation.corpus import read_corpus
from tests.evaluation.grounding.sets import (
    TODAY,
    ExpectedTerm,
    halves,
    is_right,
    readings,
    tallied,
    terms,
)

DATABASE = "grounding"
MEGABYTE = 1024 * 1024


def main() -> None:
    """Print the figures, with what is wrong in the half that was tuned on, and write them down."""
    with servers.running():
        catalogue.use_database(DATABASE)
        ontologies.load(at=timezone.now())
        lines = [*_scores(), "", *_speed()]
    text = "\n".join(lines)
    sys.stdout.write(f"{text}\n")
    documents.put("evaluation-understanding.md", "understanding", text)


def _scores() -> list[str]:
    names = ontologies.StoredNames()
    rows = ["| half | what | how many | precision | recall |", "| --- | --- | ---: | ---: | ---: |"]
    for half, asked in halves(terms()).items():
        wrong = [one for one in asked if not is_right(one, find_entities(one.text, names))]
        share = 1 - len(wrong) / len(asked)
        rows.append(f"| {half} | terms, right at first rank | {len(asked)} | {share:.3f} |  |")
        if half == "tuned on":
            _tell(wrong, names)
    for half, expected in halves(readings()).items():
        pairs = [(one, questions.read(question=one.question, at=TODAY)) for one in expected]
        for what, tally in tallied(pairs).items():
            count = tally.right + len(tally.missing)
            figures = f"{tally.precision:.3f} | {tally.recall:.3f}"
            rows.append(f"| {half} | {what} of {len(pairs)} questions | {count} | {figures} |")
            if half == "tuned on":
                sys.stderr.writelines(f"missing: {one}\n" for one in tally.missing)
                sys.stderr.writelines(f"wrong: {one}\n" for one in tally.wrong)
    return rows


def _tell(wrong: Sequence[ExpectedTerm], names: ontologies.StoredNames) -> None:
    for one in wrong:
        found = [f"{entity.text} {entity.id}" for entity in find_entities(one.text, names)]
        sys.stderr.write(f"wrong: {one.text}: {one.id} expected, {found} found\n")


def _speed() -> list[str]:
    asked = [one.question for one in readings()] + [one.text for one in read_corpus().questions]
    process = psutil.Process(os.getpid())
    stored = _times(lambda text: questions.read(question=text, at=TODAY), asked)
    before = process.memory_info().rss / MEGABYTE
    started = time.perf_counter()
    held = ontologies.HeldNames()
    loading, memory = time.perf_counter() - started, process.memory_info().rss / MEGABYTE - before
    records = [_text(one) for one in read_corpus().series(with_design=True)]
    started = time.process_time()
    grounded: list[tuple[Entity, ...]] = [find_entities(text, held) for text in records]
    bulk = time.process_time() - started
    return [
        "| what | measured |",
        "| --- | ---: |",
        f"| reading one of {len(asked)} questions, p50 | {statistics.median(stored):.1f} ms |",
        f"| reading one of {len(asked)} questions, p95 | {_p95(stored):.1f} ms |",
        f"| memory of the process that reads them | {before:.0f} MB |",
        f"| names held in memory instead: to load | {loading:.1f} s |",
        f"| names held in memory instead: more memory | {memory:.0f} MB |",
        f"| grounding the records of {len(grounded)} series in bulk, one core | {bulk:.0f} s |",
    ]


def _times(read: Callable[[str], object], asked: Sequence[str]) -> list[float]:
    """Return the milliseconds of each question, after each was asked once."""
    times = []
    for text in [*asked, *asked]:
        started = time.perf_counter()
        read(text)
        times.append(1000 * (time.perf_counter() - started))
    return times[len(asked) :]


def _p95(times: Sequence[float]) -> float:
    return statistics.quantiles(times, n=20)[-1]


def _text(record: dict[str, object]) -> str:
    fields = ("title", "summary", "overall_design")
    return ". ".join(str(record[name]) for name in fields if record.get(name))
