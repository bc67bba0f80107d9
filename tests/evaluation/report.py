"""The figures as one table, in the terminal and in docs/evaluation.md."""

from collections.abc import Mapping

from tests.evaluation.corpus import Corpus
from tests.evaluation.metrics import LINES, Line, Run, score

# What a plain prototype reached (0.4 BM25 + 0.6 MiniLM): no worse than this is the goal.
GOALS = {
    Line("curated_condition_brown2026", "pool", "MAP"): 0.884,
    Line("curated_condition_brown2026", "all", "MAP"): 0.709,
    Line("genotex_trait", "all", "nDCG@10"): 0.391,
    Line("txt2onto_disease", "all", "nDCG@10"): 0.216,
    Line("d2h2_disease_tissue", "all", "nDCG@10"): 0.327,
    Line("known_item_overall_design", "all", "nDCG@10"): 0.605,
}
SCOPES = {"all": "whole corpus", "pool": "inside the pool", "judged": "judged series only"}


def table(runs: Mapping[str, Run], corpus: Corpus) -> list[list[str]]:
    """Return the table's rows, the heading first: a line a measure, a column a system."""
    rows = [["questions", "among", "measure", *runs, "goal"]]
    for line in LINES:
        figures = [_figure(score(line, run, corpus)) for run in runs.values()]
        rows.append(
            [line.kind, SCOPES[line.scope], line.measure, *figures, _figure(GOALS.get(line))]
        )
    return rows


def markdown(rows: list[list[str]]) -> str:
    heading, *others = rows
    ruler = ["---"] * 3 + ["---:"] * (len(heading) - 3)
    return "\n".join("| " + " | ".join(row) + " |" for row in [heading, ruler, *others])


def plain(rows: list[list[str]]) -> str:
    widths = [max(len(row[at]) for row in rows) for at in range(len(rows[0]))]
    return "\n".join(
        "  ".join(
            cell.ljust(width) if at < 3 else cell.rjust(width)
            for at, (cell, width) in enumerate(zip(row, widths, strict=True))
        )
        for row in rows
    )


def _figure(value: float | None) -> str:
    return "" if value is None else f"{value:.3f}"
