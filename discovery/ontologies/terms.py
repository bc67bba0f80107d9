"""What an ontology says of a term."""

from typing import NamedTuple


class Entry(NamedTuple):
    """One term. An obsolete one has no names, only what replaces it."""

    id: str
    type: str
    name: str
    synonyms: tuple[str, ...]
    parents: tuple[str, ...]
    replaced_by: str | None

    @property
    def is_obsolete(self) -> bool:
        return self.replaced_by is not None
