"""Take a list of series from NCBI into the catalogue, part by part; whoever dies is gone on from.

A part's records and the place in the list are written in one transaction: nothing is lost or counted
twice, wherever the work breaks off.
"""

import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import structlog
from django.db import transaction
from django.utils import timezone

from caching import locks
from caching.services import raise_version, warm_most_asked
from common.errors import OracleError, ServiceUnavailable
from discovery import indexing, ncbi
from discovery.geo import terms
from discovery.geo.asking import GeoRefused, GeoUnavailable
from discovery.geo.records import History
from discovery.models import VERSION, Dataset, Harvest, Origin
from discovery.runner import platforms
from discovery.runner.incoming import Entry, described, with_whole
from discovery.storing import Counts, store

SUMMARIES, WHOLE_RECORDS = 200, 10  # in one part
GRACE = 15.0  # seconds that the last page may take after the time is up
Tell = Callable[[Harvest], None]

logger = structlog.get_logger(__name__)


class Busy(OracleError):
    """Another process is at work on the same harvest."""

    status = 409
    code = "conflict"
    detail = "Another process is at work on this harvest. Wait for it, or stop it first."


class ListMissing(ServiceUnavailable):
    """NCBI found series, but not where it keeps the list of them."""

    code = "upstream_unavailable"
    detail = "NCBI found series, but did not say where it keeps the list. Try again later."


@dataclass(frozen=True, slots=True)
class Part:
    """What stands at so many places of a list."""

    places: int
    entries: Sequence[Entry] = ()


def go_on(harvest: Harvest, *, until: float | None = None, tell: Tell = lambda _: None) -> None:
    """Work on a harvest until it is finished, or until a moment of `time.monotonic()`.

    :raises Busy: if another process does
    :raises OracleError: if NCBI cannot be asked; what was stored stays, and the harvest can go on
    """
    with locks.held(f"harvest {harvest.pk}") as is_ours:
        if not is_ours:
            raise Busy
        harvest.refresh_from_db()
        try:
            _work(harvest, until, tell)
        except OracleError as error:
            harvest.last_error, harvest.touched_at = error.detail, timezone.now()
            harvest.save(update_fields=["last_error", "touched_at"])
            raise


def _work(harvest: Harvest, until: float | None, tell: Tell) -> None:
    if harvest.finished_at:
        return
    if harvest.found is None:
        _look_up(harvest)
    tell(harvest)
    while not _is_over(until):
        if harvest.position >= (harvest.goal or 0):
            _finish(harvest)
            return
        _store(harvest, _read(harvest, until))
        tell(harvest)


def _is_over(until: float | None) -> bool:
    return until is not None and time.monotonic() >= until


def _look_up(harvest: Harvest) -> None:
    """Have NCBI make the list, and go to its start: what is stored already is passed over quickly."""
    found = ncbi.entrez().search(db="gds", term=terms.of_series(harvest.query), limit=0)
    if found.count and found.history is None:
        raise ListMissing
    history = found.history or History("", "")
    harvest.web_env, harvest.query_key = history.web_env, history.query_key
    harvest.found, harvest.position, harvest.unchanged = found.count, 0, 0
    harvest.save(update_fields=["web_env", "query_key", "found", "position", "unchanged"])


def _read(harvest: Harvest, until: float | None) -> Part:
    try:
        return _read_on(harvest, until)
    except GeoRefused:  # NCBI forgets its lists after some hours
        _look_up(harvest)
        return _read_on(harvest, until)


def _read_on(harvest: Harvest, until: float | None) -> Part:
    most = WHOLE_RECORDS if harvest.is_full else SUMMARIES
    places = min(most, (harvest.goal or 0) - harvest.position)
    if not places:
        return Part(0)
    summaries = ncbi.entrez().summaries_at(
        db="gds",
        history=History(harvest.web_env, harvest.query_key),
        start=harvest.position,
        limit=places,
    )
    part = Part(places, list(described(summaries)))
    return _with_whole_records(harvest, part, until) if harvest.is_full else part


def _with_whole_records(harvest: Harvest, part: Part, until: float | None) -> Part:
    """Put whole records in the place of summaries that tell something new.

    If the time is up or GEO's pages fail, the part ends there; but it has one place at least.
    """
    is_known = _known_among(part.entries)
    entries: list[Entry] = []
    for one in part.entries:
        if entries and _is_over(until):
            return Part(len(entries), entries)
        try:
            entries.append(one if is_known(one) else _whole(harvest, one, until))
        except ServiceUnavailable as error:
            if not entries:
                raise
            logger.warning("a part of a harvest ends early", error=error.detail)
            return Part(len(entries), entries)
    return Part(part.places, entries)


def _known_among(entries: Iterable[Entry]) -> Callable[[Entry], bool]:
    """Return whether no whole record is to be had, or the stored one is as new as the summary."""
    digests = [one.incoming.summary_digest for one in entries if one.incoming]
    whole = Dataset.objects.filter(summary_digest__in=digests, origin=Origin.FULL)
    known = set(whole.values_list("accession", "summary_digest"))
    return lambda one: (
        one.incoming is None
        or (one.incoming.record.accession, one.incoming.summary_digest) in known
    )


def _whole(harvest: Harvest, entry: Entry, until: float | None) -> Entry:
    """Fetch the whole record; of one whose page failed before too, the summary has to do."""
    if entry.incoming is None:
        return entry
    accession = entry.incoming.record.accession
    try:
        latest = None if until is None else until + GRACE
        return Entry(with_whole(entry.incoming, ncbi.pages().series(accession, until=latest)))
    except GeoRefused as refusal:
        return Entry(entry.incoming, refusal.detail)
    except GeoUnavailable as error:
        if harvest.last_error.startswith(f"{accession}: "):
            return Entry(entry.incoming, error.detail)
        raise GeoUnavailable(f"{accession}: {error.detail}") from error


def _store(harvest: Harvest, part: Part) -> None:
    """Store a part together with how far that is in the list."""
    incoming = {one.incoming.record.accession: one.incoming for one in part.entries if one.incoming}
    refusals = [one.refusal for one in part.entries if one.refusal]
    counts, now = Counts(), timezone.now()
    with transaction.atomic():
        store(incoming.values(), counts=counts, at=now)
        harvest.position += part.places
        harvest.added += counts.added
        harvest.updated += counts.updated
        harvest.unchanged += counts.unchanged + counts.older
        harvest.refused += len(refusals)
        harvest.last_error = refusals[-1] if refusals else harvest.last_error
        harvest.touched_at = now
        harvest.save()


def _finish(harvest: Harvest) -> None:
    if harvest.added or harvest.updated:
        indexing.count_lexemes()
        raise_version(VERSION)  # rarity has changed, and with it the ranking
        warm_most_asked(at=timezone.now())
    try:
        platforms.name_unnamed()
    except OracleError as error:
        logger.warning("platforms stay without titles for now", error=error.detail)
    harvest.web_env = harvest.query_key = ""
    harvest.finished_at = harvest.touched_at = timezone.now()
    harvest.save()
