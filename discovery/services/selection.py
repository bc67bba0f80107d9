"""Which series a report or a workflow is about: those that somebody names, or that answer a question."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date

from common.errors import OracleError
from discovery.models import Dataset
from discovery.services.quality import assess
from discovery.services.search import Hit, Mode, ranked
from discovery.understanding import Filters, Understanding


class NoneKnown(OracleError):
    """Of the series that were named the catalogue holds none."""

    status = 404
    code = "not_found"

    @classmethod
    def of_these(cls, accessions: Sequence[str]) -> "NoneKnown":
        named = ", ".join(accessions[:5]) + (" …" if len(accessions) > 5 else "")  # noqa: PLR2004
        return cls(
            f"The catalogue holds none of these series: {named}. Accessions look like GSE2034.",
            extra={"not_found": list(accessions)},
        )


@dataclass(frozen=True, slots=True)
class Scope:
    """What somebody wants to know of: series by their accessions, else by a question.

    :param most: so many at most of those that answer
    """

    question: str = ""
    accessions: Sequence[str] = ()
    filters: Filters = field(default_factory=Filters)
    most: int = 20


@dataclass(frozen=True, slots=True)
class Chosen:
    """A series, with its relevance from 0 to 1 if it answers a question."""

    dataset: Dataset
    quality_score: float
    relevance_score: float | None = None
    reasons: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Selection:
    """Series in their order. `total_found` counts all that answer, not only those chosen."""

    series: list[Chosen] = field(default_factory=list)
    total_found: int = 0
    not_found: list[str] = field(default_factory=list)
    notices: list[str] = field(default_factory=list)


def choose(scope: Scope, *, at: date, understood: Understanding | None = None) -> Selection:
    """Return the series of a scope: named ones in their order, each once; others the best first.

    :param understood: the question as it was read already
    :raises NoneKnown: if series are named and the catalogue holds none of them
    """
    return _named(scope.accessions, at) if scope.accessions else _answering(scope, at, understood)


def _named(accessions: Sequence[str], at: date) -> Selection:
    wanted = list(dict.fromkeys(accession.strip().upper() for accession in accessions))
    known = Dataset.objects.in_bulk(wanted, field_name="accession")
    if not known:
        raise NoneKnown.of_these(wanted)
    found = [known[accession] for accession in wanted if accession in known]
    return Selection(
        [Chosen(dataset, assess(dataset, at).score) for dataset in found],
        total_found=len(found),
        not_found=[accession for accession in wanted if accession not in known],
    )


def _answering(scope: Scope, at: date, understood: Understanding | None) -> Selection:
    ranking = ranked(
        question=scope.question,
        filters=scope.filters,
        mode=Mode.HYBRID,
        at=at,
        understood=understood,
    )
    return Selection(
        [_from_hit(hit) for hit in ranking.hits(most=scope.most, at=at)],
        total_found=len(ranking.found),
        notices=list(ranking.notices),
    )


def _from_hit(hit: Hit) -> Chosen:
    return Chosen(hit.dataset, hit.quality_score, hit.relevance_score, hit.reasons)
