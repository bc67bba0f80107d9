"""`search`, `dataset`, `report`, `history`."""

from datetime import datetime
from enum import StrEnum
from itertools import islice
from pathlib import Path
from typing import Annotated

import typer

from omicsoracle_client.answers import Dataset, SearchAnswer
from omicsoracle_client.cli import showing
from omicsoracle_client.cli.asking import Json, asking
from omicsoracle_client.client import Client

Output = Annotated[Path | None, typer.Option("--output", "-o", help="Write to this file.")]
GeoId = Annotated[str, typer.Argument(help="A series, such as GSE2034.")]


class SampleForm(StrEnum):
    CSV = "csv"
    JSON = "json"


class ReportForm(StrEnum):
    MARKDOWN = "markdown"
    HTML = "html"
    JSON = "json"
    TEXT = "text"


class ReportType(StrEnum):
    BRIEF = "brief"
    COMPREHENSIVE = "comprehensive"
    TECHNICAL = "technical"
    EXECUTIVE = "executive"


def search(
    context: typer.Context,
    question: Annotated[str, typer.Argument(help="What you look for, in plain words.")],
    organism: Annotated[str | None, typer.Option(help="Such as `human`.")] = None,
    study_type: Annotated[str | None, typer.Option(help="Such as `RNA-seq`.")] = None,
    platform: Annotated[str | None, typer.Option(help="Such as `GPL570`.")] = None,
    min_samples: Annotated[int | None, typer.Option(min=0)] = None,
    max_samples: Annotated[int | None, typer.Option(min=0)] = None,
    released_after: Annotated[datetime | None, typer.Option(formats=["%Y-%m-%d"])] = None,
    most: Annotated[int, typer.Option("--most", "-n", min=1, max=100, help="Series.")] = 10,
    ncbi: Annotated[
        bool, typer.Option("--ncbi", help="Ask NCBI itself; this takes seconds.")
    ] = False,
    json: Json = False,
) -> None:
    """Find the series that answer a question, each with the reasons."""
    with asking(context).client() as client:
        answer = client.search(
            question,
            max_results=most,
            source="ncbi" if ncbi else "local",
            organism=organism,
            study_type=study_type,
            platform=platform,
            min_samples=min_samples,
            max_samples=max_samples,
            released_after=released_after.date() if released_after else None,
        )
    if json:
        showing.as_json(answer)
    else:
        _show_answer(answer)


def dataset(
    context: typer.Context,
    geo_id: GeoId,
    bibtex: Annotated[bool, typer.Option("--bibtex", help="How to cite it.")] = False,
    samples: Annotated[SampleForm | None, typer.Option(help="Its table of samples.")] = None,
    downloads: Annotated[
        bool, typer.Option("--downloads", help="Commands that fetch its files.")
    ] = False,
    output: Output = None,
    json: Json = False,
) -> None:
    """Show a series, or what belongs to it."""
    with asking(context).client() as client:
        if bibtex:
            showing.document(client.datasets.citation(geo_id), output)
        elif samples is SampleForm.CSV:
            showing.document(client.datasets.samples_csv(geo_id), output)
        elif samples is SampleForm.JSON:
            showing.as_json(list(client.datasets.samples(geo_id)))
        elif downloads:
            _show_downloads(client, geo_id, json=json)
        elif json:
            showing.as_json(client.datasets.get(geo_id))
        else:
            _show_dataset(client.datasets.get(geo_id))


def report(
    context: typer.Context,
    geo_ids: Annotated[list[str] | None, typer.Argument(help="Series; or give --query.")] = None,
    query: Annotated[
        str | None, typer.Option(help="Report on the best answers to a question.")
    ] = None,
    form: Annotated[ReportForm, typer.Option("--format")] = ReportForm.MARKDOWN,
    kind: Annotated[ReportType, typer.Option("--type")] = ReportType.COMPREHENSIVE,
    output: Output = None,
    json: Json = False,
) -> None:
    """Write a report on series."""
    with asking(context).client() as client:
        made = client.report(
            *(geo_ids or ()), query=query, report_type=kind.value, report_format=form.value
        )
    for one in made.not_found:
        showing.note(f"{one} is not in the catalogue.")
    if json:
        showing.as_json(made)
    else:
        showing.document(made.full_report, output)


def history(
    context: typer.Context,
    words: Annotated[str | None, typer.Argument(help="Words of the question.")] = None,
    most: Annotated[int, typer.Option("--most", "-n", min=1, help="Questions.")] = 20,
    json: Json = False,
) -> None:
    """List what you asked before, the newest first."""
    with asking(context).client() as client:
        found = list(islice(client.history.list(words=words), most))
    if json:
        showing.as_json(found)
        return
    showing.table(
        ["asked (UTC)", "agent", "question", "found", "id"],
        [
            (one.created_at, one.agent_type, one.query_text, one.result_count, one.id)
            for one in found
        ],
    )


def _show_answer(answer: SearchAnswer) -> None:
    showing.table(
        ["", "series", "score", "quality", "samples", "year", "title", "why"],
        [
            (
                *(rank, one.geo_id, one.relevance_score, one.quality_score, one.sample_count),
                *(one.release_date and one.release_date.year, one.title),
                "; ".join(one.match_reasons),
            )
            for rank, one in enumerate(answer.datasets, 1)
        ],
    )
    showing.line(f"{answer.total_found:,} series found in {answer.execution_time_ms} ms.")
    if answer.excluded:
        showing.line(f"Left out: {', '.join(answer.excluded)}.")
    if answer.did_you_mean:
        showing.line(f"Did you mean: {answer.did_you_mean}")
    for notice in answer.notices:
        showing.note(notice)


def _show_dataset(found: Dataset) -> None:
    facts: list[tuple[str, object]] = [
        ("series", found.geo_id),
        ("title", found.title),
        ("organisms", ", ".join(found.organisms) or None),
        ("study types", ", ".join(found.study_types) or None),
        ("platforms", ", ".join(found.platforms) or None),
        ("samples", found.sample_count),
        ("released", found.release_date),
        ("publications", ", ".join(found.pubmed_ids) or None),
        ("page", found.url),
        ("summary", found.summary),
        ("design", found.overall_design),
    ]
    showing.table(["", ""], facts)


def _show_downloads(client: Client, geo_id: str, *, json: bool) -> None:
    found = client.datasets.downloads(geo_id)
    if json:
        showing.as_json(found)
        return
    for command in found.commands:
        showing.line(f"# {command.purpose}")
        showing.line(command.line)
    for notice in found.notices:
        showing.note(notice)
