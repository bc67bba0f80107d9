"""Walk from terms to all that they descend from."""

from collections.abc import Collection, Mapping


def ancestors_of_all(parents: Mapping[str, Collection[str]]) -> dict[str, frozenset[str]]:
    """Return every term's ancestors. A circle, which no ontology should have, is walked once."""
    found: dict[str, frozenset[str]] = {}
    for term in parents:
        found[term] = _ancestors(term, parents, found)
    return found


def _ancestors(
    term: str, parents: Mapping[str, Collection[str]], known: Mapping[str, frozenset[str]]
) -> frozenset[str]:
    above: set[str] = set()
    waiting = list(parents[term])
    while waiting:
        one = waiting.pop()
        if one in above or one == term:
            continue
        above.add(one)
        if one in known:
            above |= known[one]
        else:
            waiting += parents.get(one, ())
    return frozenset(above - {term})
