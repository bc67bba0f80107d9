"""What series have in common and where they differ: counts, always with the series that are counted."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from statistics import median

from discovery.quality.judged import ISSUE
from discovery.reports.series import Series


@dataclass(frozen=True, slots=True)
class Group:
    """The series that share a value."""

    value: str
    series: tuple[Series, ...]

    @property
    def samples(self) -> int | None:
        """Return how many samples they have together; None if none of them says."""
        known = [one.sample_count for one in self.series if one.sample_count is not None]
        return sum(known) if known else None


@dataclass(frozen=True, slots=True)
class Sizes:
    """How many samples the series have that say so, from the smallest to the largest."""

    known: tuple[tuple[Series, int], ...]

    @property
    def total(self) -> int:
        return sum(count for _, count in self.known)

    @property
    def median(self) -> float:
        return median(count for _, count in self.known)

    @property
    def smallest(self) -> tuple[Series, int]:
        return self.known[0]

    @property
    def largest(self) -> tuple[Series, int]:
        return self.known[-1]


@dataclass(frozen=True, slots=True)
class Overlap:
    """Two series that hold the same samples: one is a part of the other.

    :param stated_by: how many of the two records say so
    """

    whole: Series
    part: Series
    stated_by: int


def by_organism(series: Iterable[Series]) -> list[Group]:
    return _grouped(series, lambda one: one.organisms)


def by_study_type(series: Iterable[Series]) -> list[Group]:
    return _grouped(series, lambda one: one.study_types)


def by_platform(series: Iterable[Series]) -> list[Group]:
    return _grouped(series, lambda one: one.platforms)


def by_publication(series: Iterable[Series]) -> list[Group]:
    return _grouped(series, lambda one: one.pubmed_ids)


def by_year(series: Iterable[Series]) -> list[Group]:
    """Return the series by year of release, earliest first."""
    years = _grouped(series, _year)
    return sorted(years, key=lambda group: group.value)


def by_weakness(series: Iterable[Series]) -> list[Group]:
    """Return the series by the dimensions of quality that they are weak in."""
    return _grouped(series, _weaknesses)


def sizes(series: Iterable[Series]) -> Sizes:
    known = [(one, one.sample_count) for one in series if one.sample_count is not None]
    return Sizes(tuple(sorted(known, key=lambda pair: pair[1])))


def overlaps(series: Sequence[Series]) -> list[Overlap]:
    """Return the pairs of which one holds the other's samples."""
    known = {one.accession: one for one in series}
    stated = Counter(
        pair
        for one in series
        for pair in {
            *((one.accession, part) for part in one.parts()),
            *((whole, one.accession) for whole in one.wholes()),
        }
        if known.keys() >= set(pair) and len(set(pair)) > 1
    )
    return [Overlap(known[whole], known[part], count) for (whole, part), count in stated.items()]


def mergeable(series: Sequence[Series]) -> list[Group]:
    """Return the series that were measured alike: one array platform, one organism, no overlap.

    The parts of a whole count, the whole does not: its samples are theirs.
    """
    arrays = [one for one in _of_one_organism(series) if one.is_of_arrays]
    return [group for group in by_platform(arrays) if _is_alike(group)]


def reprocessable(series: Sequence[Series]) -> list[Group]:
    """Return the series that can go through one pipeline from their reads: one type, one organism."""
    reads = [one for one in _of_one_organism(series) if one.has_raw_data and not one.is_of_arrays]
    return [group for group in by_study_type(reads) if _is_alike(group)]


def _of_one_organism(series: Sequence[Series]) -> list[Series]:
    """Return the series of a single organism that do not hold others' samples."""
    wholes = {pair.whole.accession for pair in overlaps(series)}
    return [one for one in series if len(one.organisms) == 1 and one.accession not in wholes]


def _is_alike(group: Group) -> bool:
    return len(group.series) > 1 and len({one.organisms for one in group.series}) == 1


def _grouped(series: Iterable[Series], values: Callable[[Series], Iterable[str]]) -> list[Group]:
    """Return a group for each value, the largest first, each series once in its own order."""
    groups: dict[str, list[Series]] = defaultdict(list)
    for one in series:
        for value in dict.fromkeys(values(one)):
            groups[value].append(one)
    made = [Group(value, tuple(members)) for value, members in groups.items()]
    return sorted(made, key=lambda group: (-len(group.series), group.value))


def _year(one: Series) -> tuple[str, ...]:
    return (str(one.release_date.year),) if one.release_date else ()


def _weaknesses(one: Series) -> list[str]:
    scores = one.verdict.dimensions if one.verdict else {}
    return [name for name, score in scores.items() if score is not None and score < ISSUE]
