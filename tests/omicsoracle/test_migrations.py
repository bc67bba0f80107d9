"""Every migration of ours goes forward, back and forward again: same schema, same rows, no lock in the way."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from django.apps import apps
from django.conf import settings
from django.core.management import call_command
from django.db import connection, transaction
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.migration import Migration
from django.db.migrations.state import ProjectState
from pytest_django.plugin import DjangoDbBlocker

from accounts.models import ApiKey, User
from tests.factories import ApiKeyFactory, UserFactory

Name = tuple[str, str]
Schema = list[tuple[str, str]]
FIRST: Name = ("accounts", "0001_initial")
OURS = {one.label for one in apps.get_app_configs() if one.path.startswith(str(settings.BASE_DIR))}
OURS -= {one for one in OURS if ".venv" in apps.get_app_config(one).path}
# Without months: tests before this one may have left some.
SCHEMA = """
with months as (select oid, relname from pg_class where relispartition)
select 'column', format('%s.%s %s null=%s default=%s', c.table_name, c.column_name, c.udt_name,
    c.is_nullable, c.column_default)
from information_schema.columns c where c.table_schema = 'public'
    and c.table_name not in (select relname from months)
union all select 'index', indexdef from pg_indexes where schemaname = 'public'
    and tablename not in (select relname from months)
union all select 'constraint', format('%s %s %s', conrelid::regclass, conname, pg_get_constraintdef(oid))
from pg_constraint where connamespace = 'public'::regnamespace
    and conrelid not in (select oid from months)
union all select 'trigger', pg_get_triggerdef(oid) from pg_trigger where not tgisinternal
    and tgrelid not in (select oid from months)
union all select 'function', pg_get_functiondef(p.oid) from pg_proc p
    left join pg_depend d on d.objid = p.oid and d.deptype = 'e'
    where pronamespace = 'public'::regnamespace and d.objid is null
order by 1, 2
"""


def migrations() -> list[Name]:
    loader = MigrationLoader(None)
    return sorted(name for name in loader.disk_migrations if name[0] in OURS)


def schema() -> Schema:
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


@dataclass
class Trip:
    """The way from all migrations back to the first tables and forward again, and what was met."""

    there: dict[Name, Schema] = field(default_factory=dict)
    again: dict[Name, Schema] = field(default_factory=dict)
    users: list[tuple[Any, ...]] = field(default_factory=list)
    at_the_bottom: list[str] = field(default_factory=list)
    users_again: list[tuple[Any, ...]] = field(default_factory=list)
    keys_again: int = 0
    bottom: Schema = field(default_factory=list)
    bottom_again: Schema = field(default_factory=list)


class Steps:
    """Our migrations, one at a time, in the order in which they are applied."""

    def __init__(self) -> None:
        self.executor = MigrationExecutor(connection)
        graph = self.executor.loader.graph
        self.names: list[Name] = []
        self._states: dict[Name, ProjectState] = {}
        self._migrations: dict[Name, Migration] = {}
        state = ProjectState()
        for migration, _ in self.executor.migration_plan(graph.leaf_nodes(), clean_start=True):
            name = (migration.app_label, migration.name)
            if name[0] in OURS:
                self.names.append(name)
                self._states[name], self._migrations[name] = state.clone(), migration
            migration.mutate_state(state, preserve=False)

    def after(self, name: Name) -> Any:
        """Return the models as they were right after this migration."""
        state = self._states[name].clone()
        return self._migrations[name].mutate_state(state).apps

    def sql(self, name: Name) -> str:
        state = self._states[name].clone()
        with connection.schema_editor(collect_sql=True, atomic=False) as editor:
            self._migrations[name].apply(state, editor, collect_sql=True)
        return "\n".join(map(str, editor.collected_sql))

    def back(self, name: Name) -> None:
        self.executor.unapply_migration(self._states[name].clone(), self._migrations[name])

    def forward(self, name: Name) -> None:
        self.executor.apply_migration(self._states[name].clone(), self._migrations[name])


def users() -> list[tuple[Any, ...]]:
    columns = ("id", "email", "password", "tier", "created_at", "updated_at")
    return list(User.objects.order_by("id").values_list(*columns))


@pytest.fixture(scope="module")
def steps(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[Steps]:
    with django_db_blocker.unblock():
        yield Steps()


@pytest.fixture(scope="module")
def trip(steps: Steps, django_db_blocker: DjangoDbBlocker) -> Iterator[Trip]:
    """Go once, since it takes long: the tests look at what was met."""
    with django_db_blocker.unblock():
        made = Trip()
        first = steps.names.index(FIRST)
        later = steps.names[:first] + steps.names[first + 1 :]
        ApiKeyFactory(user=UserFactory.create(email="ada@example.org", tier="pro"))
        made.users = users()
        for name in reversed(later):
            made.there[name] = schema()
            steps.back(name)
        _look_below(made)
        then = steps.after(FIRST).get_model("accounts", "User")
        for number in range(3):
            then.objects.create(email=f"user{number}@example.org", password="!")
        for name in later:
            steps.forward(name)
            made.again[name] = schema()
        made.users_again = users()
        made.keys_again = ApiKey.objects.count()
        yield made
        call_command("flush", verbosity=0, interactive=False)


def _look_below(made: Trip) -> None:
    """Take the first tables away and make them again, as if nothing had happened."""
    with connection.cursor() as cursor:
        cursor.execute("select email from users")
        made.at_the_bottom = [email for (email,) in cursor.fetchall()]
    made.bottom = schema()
    with transaction.atomic():
        MigrationExecutor(connection).migrate([("accounts", None)])
        executor = MigrationExecutor(connection)
        others = [one for one in executor.loader.graph.leaf_nodes() if one[0] not in OURS]
        executor.migrate([FIRST, *others])
        made.bottom_again = schema()
        transaction.set_rollback(True)


@pytest.mark.django_db
def test_each_migration_goes_back_and_forward_to_the_same_schema(trip: Trip) -> None:
    assert len(trip.there) == len(migrations()) - 1
    assert trip.again == trip.there


@pytest.mark.django_db
def test_the_first_migration_goes_back_and_forward_to_the_same_schema(trip: Trip) -> None:
    assert trip.bottom_again == trip.bottom


@pytest.mark.django_db
def test_users_stay_when_one_goes_back_to_the_first_version(trip: Trip) -> None:
    assert trip.at_the_bottom == ["ada@example.org"]


@pytest.mark.django_db
def test_rows_of_the_first_tables_outlive_the_way_back_and_forward(trip: Trip) -> None:
    assert [one for one in trip.users_again if one[1] == "ada@example.org"] == trip.users
    assert trip.keys_again == 1


@pytest.mark.django_db
def test_users_of_the_first_version_each_get_an_id_for_the_audit_log(trip: Trip) -> None:
    assert len(set(User.objects.values_list("audit_id", flat=True))) == 4


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
def test_a_migration_blocks_nobody_who_uses_a_table(name: Name, steps: Steps) -> None:
    sql = re.sub(r"^--.*$", "", steps.sql(name), flags=re.MULTILINE)
    made = {table.lower() for table in re.findall(r"create table \"?(\w+)", sql, re.IGNORECASE)}

    found = {
        f"{what}: {match[1]}"
        for what, pattern in BLOCKING.items()
        for match in pattern.finditer(sql)
        if match[1].lower() not in made
    }

    assert found == set() or name in KNOWN_TO_BLOCK
