"""Accounts of an earlier version come along, and the way back is open."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from accounts.models import User
from tests.factories import UserFactory

pytestmark = pytest.mark.django_db(transaction=True)
FIRST = [("accounts", "0001_initial")]


def migrate(to: list[tuple[str, str]]) -> Any:
    """Bring the database to these migrations, and return the models as they were then."""
    executor = MigrationExecutor(connection)
    executor.migrate(to)
    return executor.loader.project_state(to).apps


@pytest.fixture(autouse=True)
def _forward_again() -> Iterator[None]:
    yield
    executor = MigrationExecutor(connection)
    executor.migrate(executor.loader.graph.leaf_nodes())


def test_users_of_the_first_version_each_get_an_id_for_the_audit_log() -> None:
    then: Any = migrate(FIRST).get_model("accounts", "User")
    for number in range(3):
        then.objects.create(email=f"user{number}@example.org", password="!")

    executor = MigrationExecutor(connection)
    executor.migrate(executor.loader.graph.leaf_nodes())

    assert len(set(User.objects.values_list("audit_id", flat=True))) == 3


def test_users_stay_when_one_goes_back_to_the_first_version() -> None:
    UserFactory(email="ada@example.org")

    then: Any = migrate(FIRST).get_model("accounts", "User")

    assert list(then.objects.values_list("email", flat=True)) == ["ada@example.org"]
