"""NCBI's E-utilities: esearch, esummary, efetch and elink, for db=gds, pubmed and sra."""

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import TypeVar

from common.breaker import Breaker
from discovery.geo.asking import Asked, Asker, GeoUnavailable, Identity, Limits, Turn
from discovery.geo.records import CrossReferences, Found, History, Links, Publication, Summary

AT_ONCE = 500  # ids in one call
T = TypeVar("T")


class Entrez:
    """What we ask of NCBI. Every method may raise `GeoUnavailable`, `GeoRefused` or `CircuitOpen`.

    :param turn: waits until it is our turn, at most as many seconds as it is told
    """

    def __init__(
        self,
        *,
        base_url: str,
        identity: Identity,
        turn: Turn,
        breaker: Breaker,
        limits: Limits | None = None,
    ) -> None:
        self._asker = Asker(
            base_url=base_url,
            identity=identity,
            turn=turn,
            breaker=breaker,
            limits=limits or Limits(),
        )

    def close(self) -> None:
        self._asker.close()

    def search(self, *, db: str, term: str, start: int = 0, limit: int = 20) -> Found:
        """Return the first ids that a question finds, and where NCBI keeps all of them."""
        part = {"retstart": str(start), "retmax": str(limit)}
        asked = {"db": db, "term": term, "usehistory": "y", "retmode": "json", **part}
        answer = self._asker.ask("esearch", asked)
        if not isinstance(answer, Found):
            raise GeoUnavailable("NCBI answered esearch with something else.")
        return answer

    def summaries(self, *, db: str, ids: Iterable[str]) -> Iterator[Summary]:
        """Yield what NCBI says of each id."""
        for some in _in_parts(ids):
            yield from self._all("esummary", Summary, {"db": db, "retmode": "json", "id": some})

    def summaries_of(self, *, db: str, history: History, count: int) -> Iterator[Summary]:
        """Yield what NCBI says of each of the `count` ids that it keeps for us."""
        kept = {"WebEnv": history.web_env, "query_key": history.query_key, "retmode": "json"}
        for start in range(0, count, AT_ONCE):
            part = {"retstart": str(start), "retmax": str(min(AT_ONCE, count - start))}
            yield from self._all("esummary", Summary, {"db": db, **kept, **part})

    def publications(self, *, ids: Iterable[str]) -> Iterator[Publication]:
        """Yield the articles of PubMed with these ids."""
        for some in _in_parts(ids):
            asked = {"db": "pubmed", "retmode": "xml", "id": some}
            yield from self._all("efetch", Publication, asked)

    def sra_references(self, *, ids: Iterable[str]) -> Iterator[CrossReferences]:
        """Yield what the records of SRA with these ids refer to."""
        for some in _in_parts(ids):
            yield from self._all("efetch", CrossReferences, {"db": "sra", "id": some})

    def links(self, *, from_db: str, to_db: str, ids: Iterable[str]) -> Iterator[Links]:
        """Yield where each id leads in another database."""
        for some in _in_parts(ids):
            each = some.split(",")  # ids joined by commas would be answered as one
            asked: Asked = {"dbfrom": from_db, "db": to_db, "retmode": "json", "id": each}
            yield from self._all("elink", Links, asked)

    def _all(self, utility: str, kind: type[T], asked: Asked) -> list[T]:
        answer = self._asker.ask(utility, asked)
        records = answer if isinstance(answer, list) else [answer]
        found: list[T] = [one for one in records if isinstance(one, kind)]
        if len(found) < len(records):
            raise GeoUnavailable(f"NCBI answered {utility} with something else.")
        return found


def _in_parts(ids: Iterable[str]) -> Iterator[str]:
    """Yield the ids joined by commas, as many at once as NCBI takes."""
    left = iter(ids)
    while some := list(islice(left, AT_ONCE)):
        yield ",".join(some)
