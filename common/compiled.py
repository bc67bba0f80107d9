"""Queries that every request asks, compiled to SQL once: Django compiles them each time, for twice what the rest costs."""

from functools import cached_property
from typing import Any, Generic, TypeVar
from uuid import UUID

from django.db import connection
from django.db.models import Model, QuerySet

Row = TypeVar("Row", bound=Model)
ANY = UUID(int=0).hex  # in the place of a value, while SQL is made


class ByOne(Generic[Row]):
    """Finds a row by one field, together with the row that it belongs to.

    :param rows: with `select_related` of the owner, and of nothing else
    :param by: a field, no two rows of which are the same
    """

    def __init__(self, rows: QuerySet[Row], *, by: str, owner: str) -> None:
        self.rows, self._by, self._owner = rows, by, owner

    def find(self, value: str | UUID) -> Row | None:
        with connection.cursor() as cursor:
            cursor.execute(self._sql, [value])
            row = cursor.fetchone()
        if row is None:
            return None
        model, names, owner_model, owner_names = self._parts
        found = model.from_db(connection.alias, names, row[: len(names)])
        owner = owner_model.from_db(connection.alias, owner_names, row[len(names) :])
        setattr(found, self._owner, owner)
        return found

    @cached_property
    def _sql(self) -> str:
        """Return the SQL that Django makes of it, with a place for the value."""
        return str(self.rows.filter(**{self._by: ANY}).query.sql_with_params()[0])

    @cached_property
    def _parts(self) -> tuple[type[Row], list[str], type[Model], list[str]]:
        """Return the models of a row's two parts, and what their columns are called."""
        model: Any = self.rows.model
        owner = model._meta.get_field(self._owner).related_model  # noqa: SLF001 (documented)
        return model, _names(model), owner, _names(owner)


def _names(model: type[Model]) -> list[str]:
    return [field.attname for field in model._meta.concrete_fields]  # noqa: SLF001 (documented)
