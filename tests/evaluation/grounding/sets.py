"""Terms and questions made by hand, with what a careful reader takes them to mean.

Every second one was looked at while the tables were tuned; the others were only counted.
"""

import csv
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import TypeVar

import orjson

from discovery.understanding import Entity, Understanding

FOLDER = Path(__file__).parent
TODAY = date(2025, 6, 15)
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class ExpectedTerm:
    text: str
    type: str
    id: str


@dataclass(frozen=True, slots=True)
class ExpectedReading:
    """A question, the terms that it names and those that it leaves out, and its filters."""

    question: str
    entities: frozenset[str]
    excluded: frozenset[str]
    filters: dict[str, object]


@dataclass(slots=True)
class Tally:
    """How many of the expected things were found, and how many were found that are none."""

    right: int = 0
    missing: list[str] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)

    @property
    def precision(self) -> float:
        return self.right / max(1, self.right + len(self.wrong))

    @property
    def recall(self) -> float:
        return self.right / max(1, self.right + len(self.missing))

    def count(self, expected: frozenset[str], found: frozenset[str], where: str) -> None:
        self.right += len(expected & found)
        self.missing += [f"{where}: {one}" for one in sorted(expected - found)]
        self.wrong += [f"{where}: {one}" for one in sorted(found - expected)]


def terms() -> list[ExpectedTerm]:
    with (FOLDER / "terms.tsv").open(encoding="utf-8", newline="") as table:
        rows = csv.DictReader(table, delimiter="\t", quoting=csv.QUOTE_NONE)
        return [ExpectedTerm(row["text"], row["type"], row["id"]) for row in rows]


def readings() -> list[ExpectedReading]:
    lines = (FOLDER / "questions.jsonl").read_bytes().splitlines()
    return [
        ExpectedReading(
            raw["question"],
            frozenset(_term(one["id"], one["name"]) for one in raw["entities"]),
            frozenset(_term(one["id"], one["name"]) for one in raw["excluded"]),
            raw["filters"],
        )
        for raw in map(orjson.loads, lines)
    ]


def halves(whole: Sequence[T]) -> dict[str, Sequence[T]]:
    return {"tuned on": whole[::2], "not looked at": whole[1::2]}


def is_right(term: ExpectedTerm, entities: Sequence[Entity]) -> bool:
    """Say whether the name as a whole was grounded in the expected term."""
    return [(one.type, one.id) for one in entities] == [(term.type, term.id)]


def tallied(
    pairs: Sequence[tuple[ExpectedReading, Understanding]],
) -> dict[str, Tally]:
    """Return the tally of entities, of what is left out, and of filters."""
    tallies = {"entities": Tally(), "left out": Tally(), "filters": Tally()}
    for expected, read in pairs:
        where = expected.question
        tallies["entities"].count(expected.entities, _found(read.entities), where)
        tallies["left out"].count(expected.excluded, _found(read.excluded), where)
        tallies["filters"].count(
            _facts(expected.filters), _facts(dict(read.filters.as_dict())), where
        )
    return tallies


def _found(entities: Sequence[Entity]) -> frozenset[str]:
    return frozenset(_term(one.id, one.canonical) for one in entities)


def _facts(filters: dict[str, object]) -> frozenset[str]:
    return frozenset(f"{name}={value}" for name, value in filters.items())


def _term(id_: str | None, name: str) -> str:
    return id_ or name.casefold()
