"""The passages that sections are made of. Each is None where there is nothing to tell."""

from collections.abc import Callable, Sequence

from discovery.reports import comparing
from discovery.reports.comparing import Group
from discovery.reports.document import Block, Cell, Chart, Items, Link, Paragraph, Table, day
from discovery.reports.material import Material
from discovery.reports.series import Series, accessions_of
from discovery.reports.wording import (
    MOST_NAMED,
    UNKNOWN,
    counted,
    excerpt,
    listed,
    or_unknown,
    plain,
    shares,
    verb,
)

# What it means to be weak in a dimension of quality.
RISKS = {
    "samples": "Few samples, so little can be shown with them",
    "controls": "No control is named to compare with",
    "metadata": "So sparsely described that groups may not be told apart",
    "raw_data": "Only processed data, whose processing one has to take on trust",
    "platform": "Several platforms within one series",
    "age": "Old, so annotation and methods may be outdated",
}
MOST_BARS = 12
MOST_ROWS_BRIEF = 5
BEST = 3
TITLE_WORDS = 20
DESIGN_WORDS = 60
ENOUGH_SERIES = 2

Found = Block | None


def at_a_glance(material: Material) -> Found:
    """Return the figures that all else rests on."""
    if not material.series:
        return None
    series = material.series
    sizes = comparing.sizes(series)
    years = [group.value for group in comparing.by_year(series)]
    found = material.asked.found
    texts = [
        f"Series: {len(series)}" + (f" of {found:,} that answer" if found is not None else ""),
        f"Samples: {sizes.total:,}" if sizes.known else f"Samples: {UNKNOWN}",
        f"Organisms: {_values(comparing.by_organism(series))}",
        f"Platforms: {_values(comparing.by_platform(series))}",
        f"Released: {' to '.join(dict.fromkeys([years[0], years[-1]])) if years else UNKNOWN}",
    ]
    return Items(tuple(texts))


def bottom_line(material: Material) -> Found:
    """Say in one sentence whether there is enough to work with."""
    if not material.series:
        return Paragraph("There is no data to decide on.")
    usable = [one for one in material.series if one.is_of_high_quality]
    are = verb(len(usable), "is", "are")
    count = f"{shares(len(usable), len(material.series))} series {are} of good quality or better"
    if material.quality is None:
        return Paragraph("The quality of these series was not judged.")
    samples = comparing.sizes(usable)
    held = f", with {counted(samples.total, 'sample')} together" if samples.known else ""
    verdict = "Enough to work with" if len(usable) >= ENOUGH_SERIES else "Not enough by itself"
    return Paragraph(f"{verdict}: {count}{held}.")


def key_insights(material: Material) -> Found:
    texts = [f"{one.text} (confidence {one.confidence:.2f})" for one in material.insights]
    return Items(tuple(texts)) if texts else None


def recommendations(material: Material) -> Found:
    return (
        Items(tuple(material.recommendations), is_ordered=True)
        if material.recommendations
        else None
    )


def risks(material: Material) -> Found:
    """Say what may go wrong: what several series are weak in, and samples that are counted twice."""
    weak = material.quality.weak if material.quality else {}
    texts = [
        f"{RISKS.get(name, f'Weak in {name}')}: {listed(which)}." for name, which in weak.items()
    ]
    texts += [
        f"{pair.part.accession} is a part of {pair.whole.accession}: samples may be counted twice."
        for pair in comparing.overlaps(material.series)
    ]
    return Items(tuple(texts)) if texts else None


def best_series(material: Material) -> Found:
    """Return the series that are both relevant and good, the best first."""
    best = sorted(material.series, key=_worth, reverse=True)[:BEST]
    texts = [
        f"{one.accession}: {excerpt(one.title, words=TITLE_WORDS)} ({_size(one)}, {_level(one)})"
        for one in best
    ]
    return Items(tuple(texts), is_ordered=True) if texts else None


def short_table(material: Material) -> Found:
    shown = material.series[:MOST_ROWS_BRIEF]
    return _table("The first series", shown, SHORT_COLUMNS)


def full_table(material: Material) -> Found:
    return _table("All series", material.series, SHORT_COLUMNS | FURTHER_COLUMNS)


def data_table(material: Material) -> Found:
    return _table("Data and where it is", material.series, DATA_COLUMNS)


def design_table(material: Material) -> Found:
    told = [one for one in material.series if one.overall_design]
    return _table("Designs as the submitters tell them", told, DESIGN_COLUMNS)


def quality_table(material: Material) -> Found:
    judged = [one for one in material.series if one.verdict]
    return _table("Verdicts", judged, QUALITY_COLUMNS)


def dimensions_table(material: Material) -> Found:
    judged = [one for one in material.series if one.verdict]
    names = dict.fromkeys(name for one in judged if one.verdict for name in one.verdict.dimensions)
    columns = {name.replace("_", " ").capitalize(): _dimension(name) for name in names}
    return _table("Quality by dimension (0 to 1)", judged, {"Series": _link, **columns})


def organisms(material: Material) -> Found:
    return _groups("Organisms", "Organism", comparing.by_organism(material.series))


def study_types(material: Material) -> Found:
    return _groups("Study types", "Study type", comparing.by_study_type(material.series))


def platforms(material: Material) -> Found:
    return _groups("Platforms", "Platform", comparing.by_platform(material.series))


def years(material: Material) -> Found:
    return _groups("Years of release", "Year", comparing.by_year(material.series))


def samples(material: Material) -> Found:
    sizes = comparing.sizes(material.series)
    if not sizes.known:
        return None
    (small, least), (large, most) = sizes.smallest, sizes.largest
    rows: list[tuple[Cell, ...]] = [
        ("All together", f"{sizes.total:,}", f"{len(sizes.known)} series"),
        ("Smallest", f"{least:,}", Link(small.accession, small.url)),
        ("Median", f"{sizes.median:g}", ""),
        ("Largest", f"{most:,}", Link(large.accession, large.url)),
    ]
    if silent := len(material.series) - len(sizes.known):
        rows.append((UNKNOWN.capitalize(), "", f"{silent} series"))
    return Table("Samples", ("", "Samples", "Series"), tuple(rows))


def combinable(material: Material) -> Found:
    """Return which series were measured alike."""
    groups = [*comparing.mergeable(material.series), *comparing.reprocessable(material.series)]
    return _groups("Measured alike", "Platform or type", groups)


def chart(material: Material) -> Found:
    """Return the sizes of the series as bars, the largest first."""
    sizes = comparing.sizes(material.series)
    if len(sizes.known) < ENOUGH_SERIES:
        return None
    bars = [(one.accession, count) for one, count in reversed(sizes.known)][:MOST_BARS]
    left = len(sizes.known) - len(bars)
    rest = f" {counted(left, 'smaller series is', 'smaller series are')} not drawn." if left else ""
    description = (
        f"A bar for each series: the largest, {bars[0][0]}, has {counted(bars[0][1], 'sample')},"
        f" the smallest drawn, {bars[-1][0]}, {bars[-1][1]:,}.{rest}"
    )
    return Chart("Samples in each series", description, tuple(bars))


def method(material: Material) -> Found:
    return Paragraph(
        f"Made on {day(material.at)} by fixed rules from the records in the catalogue; no language"
        " model wrote any of it. A confidence is the lower end of Wilson's interval (one standard"
        " error) for the share of records that agree, times the share that says anything; of a"
        " plain count, the share of records that it rests on; of an answer to the question, its"
        " relevance."
    )


def _groups(title: str, column: str, groups: Sequence[Group]) -> Found:
    rows: list[tuple[Cell, ...]] = [
        (
            plain(group.value),
            str(len(group.series)),
            UNKNOWN if group.samples is None else f"{group.samples:,}",
            listed(accessions_of(group.series)),
        )
        for group in groups
    ]
    return (
        Table(title, (column, "Series", "Samples in them", "Which"), tuple(rows)) if rows else None
    )


def _values(groups: Sequence[Group]) -> str:
    return or_unknown([group.value for group in groups], most=MOST_NAMED)


Column = Callable[[Series], Cell]


def _table(title: str, series: Sequence[Series], columns: dict[str, Column]) -> Found:
    rows = tuple(tuple(column(one) for column in columns.values()) for one in series)
    return Table(title, tuple(columns), rows) if rows else None


def _link(one: Series) -> Cell:
    return Link(one.accession, one.url)


def _size(one: Series) -> str:
    known = one.sample_count is not None
    return counted(one.sample_count or 0, "sample") if known else "samples not stated"


def _worth(one: Series) -> float:
    relevance = 1.0 if one.relevance is None else one.relevance
    return relevance * (one.verdict.score if one.verdict else 0.0)


def _level(one: Series) -> str:
    return one.verdict.level if one.verdict else "quality not judged"


def _quality(one: Series) -> str:
    return f"{one.verdict.score:.2f} ({one.verdict.level})" if one.verdict else "not judged"


def _dimension(name: str) -> Column:
    """Return the column of a dimension of quality."""

    def score(one: Series) -> str:
        value = one.verdict.dimensions.get(name) if one.verdict else None
        return UNKNOWN if value is None else f"{value:.2f}"

    return score


def _raw_data(one: Series) -> str:
    return {True: "yes", False: "no", None: UNKNOWN}[one.has_raw_data]


SHORT_COLUMNS: dict[str, Column] = {
    "Series": _link,
    "Title": lambda one: excerpt(one.title, words=TITLE_WORDS),
    "Organisms": lambda one: or_unknown(one.organisms),
    "Samples": lambda one: UNKNOWN if one.sample_count is None else f"{one.sample_count:,}",
    "Quality": _quality,
}
FURTHER_COLUMNS: dict[str, Column] = {
    "Platforms": lambda one: or_unknown(one.platforms),
    "Released": lambda one: one.release_date.isoformat() if one.release_date else UNKNOWN,
    "Relevance": lambda one: "" if one.relevance is None else f"{one.relevance:.2f}",
}
DATA_COLUMNS: dict[str, Column] = {
    "Series": _link,
    "Study types": lambda one: or_unknown(one.study_types),
    "Platforms": lambda one: or_unknown(one.platforms),
    "Samples": SHORT_COLUMNS["Samples"],
    "Raw data": _raw_data,
    "Files": lambda one: or_unknown(one.file_types, most=6),
    "SRA": lambda one: one.sra or UNKNOWN,
    "BioProject": lambda one: one.bioproject or UNKNOWN,
    "PubMed": lambda one: or_unknown(one.pubmed_ids),
}
DESIGN_COLUMNS: dict[str, Column] = {
    "Series": _link,
    "Design": lambda one: excerpt(one.overall_design or "", words=DESIGN_WORDS),
}
QUALITY_COLUMNS: dict[str, Column] = {
    "Series": _link,
    "Quality": _quality,
    "For it": lambda one: " ".join(one.verdict.strengths if one.verdict else ()),
    "Against it": lambda one: " ".join(one.verdict.issues if one.verdict else ()),
}
