"""Read the filters of a search out of plain words. `negation` reads what is left out."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import date

from discovery.understanding.matching import Entity
from discovery.understanding.periods import Released, read_periods
from discovery.understanding.sizes import FLAGS, LOWER, Bound, read_sizes
from discovery.understanding.study_types import read_study_type

# Usually what infects the organism of a study; only where there is no sign of one, itself studied.
PATHOGENS = frozenset(
    {
        "Chlamydia trachomatis", "Helicobacter pylori", "Klebsiella pneumoniae",
        "Legionella pneumophila", "Leishmania major", "Listeria monocytogenes",
        "Mycobacterium tuberculosis", "Plasmodium berghei", "Plasmodium falciparum",
        "Porphyromonas gingivalis", "Pseudomonas aeruginosa", "Salmonella enterica",
        "Salmonella enterica subsp. enterica serovar Typhimurium", "Schistosoma mansoni",
        "Staphylococcus aureus", "Streptococcus pneumoniae", "Streptococcus pyogenes",
        "Toxoplasma gondii", "Trypanosoma brucei", "Trypanosoma cruzi", "Candida albicans",
        "Aspergillus fumigatus", "Cryptococcus neoformans", "Escherichia coli",
    }
)  # fmt: skip
HOSTS = frozenset({"disease", "tissue", "cell_type"})  # what only somebody infected has
INFECTED = re.compile(r"infect|expos|challeng|stimulat", FLAGS)
NEGATED = re.compile(
    r"\b(?:not|no|non|without|never|lacking|missing|excluding|except|un|yet)[\s-]{1,2}"
    r"(?:(?:in|from|of|on|for)\s{1,2})?$",
    FLAGS,
)
LONGEST_NEGATION = 16
_GAP = r"\s{1,3}"
_WITH = rf"(?:(?:(?:that|which){_GAP})?(?:with|having|has|have|includ(?:e|es|ing)|provid(?:e|es|ing)){_GAP})?"
_AVAILABLE = rf"(?:{_GAP}(?:(?:is|are){_GAP})?(?:available|deposited|provided|included))?"
PLATFORM = re.compile(r"\bGPL\d{1,6}\b", FLAGS)
PLATFORM_PHRASE = re.compile(
    rf"\b(?:(?:on|using|with|from|by){_GAP})?(?:(?:the{_GAP})?platforms?{_GAP})?GPL\d{{1,6}}\b"
    rf"(?:{_GAP}platform)?",
    FLAGS,
)
RAW_DATA = re.compile(
    rf"\b{_WITH}(?:the{_GAP})?(?:available{_GAP})?"
    rf"(?:raw{_GAP}(?:(?:sequencing|sequence|array|microarray|expression|cel|fastq|idat){_GAP})?"
    r"(?:data|files?|reads|fastqs?|cels?|idats?)"
    rf"|(?:fastq|cel|idat|bam|sra){_GAP}(?:files?|data)|fastqs?(?={_GAP}available))\b{_AVAILABLE}",
    FLAGS,
)
PUBLICATION = re.compile(
    rf"\b(?:(?:with|having|has|have|linked{_GAP}to){_GAP}"
    rf"(?:(?:an?|the|associated|linked|accompanying|corresponding|published|peer-reviewed){_GAP})"
    r"{0,3}(?:publications?|papers?|articles?|pubmed(?:\sids?)?|pmids?|citations?)"
    r"|published|peer[\s-]reviewed)\b",
    FLAGS,
)


@dataclass(frozen=True, slots=True)
class Filters:
    """What a question restricts. None means that it does not say."""

    organism: str | None = None
    study_type: str | None = None
    min_samples: int | None = None
    max_samples: int | None = None
    platform: str | None = None
    released_after: date | None = None
    released_before: date | None = None
    has_publication: bool | None = None
    has_raw_data: bool | None = None

    def as_dict(self) -> dict[str, str | int | bool]:
        """Return the filters that are set, dates as ISO strings."""
        values = {field.name: getattr(self, field.name) for field in fields(self)}
        return {
            name: value.isoformat() if isinstance(value, date) else value
            for name, value in values.items()
            if value is not None
        }


Span = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Reading:
    """The filters, and the places in the question that state them."""

    filters: Filters
    spans: tuple[Span, ...]


def read_filters(text: str, entities: Sequence[Entity], *, at: date) -> Reading:
    """Read every filter that a question, in its plain form, states. ``at`` is today."""
    sizes = read_sizes(text)
    taken = [(bound.start, bound.end) for bound in sizes]
    released = [one for one in read_periods(text, at=at) if _is_free(one.start, one.end, taken)]
    taken += [(one.start, one.end) for one in released]
    raw, published = _phrases(RAW_DATA, text, taken), _phrases(PUBLICATION, text, taken)
    low, high = _smallest_and_largest(sizes)
    first, last = _first_and_last(released)
    filters = Filters(
        organism=_read_organism(text, entities),
        study_type=read_study_type(entities),
        min_samples=low,
        max_samples=high,
        platform=_the_only({match[0].upper() for match in PLATFORM.finditer(text)}),
        released_after=first,
        released_before=last,
        has_publication=bool(published) or None,
        has_raw_data=bool(raw) or None,
    )
    platforms = [match.span() for match in PLATFORM_PHRASE.finditer(text)]
    return Reading(filters, (*taken, *raw, *published, *platforms))


def _read_organism(text: str, entities: Sequence[Entity]) -> str | None:
    """Return the one organism that is studied; None if there are several."""
    named = [entity for entity in entities if entity.type == "organism"]
    is_infected = INFECTED.search(text) or any(entity.type in HOSTS for entity in entities)
    studied = {
        entity.canonical
        for entity in named
        if _is_species(entity.canonical)
        and not (is_infected and entity.canonical in PATHOGENS)
        and not _is_negated(text, entity.start)
    }
    return _the_only(studied)


def _is_species(canonical: str) -> bool:
    """Say whether GEO would file a study under this name: no virus, no 'Primates'."""
    return " " in canonical and "virus" not in canonical


def _phrases(pattern: re.Pattern[str], text: str, taken: Sequence[Span]) -> list[Span]:
    return [
        match.span()
        for match in pattern.finditer(text)
        if _is_free(*match.span(), taken) and not _is_negated(text, match.start())
    ]


def _is_free(start: int, end: int, taken: Sequence[Span]) -> bool:
    return not any(start < other_end and other_start < end for other_start, other_end in taken)


def _is_negated(text: str, start: int) -> bool:
    return NEGATED.search(text[max(0, start - LONGEST_NEGATION) : start]) is not None


def _the_only(values: set[str]) -> str | None:
    return next(iter(values)) if len(values) == 1 else None


def _smallest_and_largest(sizes: Sequence[Bound]) -> tuple[int | None, int | None]:
    low = max((bound.value for bound in sizes if bound.side == LOWER), default=None)
    high = min((bound.value for bound in sizes if bound.side != LOWER), default=None)
    contradict = high is not None and (high < 1 or (low is not None and low > high))
    return (None, None) if contradict else (low, high)


def _first_and_last(released: Sequence[Released]) -> tuple[date | None, date | None]:
    first = max((one.first for one in released if one.first), default=None)
    last = min((one.last for one in released if one.last), default=None)
    return (None, None) if first and last and first > last else (first, last)
