"""NCBI's E-utilities: esearch, esummary, efetch and elink, for db=gds, pubmed and sra."""

import copy
from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from typing import Self, TypeVar

from common.breaker import Breaker
from discovery.geo.asking import (
    Asked,
    Asker,
    GeoRefused,
    GeoUnavailable,
    Identity,
    Limits,
    Note,
    Turn,
)
from discovery.geo.records import CrossReferences, Found, History, Links, Publication, Summary

AT_ONCE = 500  # ids in one call
# One record of many is not to be had, or all of them are too much for an answer in JSON.
DIVISIBLE = ("document summary", "cannot be transformed")
T = TypeVar("T")


class Entrez:
    """What we ask of NCBI. Every method may raise `GeoUnavailable`, `GeoRefused` or `CircuitOpen`.

    :param turn: waits until it is our turn, at most as many seconds as it is told
    :param note: told of each try what came of it
    """

    def __init__(
        self,
        *,
        base_url: str,
        identity: Identity,
        turn: Turn,
        breaker: Breaker,
        limits: Limits | None = None,
        note: Note = lambda _: None,
    ) -> None:
        self._until: float | None = None
        self._asker = Asker(
            base_url=base_url,
            identity=identity,
            turn=turn,
            breaker=breaker,
            limits=limits or Limits(),
            note=note,
        )

    def close(self) -> None:
        self._asker.close()

    def by(self, until: float) -> Self:
        """Return the same for questions that together have time until a moment of `time.monotonic()`."""
        hurried = copy.copy(self)
        hurried._until = until  # noqa: SLF001 (our own)
        return hurried

    def search(self, *, db: str, term: str, start: int = 0, limit: int = 20) -> Found:
        """Return the first ids that a question finds, and where NCBI keeps all of them."""
        part = {"retstart": str(start), "retmax": str(limit)}
        asked = {"db": db, "term": term, "usehistory": "y", "retmode": "json", **part}
        answer = self._asker.ask("esearch", asked, until=self._until)
        if not isinstance(answer, Found):
            raise GeoUnavailable("NCBI answered esearch with something else.")
        return answer

    def summaries(self, *, db: str, ids: Iterable[str]) -> Iterator[Summary | GeoRefused]:
        """Yield what NCBI says of each id; for one that it cannot describe, its refusal."""
        for some in _in_parts(ids):

            def ask(start: int, limit: int, ids: list[str] = some) -> list[Summary]:
                asked = {"db": db, "retmode": "json", "id": ",".join(ids[start : start + limit])}
                return self._all("esummary", Summary, asked)

            yield from _divided(ask, 0, len(some))

    def summaries_at(
        self, *, db: str, history: History, start: int, limit: int
    ) -> Iterator[Summary | GeoRefused]:
        """Yield what NCBI says of those ids that it keeps for us which stand at these places.

        For one that it cannot describe it yields its refusal.
        """
        kept = {"WebEnv": history.web_env, "query_key": history.query_key, "retmode": "json"}

        def ask(start: int, limit: int) -> list[Summary]:
            part = {"retstart": str(start), "retmax": str(limit)}
            return self._all("esummary", Summary, {"db": db, **kept, **part})

        return _divided(ask, start, limit)

    def publications(self, *, ids: Iterable[str]) -> Iterator[Publication]:
        """Yield the articles of PubMed with these ids."""
        for some in _in_parts(ids):
            asked = {"db": "pubmed", "retmode": "xml", "id": ",".join(some)}
            yield from self._all("efetch", Publication, asked)

    def sra_references(self, *, ids: Iterable[str]) -> Iterator[CrossReferences]:
        """Yield what the records of SRA with these ids refer to."""
        for some in _in_parts(ids):
            yield from self._all("efetch", CrossReferences, {"db": "sra", "id": ",".join(some)})

    def links(self, *, from_db: str, to_db: str, ids: Iterable[str]) -> Iterator[Links]:
        """Yield where each id leads in another database."""
        for some in _in_parts(ids):
            # Ids joined by commas would be answered as one.
            asked: Asked = {"dbfrom": from_db, "db": to_db, "retmode": "json", "id": some}
            yield from self._all("elink", Links, asked)

    def _all(self, utility: str, kind: type[T], asked: Asked) -> list[T]:
        answer = self._asker.ask(utility, asked, until=self._until)
        records = answer if isinstance(answer, list) else [answer]
        found: list[T] = [one for one in records if isinstance(one, kind)]
        if len(found) < len(records):
            raise GeoUnavailable(f"NCBI answered {utility} with something else.")
        return found


def _divided(
    ask: Callable[[int, int], list[Summary]], start: int, limit: int
) -> Iterator[Summary | GeoRefused]:
    """Yield what is answered; if all of it is refused because of one, ask for each half."""
    try:
        answer = ask(start, limit)
    except GeoRefused as refusal:
        if not any(words in refusal.detail for words in DIVISIBLE):
            raise
        if limit == 1:
            yield refusal
            return
        yield from _divided(ask, start, limit // 2)
        yield from _divided(ask, start + limit // 2, limit - limit // 2)
    else:
        yield from answer


def _in_parts(ids: Iterable[str]) -> Iterator[list[str]]:
    """Yield the ids, as many at once as NCBI takes."""
    left = iter(ids)
    while some := list(islice(left, AT_ONCE)):
        yield some
