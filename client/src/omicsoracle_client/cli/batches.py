"""`omicsoracle batch`: questions from a file, followed to their end, results in a file."""

import csv
import sys
from collections.abc import Iterator
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any
from uuid import uuid4

import typer
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from omicsoracle_client.answers import BatchResult, Job
from omicsoracle_client.cli import showing
from omicsoracle_client.cli.asking import Exit, Json, asking
from omicsoracle_client.cli.finding import Output
from omicsoracle_client.client import Client

app = typer.Typer(no_args_is_help=True)
JobId = Annotated[str, typer.Argument(help="The job, as `batch run` and `batch list` name it.")]
FORMS = {".csv": "csv", ".jsonl": "ndjson", ".ndjson": "ndjson"}
COLUMNS = ("query", "question")  # that hold the questions of a CSV file; else its first one


class Workflow(StrEnum):
    SIMPLE_SEARCH = "simple_search"
    FULL_ANALYSIS = "full_analysis"
    QUICK_REPORT = "quick_report"
    DATA_VALIDATION = "data_validation"


@app.command()
def run(
    context: typer.Context,
    questions: Annotated[Path, typer.Argument(help="A question a line, or .csv; `-`: stdin.")],
    workflow: Annotated[Workflow, typer.Option(help="What is done for each.")] = (
        Workflow.SIMPLE_SEARCH
    ),
    most: Annotated[int, typer.Option("--most", "-n", min=1, max=100, help="Series each.")] = 20,
    output: Output = None,
    follow: Annotated[bool, typer.Option(help="Wait for the end, and show it.")] = True,
    json: Json = False,
) -> None:
    """Have all questions of a file answered. Ctrl-C asks whether to cancel the job."""
    form = _form_of(output)
    asked = list(_questions_of(questions))
    if not asked:
        raise typer.BadParameter(f"There is no question in {questions}.")
    with asking(context).client() as client:
        parameters = {"max_results": most}
        job = client.batch.submit(asked, workflow_type=workflow.value, parameters=parameters)
        showing.note(f"Job {job.id}: {job.total_tasks} questions.")
        if not follow:
            _show_job(job, json=json)
            return
        job = _followed(client, job)
        _tell(client, job, output, form, json=json)


@app.command("list")
def jobs(context: typer.Context, json: Json = False) -> None:
    """List your jobs, the newest first."""
    with asking(context).client() as client:
        found = list(client.batch.list())
    if json:
        showing.as_json(found)
        return
    headings = ["job", "status", "questions", "answered", "failed", "sent (UTC)"]
    showing.table(headings, [(*_counts(one), one.created_at) for one in found])


@app.command()
def status(context: typer.Context, job_id: JobId, json: Json = False) -> None:
    """Tell how far a job is."""
    with asking(context).client() as client:
        _show_job(client.batch.get(job_id), json=json)


@app.command()
def results(
    context: typer.Context,
    job_id: JobId,
    output: Output = None,
    json: Json = False,
) -> None:
    """Show what came of each question so far, or write it to a .csv or .jsonl file."""
    form = _form_of(output)
    with asking(context).client() as client:
        _tell(client, client.batch.get(job_id), output, form, json=json)


@app.command()
def cancel(context: typer.Context, job_id: JobId, json: Json = False) -> None:
    """End a job: what is done stays."""
    with asking(context).client() as client:
        _show_job(client.batch.cancel(job_id), json=json)


def _followed(client: Client, job: Job) -> Job:
    """Show how far a job is until it has ended."""
    columns = (
        *(TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn()),
        TimeElapsedColumn(),
    )
    try:
        with Progress(*columns, console=showing.err(), transient=True) as progress:
            shown = progress.add_task("Questions", total=job.total_tasks)
            for job in client.batch.follow(job.id):  # noqa: B020, PLR1704 (the same job, later)
                ended = job.completed_tasks + job.failed_tasks + job.cancelled_tasks
                progress.update(shown, completed=ended)
    except KeyboardInterrupt:
        _leave(client, job)
        raise typer.Exit(Exit.INTERRUPTED) from None
    return job


def _leave(client: Client, job: Job) -> None:
    """Ask what is to become of a job that nobody waits for any more."""
    if can_ask() and typer.confirm("\nCancel the job? Else it goes on", default=False, err=True):
        showing.note(f"Job {job.id} is {client.batch.cancel(job.id).status}.")
        return
    showing.note(f"Job {job.id} goes on: `omicsoracle batch results {job.id}` shows its answers.")


def can_ask() -> bool:
    """Say whether somebody sits at the keyboard."""
    return sys.stdin.isatty()


def _tell(client: Client, job: Job, output: Path | None, form: str, *, json: bool) -> None:
    """Show the results, or write them; a program learns from the exit code if some failed."""
    if output is not None:
        _write(client.batch.results_as(job.id, form), output)
        showing.note(f"Written to {output}.")
    elif json:
        showing.as_json(list(client.batch.results(job.id)))
    else:
        headings = ["", "question", "status", "found", "first", "error"]
        showing.table(headings, map(_row_of, client.batch.results(job.id)))
    if job.failed_tasks or job.status in {"failed", "cancelled"}:
        showing.note(f"Job {job.id} is {job.status}: {job.failed_tasks} questions failed.")
        raise typer.Exit(Exit.SOME_FAILED)


def _row_of(one: BatchResult) -> tuple[object, ...]:
    found = one.result or {}
    first: dict[str, Any] = next(iter(found.get("datasets") or ()), {})
    total = found.get("total_datasets_found")
    return one.index + 1, one.query, one.status, total, first.get("geo_id"), one.error or ""


def _write(parts: Iterator[bytes], output: Path) -> None:
    """Write a file that is there whole, or not at all."""
    beside = output.with_name(f"{output.name}.{uuid4().hex}")
    try:
        with beside.open("wb") as out:
            out.writelines(parts)
        beside.replace(output)
    finally:
        beside.unlink(missing_ok=True)


def _form_of(output: Path | None) -> str:
    """Return the form that a file's name asks for.

    :raises typer.BadParameter: if it is none that there is
    """
    if output is None:
        return ""
    form = FORMS.get(output.suffix.lower())
    if form is None:
        raise typer.BadParameter(f"{output} must end with one of {', '.join(FORMS)}.")
    return form


def _questions_of(source: Path) -> Iterator[str]:
    """Yield the questions of a file.

    :raises typer.BadParameter: if it is no text
    """
    try:
        text = sys.stdin.read() if str(source) == "-" else source.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise typer.BadParameter(f"{source} is no text in UTF-8.") from error
    if source.suffix.lower() == ".csv":
        yield from _column_of(text)
    else:
        yield from (line.strip() for line in text.split("\n") if line.strip())


def _column_of(text: str) -> Iterator[str]:
    rows = [row for row in csv.reader(text.splitlines()) if row]
    heading = [name.strip().lower() for name in rows[0]] if rows else []
    named = next((heading.index(name) for name in COLUMNS if name in heading), None)
    for row in rows if named is None else rows[1:]:
        asked = row[named or 0].strip() if len(row) > (named or 0) else ""
        if asked:
            yield asked


def _show_job(job: Job, *, json: bool) -> None:
    if json:
        showing.as_json(job)
        return
    showing.table(["job", "status", "questions", "answered", "failed"], [_counts(job)])


def _counts(job: Job) -> tuple[object, ...]:
    return job.id, job.status, job.total_tasks, job.completed_tasks, job.failed_tasks
