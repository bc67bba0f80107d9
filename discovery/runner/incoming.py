"""What NCBI says of series, made ready to be stored."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from discovery.geo.asking import GeoRefused
from discovery.geo.eutils import series_of_summary
from discovery.geo.records import Summary, Unreadable
from discovery.merging import richer
from discovery.models import Origin
from discovery.records import SeriesRecord
from discovery.storing import Incoming, digest_of


@dataclass(frozen=True, slots=True)
class Entry:
    """What is at one place of a list: a record to store, and if there is no better one, the reason."""

    incoming: Incoming | None
    refusal: str = ""


def described(summaries: Iterable[Summary | GeoRefused]) -> Iterator[Entry]:
    """Yield the series that each summary describes."""
    for one in summaries:
        if isinstance(one, GeoRefused):
            yield Entry(None, one.detail)
            continue
        try:
            record = series_of_summary(one)
        except Unreadable as error:
            yield Entry(None, str(error))
        else:
            digest = digest_of(record)
            yield Entry(Incoming(record, digest, Origin.SUMMARY, digest))


def with_whole(summary: Incoming, whole: SeriesRecord) -> Incoming:
    """Return a series' whole record, with what only its summary says."""
    told = richer(summary.record, whole)
    record = replace(told, samples=whole.samples or told.samples)
    return Incoming(record, digest_of(record), Origin.FULL, summary.summary_digest)
