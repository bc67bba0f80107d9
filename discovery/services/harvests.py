"""Beginning a harvest, or going on with the one that was begun."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import partial
from uuid import UUID

from django.db import transaction

from common.errors import OracleError
from common.wake import wake
from discovery import ncbi
from discovery.geo import terms
from discovery.models import Harvest
from discovery.runner import refreshing
from discovery.runner.harvesting import Tell, go_on
from discovery.runner.incoming import described
from discovery.tasks import run_harvest

LONGEST_QUERY = 500
SHOWN = 10
MOST_ACCESSIONS, ACCESSIONS_A_QUERY = 500, 20  # a query of more would be too long


class BadQuery(OracleError):
    """Nothing can be asked with it."""


@dataclass(frozen=True, slots=True)
class Preview:
    """What a harvest would find: how many series, in what words NCBI asked itself, the first ones."""

    count: int
    translation: str
    warnings: list[str]
    first: list[str]


def preview(*, query: str) -> Preview:
    """Ask NCBI what a query finds, and store nothing.

    :raises BadQuery: if nothing can be asked
    """
    entrez = ncbi.entrez()
    found = entrez.search(db="gds", term=terms.of_series(_plain(query)), limit=SHOWN)
    read = described(entrez.summaries(db="gds", ids=found.ids))
    first = [
        f"{one.incoming.record.accession}  {one.incoming.record.title}"
        for one in read
        if one.incoming
    ]
    return Preview(found.count, found.translation or "", found.warnings, first)


def preview_refresh(*, since: date | None, at: datetime) -> Preview:
    """Ask NCBI what a refresh would find, and store nothing."""
    return preview(query=terms.changed_since(since or refreshing.due_since(at=at)))


def told(work: Harvest) -> str:
    """Return in a sentence what became of a harvest."""
    refused = f" The last reason: {work.last_error}" if work.refused else ""
    return (
        f"{work.position} of {work.found} series read: {work.added} added, {work.updated} updated, "
        f"{work.unchanged} unchanged, {work.refused} refused.{refused}"
    )


def harvest(
    *,
    query: str,
    at_most: int | None,
    is_full: bool,
    at: datetime,
    is_anew: bool = False,
    tell: Tell = lambda _: None,
) -> Harvest:
    """Take what a query finds into the catalogue, going on where an unfinished harvest stopped.

    :param at_most: how many series of NCBI's list to read; None for all
    :param is_anew: begin at the start of the list instead
    :raises BadQuery: if nothing can be asked
    """
    work = _begun(query=query, at_most=at_most, is_full=is_full, at=at)
    if is_anew:
        work.found, work.position, work.started_at = None, 0, at
        work.added = work.updated = work.unchanged = work.refused = 0
    work.save()
    go_on(work, tell=tell)
    return work


@transaction.atomic
def begin(*, query: str, at_most: int | None, is_full: bool, at: datetime) -> Harvest:
    """Have workers take what a query finds into the catalogue.

    :raises BadQuery: if nothing can be asked
    """
    work = _begun(query=query, at_most=at_most, is_full=is_full, at=at)
    work.save()
    _send([work.pk])
    return work


@transaction.atomic
def begin_with(*, accessions: Sequence[str], at: datetime) -> list[Harvest]:
    """Have workers take these series into the catalogue anew, with their whole records.

    :raises BadQuery: if there are none, or too many
    """
    if not accessions:
        raise BadQuery("There is no accession of a series in it: they look like GSE2034.")
    if len(accessions) > MOST_ACCESSIONS:
        raise BadQuery(f"These are {len(accessions)} series; at most {MOST_ACCESSIONS} are taken.")
    parts = [
        accessions[first : first + ACCESSIONS_A_QUERY]
        for first in range(0, len(accessions), ACCESSIONS_A_QUERY)
    ]
    queries = [" OR ".join(f"{one}[ACCN]" for one in part) for part in parts]
    return [begin(query=query, at_most=None, is_full=True, at=at) for query in queries]


@transaction.atomic
def resume(*, harvest_ids: Sequence[UUID]) -> int:
    """Have workers go on with those of these harvests that are not finished; say how many."""
    unfinished = Harvest.objects.filter(pk__in=harvest_ids, finished_at=None)
    found = list(unfinished.values_list("pk", flat=True))
    _send(found)
    return len(found)


def refresh(
    *, since: date | None, is_full: bool, at: datetime, tell: Tell = lambda _: None
) -> Harvest:
    """Bring the catalogue up to date with GEO, going on where an unfinished refresh stopped.

    :param since: the day from which on changes are read; None: since the last refresh
    """
    ncbi.entrez()
    unfinished = Harvest.objects.filter(kind=Harvest.Kind.REFRESH, finished_at=None).first()
    work = unfinished or refreshing.begin(
        since=since or refreshing.due_since(at=at), is_full=is_full, at=at
    )
    go_on(work, tell=tell)
    return work


def _begun(*, query: str, at_most: int | None, is_full: bool, at: datetime) -> Harvest:
    """Return the harvest of a query that goes on already, or one that begins; its extent is not stored yet."""
    ncbi.entrez()  # nothing is begun that could not be asked
    work, _ = Harvest.objects.get_or_create(
        kind=Harvest.Kind.QUERY,
        query=_plain(query),
        finished_at=None,
        defaults={"started_at": at, "touched_at": at},
    )
    work.at_most, work.is_full = at_most, is_full
    return work


def _send(harvest_ids: Sequence[UUID]) -> None:
    for one in harvest_ids:
        transaction.on_commit(partial(wake, run_harvest, str(one)))


def _plain(query: str) -> str:
    plain = " ".join(query.split())
    if not plain:
        raise BadQuery("The query is empty. Ask for example 'breast cancer AND human[ORGN]'.")
    if len(plain) > LONGEST_QUERY:
        raise BadQuery(f"The query has {len(plain)} characters; at most {LONGEST_QUERY} are taken.")
    return plain
