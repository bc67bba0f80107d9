"""Put a report together: what each kind of reader is told, and in which order."""

from collections.abc import Callable, Sequence
from datetime import date

from discovery.reports import comparing, passages
from discovery.reports.document import Block, Paragraph, Report, Section
from discovery.reports.material import Asked, Kind, Material, gather
from discovery.reports.series import Series, accessions_of
from discovery.reports.wording import UNKNOWN, counted, excerpt, listed, plain, shares

MOST_TOLD = 25  # series that have a section of their own
SUMMARY_WORDS = 90

Passage = Callable[[Material], Block | None]


def compose(series: Sequence[Series], asked: Asked, *, at: date) -> Report:
    """Return the report on these series, which may be none.

    :param at: today
    """
    material = gather(series, asked, at=at)
    return Report(
        title=_title(series, asked),
        summary=_summary(material),
        sections=tuple(_sections(material)),
        insights=tuple(material.insights),
        recommendations=tuple(material.recommendations),
        accessions=accessions_of(series),
        quality=material.quality,
        at=at,
    )


def _title(series: Sequence[Series], asked: Asked) -> str:
    about = plain(asked.question) or listed(accessions_of(series), most=3)
    return f"{asked.kind.capitalize()} report: {about}"


def _summary(material: Material) -> str:
    """Return the report in two or three sentences."""
    if not material.series:
        return "Nothing in the catalogue answers this question."
    parts = [_opening(material)]
    if material.quality:
        good = shares(material.quality.high, material.quality.judged)
        average = f"average {material.quality.average:.2f}"
        parts.append(f"Of good quality or better: {good} ({average}).")
    return " ".join([*parts, *(one.text for one in material.insights[:1])])


def _opening(material: Material) -> str:
    series, found = material.series, material.asked.found
    sizes = comparing.sizes(series)
    samples = f" with {counted(sizes.total, 'sample')}" if sizes.known else ""
    if found is not None and found > len(series):
        return f"The best {len(series)}{samples} of {found:,} series that answer the question."
    return f"{counted(len(series), 'series', 'series')}{samples}."


def _sections(material: Material) -> list[Section]:
    made = [_section(title, wanted, material) for title, wanted in OUTLINES[material.asked.kind]]
    sections = [one for one in made if one.blocks]
    if material.asked.kind is not Kind.COMPREHENSIVE:
        return sections
    closing = [one for one in sections if one.title in CLOSING]
    return [*sections[: -len(closing)], *_one_by_one(material.series), *closing]


def _section(title: str, wanted: Sequence[Passage], material: Material) -> Section:
    found = (passage(material) for passage in wanted)
    return Section(title, tuple(block for block in found if block is not None))


def _one_by_one(series: Sequence[Series]) -> list[Section]:
    """Return a section for each of the first series. Its title is ours alone, the accession."""
    return [Section(one.accession, tuple(_told(one))) for one in series[:MOST_TOLD]]


def _told(one: Series) -> list[Block]:
    facts = [
        listed(one.organisms) or f"organism {UNKNOWN}",
        f"samples: {UNKNOWN if one.sample_count is None else one.sample_count}",
        f"platforms: {listed(one.platforms) or UNKNOWN}",
        *([f"matched: {'; '.join(one.reasons)}"] if one.reasons else []),
    ]
    return [
        Paragraph(plain(one.title)),
        Paragraph("; ".join(facts)),
        Paragraph(excerpt(one.summary, words=SUMMARY_WORDS)),
    ]


COMPARED = (
    passages.organisms,
    passages.study_types,
    passages.platforms,
    passages.samples,
    passages.years,
)
INSIGHTS = ("Key insights", (passages.key_insights,))
ADVICE = ("Recommendations", (passages.recommendations,))
METHOD = ("How this was made", (passages.method,))
CLOSING = frozenset({ADVICE[0], METHOD[0]})
OUTLINES: dict[Kind, tuple[tuple[str, tuple[Passage, ...]], ...]] = {
    Kind.BRIEF: (
        INSIGHTS,
        ("Series", (passages.short_table, passages.chart)),
        ADVICE,
    ),
    Kind.EXECUTIVE: (
        ("Bottom line", (passages.bottom_line,)),
        ("What the data show", (passages.key_insights, passages.chart)),
        ("Where to begin", (passages.best_series,)),
        ("Risks", (passages.risks,)),
        ("What to do", (passages.recommendations,)),
    ),
    Kind.TECHNICAL: (
        ("Data", (passages.data_table, passages.chart)),
        ("Platforms and types", (passages.platforms, passages.study_types, passages.combinable)),
        ("Designs", (passages.design_table,)),
        ("Quality", (passages.dimensions_table,)),
        INSIGHTS,
        ADVICE,
        METHOD,
    ),
    Kind.COMPREHENSIVE: (
        ("At a glance", (passages.at_a_glance, passages.chart)),
        INSIGHTS,
        ("Series", (passages.full_table,)),
        ("Comparison", COMPARED),
        ("Quality", (passages.quality_table, passages.dimensions_table)),
        ADVICE,
        METHOD,
    ),
}
