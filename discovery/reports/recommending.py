"""What to do next: each recommendation follows from the series and names those it is about."""

from collections.abc import Callable, Sequence

from discovery.reports import comparing
from discovery.reports.comparing import Group
from discovery.reports.series import Series, accessions_of
from discovery.reports.wording import counted, listed, verb

FEW_SAMPLES = 6  # fewer have no replicates to speak of
NEEDED = 2  # from so many series on there is something to compare

All = Sequence[Series]


def find(series: All) -> list[str]:
    """Return what follows from the series, the most urgent first."""
    if not series:
        return [
            "Ask with fewer filters or broader words: nothing in the catalogue answers this.",
        ]
    return [advice for rule in RULES for advice in rule(series)]


def _overlapping(series: All) -> list[str]:
    return [
        f"Use {pair.whole.accession} or its part {pair.part.accession}, not both: they hold the"
        " same samples."
        for pair in comparing.overlaps(series)
    ]


def _mergeable(series: All) -> list[str]:
    return [
        f"{listed(accessions_of(group.series))} share platform {group.value}: can be merged"
        f"{_together(group)}, once batch effects between them are corrected."
        for group in comparing.mergeable(series)
    ]


def _together(group: Group) -> str:
    """Say how many samples that makes: of a series with several platforms not all belong to it."""
    if not group.samples:
        return ""
    is_exact = all(len(one.platforms) == 1 for one in group.series)
    return f" to {'' if is_exact else 'up to '}{counted(group.samples, 'sample')}"


def _reprocessable(series: All) -> list[str]:
    return [
        f"{listed(accessions_of(group.series))} are sequenced alike and have raw data: can be"
        f" processed together{_together(group)}."
        for group in comparing.reprocessable(series)
    ]


def _raw_data(series: All) -> list[str]:
    offering = [one for one in series if one.has_raw_data]
    if not any(one.has_raw_data is not None for one in series):
        return []
    if len(offering) == len(series):
        return ["All have raw data: process them with one pipeline before you compare them."]
    if not offering:
        return ["None is known to have raw data: you depend on the submitters' processing."]
    is_sure = all(one.has_raw_data is not None for one in series)
    forms = ("has", "have") if is_sure else ("is known to have", "are known to have")
    have = verb(len(offering), *forms)
    only = "Only " if 2 * len(offering) <= len(series) else ""
    which = f"{only}{len(offering)} of {len(series)} {have} raw data"
    return [f"{which} ({listed(accessions_of(offering))}): begin with those to process anew."]


def _small(series: All) -> list[str]:
    sizes = comparing.sizes(series)
    if not sizes.known or sizes.smallest[1] >= FEW_SAMPLES:
        return []
    small = [one for one, count in sizes.known if count < FEW_SAMPLES]
    first, count = sizes.smallest
    others = [one for one in small if one is not first]
    also = f", and {listed(accessions_of(others))} fewer than {FEW_SAMPLES}" if others else ""
    smallest = "It has" if len(series) == 1 else f"The smallest, {first.accession}, has"
    return [f"{smallest} {counted(count, 'sample')}{also}: use it to confirm, not to find."]


def _poor(series: All) -> list[str]:
    return [
        f"Look at {one.accession} before you rely on it: {one.verdict.issues[0].rstrip('.')}."
        for one in series
        if one.verdict and one.verdict.level == "poor" and one.verdict.issues
    ]


def _organisms(series: All) -> list[str]:
    groups = comparing.by_organism(series)
    if len(groups) < NEEDED:
        return []
    named = listed([f"{one.value} ({len(one.series)})" for one in groups])
    return [f"Analyse the organisms apart, or map their genes to orthologs: {named}."]


def _technologies(series: All) -> list[str]:
    arrays = [one for one in series if one.is_of_arrays]
    others = [one for one in series if one.study_types and not one.is_of_arrays]
    if not (arrays and others):
        return []
    pooled = (
        f"{listed(accessions_of(arrays))} (arrays) with those of {listed(accessions_of(others))}"
    )
    return [f"Do not pool the values of {pooled}: compare results of each instead."]


def _unpublished(series: All) -> list[str]:
    """Advise on the series whose records name no publication, where others' do."""
    without = [one for one in series if not one.pubmed_ids]
    if len(without) == len(series) or not without:
        return []
    named = listed(accessions_of(without))
    return [f"Cite {named} by accession: the record names no publication to read first."]


def _silent(series: All) -> list[str]:
    silent = [one for one in series if one.sample_count is None]
    if not silent:
        return []
    named = listed(accessions_of(silent))
    have = verb(len(silent), "has", "have")
    return [f"See GEO for how many samples {named} {have}: the record does not say."]


def _alone(series: All) -> list[str]:
    if len(series) > 1:
        return []
    (one,) = series
    return [f"Look for series like {one.accession} to confirm what you find: it stands alone."]


RULES: tuple[Callable[[All], list[str]], ...] = (
    _overlapping,
    _mergeable,
    _reprocessable,
    _raw_data,
    _small,
    _poor,
    _organisms,
    _technologies,
    _alone,
    _unpublished,
    _silent,
)
