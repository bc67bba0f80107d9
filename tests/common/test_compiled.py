"""A row that is found by SQL made once is the row that Django finds."""

import pytest
from django.db.models import Model
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from accounts.models import ApiKey, Session
from accounts.services.identity import KEYS_BY_ID, KEYS_BY_PREFIX, SESSIONS_BY_ID
from common.compiled import ByOne
from common.ids import uuid7
from tests.factories import ApiKeyFactory, SessionFactory

pytestmark = pytest.mark.django_db


def values(row: Model) -> dict[str, object]:
    return {field.attname: getattr(row, field.attname) for field in row._meta.concrete_fields}


@pytest.mark.parametrize(
    ("query", "by"),
    [(KEYS_BY_PREFIX, "prefix"), (KEYS_BY_ID, "id"), (SESSIONS_BY_ID, "id")],
    ids=["keys by prefix", "keys by id", "sessions by id"],
)
def test_it_is_what_django_finds_with_all_its_fields_and_its_owner(
    query: ByOne[ApiKey] | ByOne[Session], by: str
) -> None:
    ApiKeyFactory.create(scopes=["read"], expires_at=timezone.now(), name="é")
    SessionFactory.create()
    row = query.rows.get()

    found = query.find(getattr(row, by))

    assert found is not None
    assert values(found) == values(row)
    assert values(found.user) == values(row.user)
    assert (found._state.adding, found.user._state.adding) == (False, False)


def test_nothing_is_found_by_what_nobody_has() -> None:
    ApiKeyFactory.create()

    assert KEYS_BY_PREFIX.find("' or 1 = 1 --") is None
    assert KEYS_BY_ID.find(uuid7()) is None


def test_one_query_finds_both(django_assert_num_queries: DjangoAssertNumQueries) -> None:
    key = ApiKeyFactory.create()

    with django_assert_num_queries(1):
        found = KEYS_BY_ID.find(key.pk)
        assert found is not None
        assert found.user.email


def test_what_is_found_can_be_saved() -> None:
    key = ApiKeyFactory.create()
    found = KEYS_BY_ID.find(key.pk)
    assert found is not None

    found.name = "changed"
    found.save(update_fields=["name"])

    assert ApiKey.objects.get().name == "changed"
