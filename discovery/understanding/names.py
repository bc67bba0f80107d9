"""The names that GEO uses, from the names that people use."""

from discovery.understanding.matching import find_entities
from discovery.understanding.study_types import STUDY_TYPES, read_study_type


def organism_named(name: str) -> str:
    """Return the scientific name as GEO writes it; a name that is not known, as it came."""
    for entity in find_entities(name):
        if entity.type == "organism" and (entity.start, entity.end) == (0, len(name)):
            return entity.canonical
    return name[:1].upper() + name[1:]


def study_type_named(name: str) -> str:
    """Return GEO's study type for an assay ("RNA-seq"); a type that is not known, as it came."""
    wanted = name.casefold()
    for known in STUDY_TYPES.values():
        if known.casefold() == wanted:
            return known
    return read_study_type(find_entities(name)) or name
