"""Every migration of ours goes forward, back and forward again: same schema, same rows, no lock in the way."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from django.apps import apps
from django.conf import settings
from django.core.management import call_command
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.loader import MigrationLoader

from accounts.models import User
from tests.factories import ApiKeyFactory, UserFactory

pytestmark = pytest.mark.django_db(transaction=True)
Name = tuple[str, str]
OURS = {one.label for one in apps.get_app_configs() if one.path.startswith(str(settings.BASE_DIR))}
OURS -= {one for one in OURS if ".venv" in apps.get_app_config(one).path}
SCHEMA = """
select 'column', format('%s.%s %s null=%s default=%s', c.table_name, c.column_name, c.udt_name,
    c.is_nullable, c.column_default)
from information_schema.columns c where c.table_schema = 'public'
union all select 'index', indexdef from pg_indexes where schemaname = 'public'
union all select 'constraint', format('%s %s %s', conrelid::regclass, conname, pg_get_constraintdef(oid))
from pg_constraint where connamespace = 'public'::regnamespace
union all select 'trigger', pg_get_triggerdef(oid) from pg_trigger where not tgisinternal
union all select 'function', pg_get_functiondef(p.oid) from pg_proc p
    left join pg_depend d on d.objid = p.oid and d.deptype = 'e'
    where pronamespace = 'public'::regnamespace and d.objid is null
order by 1, 2
"""


def migrations() -> list[Name]:
    loader = MigrationLoader(None)
    return sorted(name for name in loader.disk_migrations if name[0] in OURS)


def schema() -> list[tuple[str, str]]:
    """Return what there is, of our own apps."""
    others = {
        model._meta.db_table
        for model in apps.get_models(include_auto_created=True)
        if model._meta.app_label not in OURS
    }
    with connection.cursor() as cursor:
        cursor.execute(SCHEMA)
        found = [(kind, told) for kind, told in cursor.fetchall()]
    return [one for one in found if not any(table in one[1] for table in others)]


def migrate(*targets: Any) -> None:
    executor = MigrationExecutor(connection)
    executor.migrate(list(targets) or executor.loader.graph.leaf_nodes())


def plan() -> list[Name]:
    """Return all migrations in the order in which they are applied."""
    loader = MigrationLoader(connection)
    forward = MigrationExecutor(connection).migration_plan(
        loader.graph.leaf_nodes(), clean_start=True
    )
    return [(one.app_label, one.name) for one, _ in forward]


def before(name: Name) -> Name:
    """Return the target at which this migration is not applied, and no other that need not go."""
    earlier = [one for one in migrations() if one[0] == name[0] and one < name]
    return earlier[-1] if earlier else (name[0], None)  # type: ignore[return-value]


@pytest.fixture
def _leaves_all_applied() -> Iterator[None]:
    yield
    migrate()


@pytest.mark.usefixtures("_leaves_all_applied")
def test_each_migration_goes_back_and_forward_to_the_same_schema() -> None:
    """One after the other: down to nothing, and up again."""
    applied = [one for one in plan() if one[0] in OURS]
    there = {}
    for name in reversed(applied):
        there[name] = schema()
        migrate(before(name))

    for name in applied:
        migrate(name)
        assert schema() == there[name], name


@pytest.mark.usefixtures("_leaves_all_applied")
def test_rows_of_the_first_tables_outlive_the_way_back_and_forward() -> None:
    user = UserFactory.create(email="ada@example.org", tier="pro")
    ApiKeyFactory(user=user)
    columns = ("id", "email", "password", "tier", "created_at", "updated_at")
    there = list(User.objects.values_list(*columns))

    migrate(("accounts", "0001_initial"))
    migrate()

    assert list(User.objects.values_list(*columns)) == there
    assert user.api_keys.count() == 1


# What a migration may not do to a table that an earlier one made: each blocks who uses it, for as
# long as the table is large.
BLOCKING = {
    "an index that is not made concurrently": re.compile(
        r"create (?:unique )?index (?!concurrently)[^;]*? on (?:only )?\"?(\w+)", re.IGNORECASE
    ),
    "a constraint that reads all rows": re.compile(
        r"alter table \"?(\w+)\"? add constraint (?![^;]*not valid)[^;]*", re.IGNORECASE
    ),
    "a column without a default in the database": re.compile(
        r"alter table \"?(\w+)\"? add column (?![^;]*\bdefault\b)[^;]*not null", re.IGNORECASE
    ),
    "another type": re.compile(r"alter table \"?(\w+)\"? alter column \S+ type", re.IGNORECASE),
}
# Released before this was looked at, or of sums, of which there are few.
KNOWN_TO_BLOCK: set[Name] = {
    ("accounts", "0002_outbox_audit_attempts"),
    ("quotas", "0004_analytics"),
    ("quotas", "0005_active_users"),
}


@pytest.mark.parametrize("name", migrations(), ids="-".join)
def test_a_migration_blocks_nobody_who_uses_a_table(name: Name, capsys: Any) -> None:
    call_command("sqlmigrate", *name)
    sql = re.sub(r"^--.*$", "", capsys.readouterr().out, flags=re.MULTILINE)
    made = {table.lower() for table in re.findall(r"create table \"?(\w+)", sql, re.IGNORECASE)}

    found = {
        f"{what}: {match[1]}"
        for what, pattern in BLOCKING.items()
        for match in pattern.finditer(sql)
        if match[1].lower() not in made
    }

    assert found == set() or name in KNOWN_TO_BLOCK
