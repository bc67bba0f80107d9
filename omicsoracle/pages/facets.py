"""What the series of an answer are: each value leads to the answer with these only."""

from collections.abc import Mapping
from dataclasses import dataclass

from django.http import QueryDict

from omicsoracle.pages.wanted import address_of

MOST = 8
TITLES = {"organism": "Organism", "study_type": "Study type", "year": "Year"}


@dataclass(frozen=True, slots=True)
class Choice:
    """A value: of how many series, and where it leads. What is chosen leads back to all."""

    value: str
    count: int
    address: str
    is_chosen: bool


@dataclass(frozen=True, slots=True)
class Facet:
    title: str
    choices: list[Choice]


def facets_of(counts: Mapping[str, Mapping[str, int]], params: QueryDict) -> list[Facet]:
    """Return the facets that have anything to choose from."""
    found = [
        Facet(title, [_choice(name, value, count, params) for value, count in _first(name, counts)])
        for name, title in TITLES.items()
    ]
    return [facet for facet in found if facet.choices]


def _first(name: str, counts: Mapping[str, Mapping[str, int]]) -> list[tuple[str, int]]:
    """Return what most series have; of years the latest."""
    values = counts.get(name, {}).items()
    if name == "year":
        return sorted(values, reverse=True)[:MOST]
    return sorted(values, key=lambda one: (-one[1], one[0]))[:MOST]


def _choice(name: str, value: str, count: int, params: QueryDict) -> Choice:
    sets = _parameters(name, value)
    is_chosen = all(params.get(one) == set_to for one, set_to in sets.items())
    changes: dict[str, str | None] = dict.fromkeys(sets) if is_chosen else {**sets}
    return Choice(value, count, address_of(params, **changes), is_chosen)


def _parameters(name: str, value: str) -> dict[str, str]:
    if name == "year":
        return {"released_after": f"{value}-01-01", "released_before": f"{value}-12-31"}
    return {name: value}
