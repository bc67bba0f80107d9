"""What the data show. Each rule looks at one thing, and says nothing where there is nothing to say."""

from collections.abc import Callable, Sequence
from datetime import date

from discovery.reports import comparing, confidence
from discovery.reports.comparing import Group
from discovery.reports.document import Insight
from discovery.reports.series import Series, accessions_of
from discovery.reports.wording import counted, listed, shares, verb

RECENT_YEARS = 5
DOMINANT = 0.5  # from this share of all samples on, one series outweighs the others
RELEVANT = 0.5

All = Sequence[Series]


def find(series: All, *, at: date) -> list[Insight]:
    """Return what the series show, the most telling first."""
    found = (rule(series) for rule in RULES)
    return [one for one in (*found, _recency(series, at)) if one is not None]


def _relevance(series: All) -> Insight | None:
    """Say what answers the question best."""
    ranked = [one for one in series if one.relevance is not None]
    if not ranked:
        return None
    best = max(ranked, key=lambda one: one.relevance or 0.0)
    close = [one for one in ranked if (one.relevance or 0.0) >= RELEVANT]
    why = f" ({'; '.join(best.reasons[:2])})" if best.reasons else ""
    text = f"{best.accession} answers the question best{why}"
    if len(close) > 1:
        text += f"; {shares(len(close), len(ranked))} series come near it"
    supporting = accessions_of(close) if best in close else (best.accession,)
    return Insight(f"{text}.", supporting, round(best.relevance or 0.0, 2))


def _organisms(series: All) -> Insight | None:
    return _most(comparing.by_organism(series), series, ("studies", "study"))


def _study_types(series: All) -> Insight | None:
    return _most(comparing.by_study_type(series), series, ("is of the type", "are of the type"))


def _most(groups: Sequence[Group], series: All, verbs: tuple[str, str]) -> Insight | None:
    """Say what most series share, if most do share something."""
    known = _saying(groups)
    if not groups or 2 * len(groups[0].series) <= known:
        return None
    first, others = groups[0], groups[1:]
    count = len(first.series)
    text = f"{shares(count, len(series))} series {verb(count, *verbs)} {first.value}"
    if others and count < len(series):
        text += f"; others: {listed([f'{one.value} ({len(one.series)})' for one in others])}"
    return Insight(
        _capital(f"{text}."),
        accessions_of(first.series),
        confidence.of_share(count, known=known, total=len(series)),
    )


def _scale(series: All) -> Insight | None:
    """Say how many samples there are, and whether one series outweighs the others."""
    sizes = comparing.sizes(series)
    if len(sizes.known) < 2 or not sizes.total:  # noqa: PLR2004 (one has nothing to be compared with)
        return None
    largest, count = sizes.largest
    text = f"Together they hold {counted(sizes.total, 'sample')}"
    share = count / sizes.total
    supporting = [one for one, _ in sizes.known]
    if share > DOMINANT:
        text += f"; {largest.accession} alone has {share:.0%} of them"
        supporting = [largest]
    else:
        text += f", from {sizes.smallest[1]} to {count} a series (median {sizes.median:g})"
    sure = confidence.of_count(known=len(sizes.known), total=len(series))
    return Insight(f"{text}.", accessions_of(supporting), sure)


def _platforms(series: All) -> Insight | None:
    """Say which platform was used most, if more than one series used it."""
    groups = comparing.by_platform(series)
    if not groups or len(groups[0].series) < 2:  # noqa: PLR2004
        return None
    first = groups[0]
    text = f"{listed(accessions_of(first.series))} share the platform {first.value}"
    sure = confidence.of_share(len(first.series), known=_saying(groups), total=len(series))
    return Insight(f"{text}.", accessions_of(first.series), sure)


def _raw_data(series: All) -> Insight | None:
    offering = [one for one in series if one.has_raw_data]
    known = sum(one.has_raw_data is not None for one in series)
    if not known:
        return None
    offer = verb(len(offering), "offers", "offer")
    text = f"{shares(len(offering), len(series))} series {offer} raw data"
    if silent := len(series) - known:
        text += f"; {counted(silent, 'record')} {verb(silent, 'does', 'do')} not say"
    supporting = offering or [one for one in series if one.has_raw_data is False]
    sure = confidence.of_count(known=known, total=len(series))
    return Insight(_capital(f"{text}."), accessions_of(supporting), sure)


def _publications(series: All) -> Insight | None:
    """Say which series come from one publication: they are not independent of each other."""
    shared = [one for one in comparing.by_publication(series) if len(one.series) > 1]
    if not shared:
        return None
    first = shared[0]
    text = (
        f"{listed(accessions_of(first.series))} come from one publication (PubMed {first.value}):"
        " they do not confirm each other independently."
    )
    known = sum(bool(one.pubmed_ids) for one in series)
    sure = confidence.of_share(len(first.series), known=len(first.series), total=len(first.series))
    return Insight(text, accessions_of(first.series), round(sure * known / len(series), 2))


def _overlaps(series: All) -> Insight | None:
    """Say which series hold the same samples."""
    pairs = comparing.overlaps(series)
    if not pairs:
        return None
    first = pairs[0].whole
    parts = [pair.part for pair in pairs if pair.whole is first]
    text = f"{first.accession} is a SuperSeries of {listed(accessions_of(parts))}: it holds the same samples."
    stated = sum(pair.stated_by for pair in pairs if pair.whole is first)
    sure = confidence.of_count(known=stated, total=2 * len(parts))
    return Insight(text, (first.accession, *accessions_of(parts)), sure)


def _quality(series: All) -> Insight | None:
    judged = [(one, one.verdict) for one in series if one.verdict is not None]
    if not judged:
        return None
    high = [one for one in series if one.is_of_high_quality]
    are = verb(len(high), "is", "are")
    text = f"{shares(len(high), len(judged))} series {are} of good quality or better"
    answers = [score for _, verdict in judged for score in verdict.dimensions.values()]
    told = sum(one is not None for one in answers)
    sure = confidence.of_count(known=told, total=len(answers))
    supporting = high or [one for one, _ in judged]
    return Insight(_capital(f"{text}."), accessions_of(supporting), sure)


def _recency(series: All, at: date) -> Insight | None:
    """Say over which years the series were released, and how many are recent."""
    years = comparing.by_year(series)
    if len(years) < 2:  # noqa: PLR2004
        return None
    dated = [one for group in years for one in group.series]
    recent = [
        one for group in years for one in group.series if int(group.value) > at.year - RECENT_YEARS
    ]
    text = f"They were released from {years[0].value} to {years[-1].value}"
    text += f"; {shares(len(recent), len(dated))} in the last {RECENT_YEARS} years"
    sure = confidence.of_count(known=len(dated), total=len(series))
    return Insight(f"{text}.", accessions_of(recent or dated), sure)


def _saying(groups: Sequence[Group]) -> int:
    """Return how many series say anything of what they are grouped by."""
    return len({one.accession for group in groups for one in group.series})


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


RULES: tuple[Callable[[All], Insight | None], ...] = (
    _relevance,
    _organisms,
    _scale,
    _quality,
    _raw_data,
    _study_types,
    _platforms,
    _overlaps,
    _publications,
)
