"""Search at the size of the corpus and at 250,000 series, side by side."""

import io
import json
import sys
from collections.abc import Sequence

import orjson
from django.core.management import call_command
from django.db import connection

from accounts.models import Tier, User
from discovery.models import Dataset
from discovery.services import catalogue
from omicsoracle.embedded.processes import Home
from tests import documents
from tests.evaluation.catalogue import AT, fill, use_database
from tests.evaluation.corpus import Corpus, CorpusMissing, read_corpus
from tests.evaluation.servers import running, web_server
from tests.performance import kept, search
from tests.performance.catalogue import copies, embed_copies
from tests.performance.circumstances import commit_and_machine
from tests.performance.search import QUESTIONS, REPETITIONS, Client, Times, measure

LARGE = 250_000
HEADING = ["series", "call", "p50 ms", "p95 ms", "× bare view (p50)"]


def main() -> None:
    """Measure, print the table, and write it into the document."""
    try:
        corpus = read_corpus()
    except CorpusMissing as error:
        sys.exit(str(error))
    questions = list(dict.fromkeys(one.text[:500] for one in corpus.questions))
    rows = [HEADING]
    ratios: dict[str, kept.Ratio] = {}
    with running() as home:
        for database, prepare in (("with_design", _as_it_is), ("large", _enlarged)):
            prepare(database, corpus)
            times, series = _measured(home, database, questions), Dataset.objects.count()
            rows += _rows(series, times)
            ratios |= {f"{name}, {series:,} series": one for name, one in search.ratios(times)}
    lines = [
        " | ".join(row) for row in [rows[0], ["---", "---", "---:", "---:", "---:"], *rows[1:]]
    ]
    figures = "\n".join(f"| {line} |" for line in lines)
    now = kept.Figures(commit_and_machine(), ratios)
    figures = f"{figures}\n\n{kept.told(kept.read('search'), now)}"
    sys.stdout.write(figures + "\n")
    documents.put("performance.md", "search", f"{_circumstances()}\n\n{figures}")
    kept.write("search", now)


def _as_it_is(database: str, corpus: Corpus) -> None:
    use_database(database)
    fill(corpus.series(with_design=True))


def _enlarged(database: str, corpus: Corpus) -> None:
    """Add altered copies up to `LARGE` series; they stay for the next time."""
    use_database(database, template="with_design")
    there = Dataset.objects.count()
    if there >= LARGE:
        return
    records = copies(corpus.series(with_design=True), how_many=LARGE - there)
    lines = (catalogue.Line(at, orjson.dumps(record)) for at, record in enumerate(records, 1))
    with connection.cursor() as cursor:
        cursor.execute("drop index if exists search_meaning")
    catalogue.load(
        lines=lines,
        at=AT,
        on_progress=lambda report: sys.stderr.write(f"\r{report.read + there} of {LARGE} series"),
    )
    sys.stderr.write("\nBuilding the vector index …\n")
    embed_copies()


def _measured(home: Home, database: str, questions: Sequence[str]) -> list[Times]:
    out = io.StringIO()
    call_command("create_demo", json=True, stdout=out)
    connection.close()
    User.objects.update(tier=Tier.ENTERPRISE)  # whom no quota holds up
    key = json.loads(out.getvalue())["api_key"]
    with web_server(home, database=database) as port:
        return measure(Client(port=port, key=key), questions)


def _rows(series: int, times: list[Times]) -> list[list[str]]:
    bare = times[0].percentile(50)
    return [
        [
            f"{series:,}",
            one.name,
            f"{one.percentile(50):.1f}",
            f"{one.percentile(95):.1f}",
            f"{one.percentile(50) / bare:.1f}",
        ]
        for one in times
    ]


def _circumstances() -> str:
    return (
        f"{commit_and_machine()}; one client on one connection, {QUESTIONS} distinct questions, "
        f"{REPETITIONS} repetitions in turn, after a warm-up; client and servers share the machine."
    )
