"""What a report says, in the order of reading: plain text and numbers, in no format yet."""

from dataclasses import dataclass
from datetime import date

MONTHS = "January February March April May June July August September October November December"


@dataclass(frozen=True, slots=True)
class Link:
    """A link of our own making, never of a record's."""

    text: str
    url: str


Cell = str | Link


@dataclass(frozen=True, slots=True)
class Paragraph:
    text: str


@dataclass(frozen=True, slots=True)
class Items:
    """A list; with `is_ordered` its order means something."""

    texts: tuple[str, ...]
    is_ordered: bool = False


@dataclass(frozen=True, slots=True)
class Table:
    """A table with a caption."""

    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]


@dataclass(frozen=True, slots=True)
class Chart:
    """Bars of one colour. The description says what it shows to who does not see it."""

    title: str
    description: str
    bars: tuple[tuple[str, int], ...]


Block = Paragraph | Items | Table | Chart


@dataclass(frozen=True, slots=True)
class Section:
    title: str
    blocks: tuple[Block, ...]


@dataclass(frozen=True, slots=True)
class Insight:
    """What the data show, the series that show it, and how far they bear it out (0 to 1)."""

    text: str
    supporting: tuple[str, ...]
    confidence: float


@dataclass(frozen=True, slots=True)
class QualitySummary:
    """The quality of the series that were judged, together.

    :param high: how many are good or better
    :param levels: level → how many
    :param weak: dimension → the series that are weak in it, the most frequent first
    """

    judged: int
    average: float
    lowest: float
    highest: float
    high: int
    levels: dict[str, int]
    weak: dict[str, tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class Report:
    """A report. `sections` hold the insights and recommendations too, where the kind shows them."""

    title: str
    summary: str
    sections: tuple[Section, ...]
    insights: tuple[Insight, ...]
    recommendations: tuple[str, ...]
    accessions: tuple[str, ...]
    quality: QualitySummary | None
    at: date


def day(at: date) -> str:
    """Return a date as people read it, whatever the locale."""
    return f"{at.day} {MONTHS.split()[at.month - 1]} {at.year}"
