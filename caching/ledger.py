"""What was invalidated, as far as this process knows, in plain Python.

Each invalidation has a scope and a number that grows. An entry remembers the newest number that its
maker knew of, so an entry is dead once a scope that it lies in has a greater one. No clock matters,
and it does not matter either which level still holds the entry.
"""

from collections.abc import Iterable, Iterator

from caching.entries import Entry
from caching.keys import Key

EVERYTHING = "all"


def of_key(key: str) -> str:
    return f"key:{key}"


def of_namespace(namespace: str) -> str:
    return f"namespace:{namespace}"


def of_tag(tag: str) -> str:
    return f"tag:{tag}"


def of_viewer(viewer: str, scope: str) -> str:
    """Return the scope in which only one person sees nothing of what lies in another scope."""
    return f"viewer:{viewer}:{scope}"


def of_version(name: str) -> str:
    return f"version:{name}"


class Ledger:
    """The newest number of each scope. Threads share it: reading needs no lock."""

    def __init__(self) -> None:
        self._numbers: dict[str, int] = {}
        # All invalidations up to here are known.
        self.head = 0

    def learn(self, found: Iterable[tuple[str, int]]) -> None:
        """Take in what was invalidated after `head`, all of it."""
        head = self.head
        for scope, number in found:
            self._numbers[scope] = max(number, self._numbers.get(scope, 0))
            head = max(head, number)
        self.head = head

    def number(self, scope: str) -> int:
        """Return the number of a scope's last invalidation, 0 if there was none."""
        return self._numbers.get(scope, 0)

    def version(self, name: str) -> int:
        """Return the number of a version's last change; 0 if it never changed."""
        return self.number(of_version(name))

    def lets_live(self, key: Key, entry: Entry, viewer: str = "") -> bool:
        """Say whether no invalidation that is known concerns the entry.

        :param viewer: whose own invalidations count too
        """
        if entry.seen >= self.head:
            return True
        return all(self.number(scope) <= entry.seen for scope in _scopes(key, entry, viewer))


def _scopes(key: Key, entry: Entry, viewer: str) -> Iterator[str]:
    common = [EVERYTHING, of_key(str(key)), of_namespace(key.namespace), *map(of_tag, entry.tags)]
    yield from common
    if viewer:
        yield from (of_viewer(viewer, scope) for scope in common)
