"""Keep out of an answer what the question says it does not want."""

import re
from collections.abc import Sequence
from uuid import UUID

import numpy as np
from django.db import connection
from django.db.models import Q
from numpy.typing import NDArray

from discovery.models import SearchDocumentQuerySet
from discovery.understanding import Entity
from discovery.understanding.study_types import read_study_type

# What is left of the relevance of a series whose title names what is not wanted.
OFF_TOPIC = 0.5
FACTS = frozenset({"organism", "assay"})
# "Non-diabetic donors" is what somebody wants who asks for donors without diabetes.
WITHOUT = r"\b(?:non|not|no|without|never|free\s+of|absence\s+of|excluding)[\s-]+(?:\w+\s+)?"
STEM = 5  # letters that "diabetic" and "diabetes" share
FIND_TITLES = """
select dataset_id, title from search_documents join datasets on datasets.id = dataset_id
where dataset_id = any(%(ids)s) and exists (
    select from unnest(%(names)s::text[]) as name
    where ts_filter(document, '{a}') @@ phraseto_tsquery('geo', name)
)
"""


def without(
    documents: SearchDocumentQuerySet, excluded: Sequence[Entity]
) -> SearchDocumentQuerySet:
    """Leave out the series of nothing but unwanted organisms, or of an unwanted study type alone."""
    organisms = sorted({one.canonical for one in excluded if _is_whole_organism(one, excluded)})
    study_type = read_study_type(excluded)
    if organisms:
        documents = documents.exclude(~Q(organisms=[]) & Q(organisms__contained_by=organisms))
    return documents.exclude(study_types=[study_type]) if study_type else documents


def told_down(
    relevance: NDArray[np.float64], *, ids: Sequence[UUID], excluded: Sequence[Entity]
) -> NDArray[np.float64]:
    """Return the relevance, less where a title names what is not wanted."""
    unwanted = _titled(ids, [one for one in excluded if one.type not in FACTS])
    return relevance * np.array([OFF_TOPIC if one in unwanted else 1.0 for one in ids], np.float64)


def _is_whole_organism(entity: Entity, excluded: Sequence[Entity]) -> bool:
    """Say whether all of an organism is unwanted, and not only its cell lines, say."""
    return entity.type == "organism" and not any(
        entity.end <= other.start <= entity.end + 1 for other in excluded
    )


def _titled(ids: Sequence[UUID], unwanted: Sequence[Entity]) -> frozenset[UUID]:
    names = sorted({name for one in unwanted for name in (one.text, one.canonical)})
    if not names or not ids:
        return frozenset()
    stems = "|".join(re.escape(name[:STEM]) for name in names)
    stated = re.compile(f"{WITHOUT}(?:{stems})", re.IGNORECASE)
    with connection.cursor() as cursor:
        cursor.execute(FIND_TITLES, {"ids": list(ids), "names": names})
        return frozenset(id_ for id_, title in cursor.fetchall() if not stated.search(title))
