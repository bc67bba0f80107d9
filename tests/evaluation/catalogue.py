"""Catalogues that stay from one run to the next: databases of the servers below var/evaluation."""

import os
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

import orjson
from django.core.management import call_command
from django.db import connection
from rich.progress import Progress

from discovery import indexing
from discovery.models import SearchDocument
from discovery.services import catalogue, ontologies

AT = datetime(2026, 1, 1, tzinfo=UTC)


def use_database(name: str, *, template: str | None = None) -> bool:
    """Let everything below work on this database; say whether it was made just now."""
    connection.close()
    connection.settings_dict["NAME"] = "postgres"
    with connection.cursor() as cursor:
        cursor.execute("select exists (select from pg_database where datname = %s)", [name])
        (there,) = cursor.fetchone()
        if not there:
            cursor.execute(f'create database "{name}" template "{template or "template1"}"')
    connection.close()
    connection.settings_dict["NAME"] = name
    call_command("migrate", verbosity=0)
    return not there


def fill(records: Iterable[dict[str, Any]]) -> None:
    """Load ontologies and records, index and embed; what is there already costs next to nothing."""
    ontologies.load(at=AT)
    lines = (
        catalogue.Line(number, orjson.dumps(record)) for number, record in enumerate(records, 1)
    )
    with Progress() as progress:
        task = progress.add_task("Loading", total=None)
        catalogue.load(
            lines=lines,
            at=AT,
            on_progress=lambda report: progress.update(task, completed=report.read),
        )
        task = progress.add_task("Indexing", total=None)
        catalogue.bring_index_up_to_date(on_progress=lambda done: progress.advance(task, done))
        waiting = SearchDocument.objects.waiting_for_embedding().count()
        task = progress.add_task("Embedding", total=waiting)
        indexing.embed_waiting(
            threads=os.cpu_count() or 1,
            on_progress=lambda done: progress.advance(task, done),
        )
