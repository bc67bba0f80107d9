"""Ask NCBI itself, keep what it finds in the catalogue, and rank it as the catalogue is ranked."""

import math
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cache
from uuid import UUID

import structlog
from django.conf import settings
from django.db import OperationalError

from common.errors import OracleError, ServiceUnavailable
from common.spans import traced
from common.wake import wake
from discovery import ncbi
from discovery.geo import terms
from discovery.geo.asking import GeoRefused
from discovery.geo.entrez import Entrez
from discovery.geo.records import Found
from discovery.models import Dataset
from discovery.runner.incoming import described
from discovery.services import questions
from discovery.services.search.answer import (
    Answer,
    Mode,
    Ranking,
    answered,
    documents,
    merged,
    rank,
)
from discovery.services.search.hits import Hit, Scored
from discovery.storing import Counts, Incoming, store
from discovery.tasks import index_waiting
from discovery.understanding import Filters
from monitoring import flags

LOOKED_AT = 100  # so many of the series that NCBI finds, its first ones, are read and ranked
PLACE_FREE_AFTER = 5.0  # seconds, as a guess
INSTEAD = (
    'The catalogue of this server can be searched all the same: send "source": "local", or '
    '"fallback": true to have it answer whenever NCBI does not.'
)
FOUND_BY_NCBI = "NCBI's own search finds it, by what its samples or files say"

logger = structlog.get_logger(__name__)


class LiveSearchUnavailable(ServiceUnavailable):
    """NCBI itself was to be searched, and cannot be now."""

    code = "upstream_unavailable"

    def __init__(self, reason: str, *, retry_after: float = 5) -> None:
        super().__init__(f"{reason} {INSTEAD}", retry_after=retry_after)


@dataclass(frozen=True, slots=True)
class Finding:
    """What NCBI found, the records of its first series, and whether all words had to be left out."""

    found: Found
    incoming: list[Incoming]
    is_wider: bool


def require_live_search() -> None:
    """Go on only if NCBI may be searched at all.

    :raises LiveSearchUnavailable: if that is switched off
    """
    if not flags.is_on(flags.LIVE_SEARCH):
        raise LiveSearchUnavailable(
            "Whoever runs this server has switched live search off for now.", retry_after=300
        )


@contextmanager
def live_place() -> Iterator[None]:
    """Hold one of the few places for live searches, each of which holds a thread for seconds.

    :raises LiveSearchUnavailable: if none is free
    """
    places = _places(settings.NCBI_LIVE_AT_ONCE)
    if not places.acquire(blocking=False):
        raise LiveSearchUnavailable(
            "As many live searches are under way as this server allows.",
            retry_after=PLACE_FREE_AFTER,
        )
    try:
        yield
    finally:
        places.release()


@cache
def _places(most: int) -> threading.BoundedSemaphore:
    return threading.BoundedSemaphore(most)


@traced("search of NCBI")
def search_ncbi(
    *, question: str, filters: Filters, max_results: int, mode: Mode, at: datetime
) -> Answer:
    """Answer a question from what NCBI finds now, which the catalogue then has too.

    Filters that the caller gives bind. `total_found` is NCBI's count; if all of that was read, the
    number of series that meet the filters which NCBI knows nothing of as well.

    :raises LiveSearchUnavailable: if NCBI cannot be asked, or does not answer in time
    """
    understood = questions.read(question=question, at=at.date())
    asked = merged(filters, understood.filters)
    finding = _ask(terms.terms_for(understood, asked))
    ids = _keep(finding.incoming, at=at)
    ranking = rank(question=question, filters=filters, mode=mode, at=at.date(), among=ids)
    ranking = _with_unranked(ranking, filters, ids)
    answer = answered(ranking, max_results=max_results, at=at.date())
    are_all_read = finding.found.count <= len(finding.found.ids)
    return replace(
        answer,
        total_found=len(ranking.found) if are_all_read else finding.found.count,
        hits=[_explained(hit) for hit in answer.hits],
        notices=[*answer.notices, *_notices(finding)],
        source="ncbi",
    )


def _ask(queries: Sequence[str]) -> Finding:
    """Ask NCBI, in all within the time that a live search has."""
    try:
        entrez = ncbi.entrez().by(time.monotonic() + settings.NCBI_LIVE_SECONDS)
        query, found = _search(entrez, queries)
        summaries = entrez.summaries(db="gds", ids=found.ids)
        incoming = [one.incoming for one in described(summaries) if one.incoming]
    except ncbi.NotConfigured as error:
        raise LiveSearchUnavailable("This server does not search NCBI.") from error
    except GeoRefused as error:
        logger.error("NCBI refused a live search", reason=error.detail)  # noqa: TRY400 (foreseen)
        raise LiveSearchUnavailable("NCBI does not take the question at the moment.") from error
    except ServiceUnavailable as error:
        logger.warning("a live search failed", reason=error.detail)
        raise LiveSearchUnavailable(
            "NCBI does not answer at the moment.", retry_after=_wait_of(error)
        ) from error
    return Finding(found, incoming, is_wider=query != queries[0])


def _search(entrez: Entrez, queries: Sequence[str]) -> tuple[str, Found]:
    """Return the first query that finds something, the narrowest of them, and what it finds."""
    for query in queries:
        found = entrez.search(db="gds", term=query, limit=LOOKED_AT)
        if found.count:
            break
    return query, found


def _wait_of(error: OracleError) -> float:
    return float(error.headers.get("Retry-After", PLACE_FREE_AFTER))


def _keep(incoming: Sequence[Incoming], *, at: datetime) -> list[UUID]:
    """Store what was found, and return the series' ids in NCBI's order."""
    by_accession = {one.record.accession: one for one in incoming}
    counts = Counts()
    try:
        store(by_accession.values(), counts=counts, at=at)
    except OperationalError as error:  # somebody else writes the same series, for long
        raise LiveSearchUnavailable("The catalogue is being written to.", retry_after=2) from error
    if counts.has_changed:
        wake(index_waiting)
    ids = dict(Dataset.objects.filter(accession__in=by_accession).values_list("accession", "id"))
    return [ids[accession] for accession in by_accession]


def _with_unranked(ranking: Ranking, filters: Filters, ids: Sequence[UUID]) -> Ranking:
    """Put what NCBI finds and our ranking does not at the end, if it meets the filters."""
    ranked = {one.id for one in ranking.found}
    rest = [one for one in ids if one not in ranked]
    kept = set(
        documents(filters=filters, asked=ranking.filters, among=rest).values_list("pk", flat=True)
    )
    unranked = [Scored(one, math.nan, 0.0) for one in rest if one in kept]
    return replace(ranking, found=[*ranking.found, *unranked])


def _explained(hit: Hit) -> Hit:
    return hit if hit.relevance_score else replace(hit, reasons=[*hit.reasons, FOUND_BY_NCBI])


def _notices(finding: Finding) -> Iterator[str]:
    count, read = finding.found.count, len(finding.found.ids)
    if finding.is_wider and count:
        yield "NCBI finds nothing for all of the words; it was asked for some of them."
    if count > read:
        yield f"NCBI finds {count} series; these are the best of the first {read} that it names."
