"""`python -m tests.evaluation.quality`: quality against the corpus's labels of what was usable."""

import gzip
import re
import sys
from collections.abc import Mapping
from datetime import date
from typing import Any

import django
import orjson

django.setup()  # models can be imported only after it

from discovery.describing import describe  # noqa: E402
from discovery.geo.records import cross_references  # noqa: E402
from discovery.models import Dataset  # noqa: E402
from discovery.quality import WEIGHTS, Described  # noqa: E402
from discovery.records import series_of  # noqa: E402
from tests import documents  # noqa: E402
from tests.evaluation.corpus import FOLDER, CorpusMissing, read_corpus  # noqa: E402
from tests.evaluation.usability import Case, fitted, of_dimension, with_weights  # noqa: E402

AT = date(2026, 1, 1)
# What "usable" may mean, by the labels that must be true.
MEANINGS = {
    "gene and trait data": ("gene_available", "trait_available"),
    "gene data": ("gene_available",),
    "trait data": ("trait_available",),
    "age and sex of the samples": ("age_available", "gender_available"),
}
MAIN = "gene and trait data"


def main() -> None:
    """Print the tables, and write them into the document."""
    try:
        read_corpus()
    except CorpusMissing as error:
        sys.exit(str(error))
    series = described()
    lines = [*by_meaning(series), "", *by_weights(cases_of(series, MAIN))]
    text = "\n".join(lines)
    sys.stdout.write(text + "\n")
    documents.put("evaluation-quality.md", "quality", text)


def by_meaning(series: Mapping[str, Described]) -> list[str]:
    """Return a table: a line a dimension, a column for each meaning of usable."""
    cases = {meaning: cases_of(series, meaning) for meaning in MEANINGS}
    counts = [f"{sum(c.is_usable for c in some)} of {len(some)}" for some in cases.values()]
    heads = [f"{name} ({count})" for name, count in zip(MEANINGS, counts, strict=True)]
    scores = [_figure(with_weights(some, WEIGHTS, at=AT)) for some in cases.values()]
    rows = [["AUC of", "could be judged", *heads], ["---", "---:", *["---:"] * len(heads)]]
    rows.append(["**the score**", str(len(cases[MAIN])), *scores])
    for name in WEIGHTS:
        known, _ = of_dimension(cases[MAIN], name, at=AT)
        alone = [_figure(of_dimension(some, name, at=AT)[1]) for some in cases.values()]
        rows.append([f"`{name}` alone", str(known), *alone])
    return ["| " + " | ".join(row) + " |" for row in rows]


def by_weights(cases: list[Case]) -> list[str]:
    """Return a table: the weights in use, equal ones, and ones fitted on half of the cases."""
    fit = [case for case in cases if case.is_for_fitting]
    rest = [case for case in cases if not case.is_for_fitting]
    equal = {name: 1 / len(WEIGHTS) for name in WEIGHTS}
    best = fitted(fit, worth=lambda weights: with_weights(fit, weights, at=AT))
    rows = [
        ["weights", *(f"`{name}`" for name in WEIGHTS), f"AUC, half that is fitted ({len(fit)})",
         f"AUC, other half ({len(rest)})"],
        ["---", *["---:"] * (len(WEIGHTS) + 2)],
    ]  # fmt: skip
    for name, weights in {"in use": WEIGHTS, "equal": equal, "fitted": best}.items():
        halves = [_figure(with_weights(some, weights, at=AT)) for some in (fit, rest)]
        rows.append([name, *(f"{weights[one]:.2f}" for one in WEIGHTS), *halves])
    return ["| " + " | ".join(row) + " |" for row in rows]


def cases_of(series: Mapping[str, Described], meaning: str) -> list[Case]:
    """Return the judged pairs whose series the corpus has."""
    labels: dict[str, dict[str, dict[str, bool]]] = orjson.loads(
        (FOLDER / "usability_labels.json").read_bytes()
    )
    return [
        Case(accession, series[accession], all(label[name] for name in MEANINGS[meaning]))
        for judged in labels.values()
        for accession, label in judged.items()
        if accession in series
    ]


def described() -> dict[str, Described]:
    """Return the judged series as quality sees them."""
    wanted = set(re.findall(r"GSE\d+", (FOLDER / "usability_labels.json").read_text()))
    with gzip.open(FOLDER / "series.jsonl.gz") as lines:
        records = [orjson.loads(line) for line in lines]
    return {one["accession"]: _described(one) for one in records if one["accession"] in wanted}


def _described(raw: dict[str, Any]) -> Described:
    record = series_of(raw)
    names = [field.name for field in Dataset._meta.concrete_fields]
    known = {name: getattr(record, name) for name in names if hasattr(record, name)}
    return describe(Dataset(**known, subseries=cross_references(record).subseries))


def _figure(value: float | None) -> str:
    return "" if value is None else f"{value:.3f}"


if __name__ == "__main__":
    main()
