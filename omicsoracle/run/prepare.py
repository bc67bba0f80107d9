"""Brings the database up to date, inside this process: one Django start serves all of it."""

import io
import json
from dataclasses import dataclass

import django
from django.core.management import call_command
from django.db import DatabaseError, connection, connections
from django.db.migrations.executor import MigrationExecutor

from omicsoracle.embedded.errors import CannotStart
from omicsoracle.run.steps import Steps


@dataclass(frozen=True, slots=True)
class Demo:
    """How to sign in on this machine."""

    email: str
    password: str
    api_key: str


def prepare(steps: Steps) -> Demo:
    """Make the tables, load starter catalogue, ontologies and demo user, as far as they are missing.

    :raises CannotStart: if the database refuses
    """
    with steps.step("Application"):
        django.setup()
    try:
        with steps.step("Tables"):
            _migrate()
        with steps.step("Starter catalogue"):
            call_command("load_starter", stdout=io.StringIO())
        with steps.step("Ontologies"):
            call_command("load_ontologies", stdout=io.StringIO())
            call_command("index_series", stdout=io.StringIO())
        with steps.step("Demo user"):
            said = io.StringIO()
            call_command("create_demo", "--json", stdout=said)
    except DatabaseError as error:
        reason = str(error).strip().splitlines()[0]
        raise CannotStart(f"The database could not be made ready: {reason}") from error
    finally:
        connections.close_all()
    return Demo(**json.loads(said.getvalue()))


def _migrate() -> None:
    executor = MigrationExecutor(connection)
    if executor.migration_plan(executor.loader.graph.leaf_nodes()):
        call_command("migrate", interactive=False, verbosity=0)
