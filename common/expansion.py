"""What a migration may do while code that does not know it still runs: only add.

A release is started beside the one before it, on the same database, and that one may have to serve again.
`manage.py migrate --expand-only` refuses what it could not work with; that has a release of its own, later.
"""

import re
from collections.abc import Iterable, Iterator

from django.db.migrations import operations
from django.db.migrations.migration import Migration
from django.db.migrations.operations.base import Operation
from django.db.migrations.state import ProjectState
from django.db.models import Field, ManyToManyField
from django.db.models.fields import NOT_PROVIDED

TAKING = re.compile(
    r"\b(drop\s+(table|column|type|schema)|truncate|delete\s+from|rename\s+(to|column)"
    r"|alter\s+(column\s+)?\S+\s+(set\s+data\s+)?type|set\s+not\s+null)\b",
    re.IGNORECASE,
)


def objections(migration: Migration, before: ProjectState) -> Iterator[str]:
    """Say what old code could not work with.

    :param before: all models as they are before the migration
    """
    made = {
        one.name.lower() for one in migration.operations if isinstance(one, operations.CreateModel)
    }
    for operation in _in_the_database(migration.operations):
        model = str(getattr(operation, "model_name", "")).lower()
        if model in made:
            continue
        said = _objection(operation, before, (migration.app_label, model))
        if said:
            yield f"{migration}: {said}"


def _in_the_database(given: Iterable[Operation]) -> Iterator[Operation]:
    for one in given:
        if isinstance(one, operations.SeparateDatabaseAndState):
            yield from _in_the_database(one.database_operations)
        else:
            yield one


def _objection(operation: Operation, before: ProjectState, model: tuple[str, str]) -> str:
    match operation:
        case operations.DeleteModel() | operations.RemoveField():
            return f"{operation.describe()}, which old code reads"
        case operations.RenameModel() | operations.RenameField() | operations.AlterModelTable():
            return f"{operation.describe()}, which old code calls by its old name"
        case operations.AddField(field=field) if _must_be_filled(field):
            return (
                f"{operation.describe()}, which old code does not fill: give it null or db_default"
            )
        case operations.AlterField(field=field, name=name):
            old = before.models[model].fields[name] if model in before.models else None
            return f"{operation.describe()}, which is narrower" if _is_narrower(old, field) else ""
        case operations.RunSQL(sql=sql):
            found = TAKING.search(" ".join(_statements(sql)))
            return f"SQL that says “{found[0]}”" if found else ""
    return ""


def _must_be_filled(field: "Field[object, object]") -> bool:
    is_filled = field.null or field.db_default is not NOT_PROVIDED
    return not is_filled and not isinstance(field, ManyToManyField)


def _is_narrower(old: "Field[object, object] | None", new: "Field[object, object]") -> bool:
    if old is None or type(old) is not type(new):
        return True
    old_length, new_length = (getattr(one, "max_length", None) for one in (old, new))
    is_shorter = new_length is not None and (old_length is None or new_length < old_length)
    return is_shorter or (old.null and not new.null)


def _statements(sql: object) -> Iterator[str]:
    if isinstance(sql, str):
        yield sql
    elif isinstance(sql, list | tuple):
        for one in sql:
            yield one if isinstance(one, str) else str(one[0])
