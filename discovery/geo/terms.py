"""Questions in Entrez's language, for the series of db=gds.

Words are asked for in all fields, each by itself: without a field NCBI would widen them to MeSH terms
("liver" to all that lies below it), which its ranking cannot make good again.
"""

import re
from collections.abc import Iterable, Iterator
from datetime import date

from discovery.understanding import Entity, Filters, Understanding, accessions_in, is_filler

SERIES = "gse[ETYP]"
FIRST_DAY, LAST_DAY = "1990/01/01", "3000/12/31"
MOST_SAMPLES = 10_000_000
# What has a meaning in Entrez's language, or none at all.
SIGNS = re.compile(r"[^\w\s.+'-]+")
PUNCTUATION = ".,;:!?'\"()[]-+"


def of_series(query: str) -> str:
    """Return a query that finds series only."""
    return f"({query}) AND {SERIES}"


def changed_since(day: date) -> str:
    """Return the query for what was changed or added since a day."""
    return f"{day:%Y/%m/%d}:{LAST_DAY}[UDAT]"


def terms_for(understood: Understanding, filters: Filters) -> list[str]:
    """Return the queries for a question, to be tried until one finds something: the narrowest first.

    :param filters: those that bind, given or read out of the question
    """
    fixed = [*_filters(filters), SERIES]
    accessions = accessions_in(understood.original_query)
    if accessions:
        return [_all([_any([f"{one}[ACCN]" for one in accessions]), *fixed])]
    names = [_named(one) for one in understood.entities if not _is_filtered(one, filters)]
    words = [_quoted(word) for word in _loose(understood)]
    wordings = [names + words, names, [_any(words)] if words else []]
    # A question of filters alone is one too.
    asked = [_all([*one, *fixed]) for one in wordings if one] or [_all(fixed)]
    return list(dict.fromkeys(asked))


def _filters(filters: Filters) -> Iterator[str]:
    """Yield the filters that Entrez knows; whether there are raw data or an article it does not."""
    if filters.organism:
        yield f'"{_plain(filters.organism)}"[ORGN]'
    if filters.study_type:
        yield f'"{_plain(filters.study_type)}"[GTYP]'
    if filters.platform:
        yield f"{filters.platform}[ACCN]"
    if filters.min_samples is not None or filters.max_samples is not None:
        most = MOST_SAMPLES if filters.max_samples is None else filters.max_samples
        yield f"{filters.min_samples or 0}:{most}[NSAM]"
    if filters.released_after or filters.released_before:
        first = f"{filters.released_after:%Y/%m/%d}" if filters.released_after else FIRST_DAY
        last = f"{filters.released_before:%Y/%m/%d}" if filters.released_before else LAST_DAY
        yield f"{first}:{last}[PDAT]"


def _is_filtered(entity: Entity, filters: Filters) -> bool:
    """Say whether a filter asks for it already."""
    if entity.type == "organism":
        return entity.canonical == filters.organism
    return entity.type == "assay" and filters.study_type is not None


def _named(entity: Entity) -> str:
    """Return the query for a name: as it was written, and as it is called properly."""
    return _any([_quoted(entity.text), _quoted(entity.canonical)])


def _loose(understood: Understanding) -> Iterator[str]:
    """Yield the words of the topic that belong to no name."""
    named = {word for one in understood.entities for word in _words(one.text)}
    for word in _words(understood.topic):
        if word not in named and not is_filler(word):
            yield word


def _words(text: str) -> list[str]:
    plain = (word.strip(PUNCTUATION).casefold() for word in _plain(text).split())
    return [word for word in plain if word]


def _plain(text: str) -> str:
    return " ".join(SIGNS.sub(" ", text).split())


def _quoted(text: str) -> str:
    return f'"{_plain(text)}"[ALL]'


def _any(queries: Iterable[str]) -> str:
    each = list(dict.fromkeys(queries))
    return each[0] if len(each) == 1 else f"({' OR '.join(each)})"


def _all(queries: Iterable[str]) -> str:
    return " AND ".join(dict.fromkeys(queries))
