"""Databases for measurements: each begins with the starter catalogue, and nobody in it."""

import io
import os

from django.core.management import call_command
from django.db import connection

from discovery import indexing
from tests.evaluation.catalogue import use_database

TEMPLATE = "starter"


def make_database(name: str) -> None:
    """Make a database anew, as a copy of one that is embedded once, and let everything below work on it."""
    use_database(TEMPLATE)
    call_command("load_starter", stdout=io.StringIO())
    indexing.embed_waiting(threads=os.cpu_count() or 1)
    drop_database(name)
    use_database(name, template=TEMPLATE)


def drop_database(name: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"drop database if exists {name} with (force)")
