"""GEO's own pages as SOFT text: whole records of series and their samples, without data tables."""

import io

from common.breaker import Breaker
from discovery.geo import soft
from discovery.geo.asking import Asker, GeoRefused, Identity, Limits, Note, Turn
from discovery.geo.records import Family, Unreadable
from discovery.geo.text import Lines, Source
from discovery.records import SeriesRecord

PAGE = "acc.cgi"
# Of a page, the series and the samples; its platforms come with all of their probes.
TARGETS = ("self", "gsm")


class GeoPages:
    """What we read of GEO's pages. Every method may raise what `Entrez` may.

    :param turn: the same as that of E-utilities: NCBI counts the requests to both
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
        self._asker = Asker(
            base_url=base_url,
            identity=identity,
            turn=turn,
            breaker=breaker,
            limits=limits or Limits(read=30, total=60, body=64 * 2**20),
            note=note,
        )

    def close(self) -> None:
        self._asker.close()

    def series(self, accession: str, *, until: float | None = None) -> SeriesRecord:
        """Return the whole record of a series with its samples.

        :raises GeoRefused: also if what GEO sends cannot be read, or is of another series
        """
        texts = [
            self._asker.fetch(
                PAGE,
                {"acc": accession, "targ": target, "form": "text", "view": "brief"},
                until=until,
            )
            for target in TARGETS
        ]
        family = _family(accession, b"\n".join(texts))
        for one in family.series:
            if one.accession == accession:
                return one
        raise GeoRefused(f"{accession}: GEO sent another record.")


def _family(accession: str, text: bytes) -> Family:
    try:
        return soft.read(Lines(Source(io.BytesIO(text))))
    except Unreadable as error:
        raise GeoRefused(f"{accession}: GEO's record cannot be read. {error}") from error
