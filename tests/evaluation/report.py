"""The figures as one table, in the terminal and in docs/evaluation.md."""

from collections.abc import Mapping

from tests.evaluation.corpus import Corpus, halves
from tests.evaluation.metrics import LINES, Line, Run, score

GOALS = {
    Line("curated_condition_brown2026", "pool", "MAP"): 0.93,
    Line("curated_condition_brown2026", "all", "MAP"): 0.76,
    Line("curated_condition_brown2026", "judged", "MAP"): 0.97,
    Line("genotex_trait", "all", "nDCG@10"): 0.47,
    Line("genotex_trait", "judged", "MAP"): 0.90,
    Line("txt2onto_disease", "all", "nDCG@10"): 0.32,
    Line("txt2onto_disease", "judged", "MAP"): 0.68,
    Line("d2h2_disease_tissue", "all", "nDCG@10"): 0.42,
    Line("known_item_overall_design", "all", "nDCG@10"): 0.62,
}
SCOPES = {"all": "whole corpus", "pool": "inside the pool", "judged": "judged series only"}


def table(runs: Mapping[str, Run], corpus: Corpus, *, ours: str) -> list[list[str]]:
    """Return the table's rows, the heading first: a line a measure, a column a system.

    :param ours: the system that the goals are for: it is also scored on each half of the questions
    """
    one, other = halves(corpus)
    parts = (f"{ours}, one half", one), (f"{ours}, other half", other)
    rows = [["questions", "among", "measure", *runs, *(name for name, _ in parts), "goal", "met"]]
    for line in LINES:
        figures = [_figure(score(line, run, corpus)) for run in runs.values()]
        figures += [_figure(score(line, runs[ours], part)) for _, part in parts]
        goal = GOALS.get(line)
        rows.append(
            [
                *(line.kind, SCOPES[line.scope], line.measure, *figures),
                *(_figure(goal), _verdict(score(line, runs[ours], corpus), goal)),
            ]
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


def _verdict(value: float | None, goal: float | None) -> str:
    if value is None or goal is None:
        return ""
    return "yes" if value >= goal else "no"
