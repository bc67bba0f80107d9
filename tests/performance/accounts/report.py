"""Figures, each beside what is promised."""

from collections.abc import Iterable
from dataclasses import astuple, dataclass

HEADING = ("", "measured", "promised", "kept")


@dataclass(frozen=True, slots=True)
class Row:
    """One promise. Where nothing is promised the figure only explains others."""

    what: str
    measured: str
    promised: str = ""
    kept: bool | None = None


def markdown(rows: Iterable[Row]) -> str:
    lines = [HEADING, ("---",) * len(HEADING), *(_cells(row) for row in rows)]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _cells(row: Row) -> tuple[str, ...]:
    *texts, kept = astuple(row)
    return (*texts, {None: "", True: "yes", False: "**no**"}[kept])
