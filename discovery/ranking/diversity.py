"""The records of one study do not fill the first page: each after the best is put further down.

SuperSeries and SubSeries belong to one study, and so do records of one title, but for what stands in
brackets at its end ("[RNA-seq]"): many records do not say what they are part of.
"""

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

# What the second record of a study keeps of its relevance, the third of that, and so on.
REPEATED = 0.9
SIGNS = re.compile(r"\W+")
END = " ."


@dataclass(frozen=True, slots=True)
class Record:
    """What tells which study a series belongs to."""

    accession: str
    title: str
    superseries: Sequence[str] = ()

    def studies(self) -> frozenset[str]:
        """Return the names of its study: records that share one belong together."""
        return frozenset({self.accession, *self.superseries, plain_title(self.title)}) - {""}


def plain_title(title: str) -> str:
    """Return the words of a title, without what is in brackets at its end, if there is more."""
    kept = title.rstrip(END)
    while kept.endswith((")", "]")) and (start := max(kept.rfind("("), kept.rfind("["))) > 0:
        kept = kept[:start].rstrip(END)
    return SIGNS.sub(" ", kept.casefold()).strip()


def spread(
    relevance: NDArray[np.float64], best: Iterable[tuple[int, Record]]
) -> NDArray[np.float64]:
    """Return the relevance, less for each record of a study after its first.

    :param best: places in `relevance` with their records, best first
    """
    spread_out = relevance.copy()
    seen: Counter[str] = Counter()
    for place, record in best:
        names = record.studies()
        spread_out[place] *= REPEATED ** max(seen[name] for name in names)
        seen.update(names)
    return spread_out
