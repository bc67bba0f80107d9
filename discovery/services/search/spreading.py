"""Keep the records of one study from filling the first page."""

from collections.abc import Sequence
from uuid import UUID

import numpy as np
from numpy.typing import NDArray

from discovery.models import Dataset
from discovery.ranking import diversity

# As many as one answer can show.
BEST = 100


def spread(relevance: NDArray[np.float64], *, ids: Sequence[UUID]) -> NDArray[np.float64]:
    """Return the relevance, less where a better record of the same study comes before."""
    places = [int(place) for place in np.argsort(-relevance, kind="stable")[:BEST]]
    found = Dataset.objects.filter(id__in=[ids[place] for place in places])
    records = {
        id_: diversity.Record(accession, title, superseries)
        for id_, accession, title, superseries in found.values_list(
            "id", "accession", "title", "superseries"
        )
    }
    known = [(place, records[ids[place]]) for place in places if ids[place] in records]
    return diversity.spread(relevance, known)
