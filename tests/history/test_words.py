"""What is found by own words, month by month, is what a plain reading of all questions finds."""

from datetime import UTC, datetime, timedelta
from itertools import cycle, islice, product
from uuid import UUID

import pytest
from django.contrib.postgres.search import SearchQuery
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounts.models import User
from common.ids import uuid7
from history.models import QueryHistory
from history.runner import keeping
from history.services import queries
from tests.factories import UserFactory
from tests.history.conftest import asked

pytestmark = pytest.mark.django_db
NOW = timezone.now()
SAID = ["lung", "cancer", "mice", "of", "it's", r"back\slash", "a/b'c"]
terms = st.one_of(
    st.sampled_from(SAID), st.lists(st.sampled_from(SAID), min_size=2, max_size=3).map(" ".join)
)
quoted = st.tuples(st.sampled_from(["", "-"]), terms, st.booleans()).map(
    lambda one: f'{one[0]}"{one[1]}"' if one[2] else one[0] + one[1]
)
words = st.lists(quoted, min_size=1, max_size=3).flatmap(
    lambda some: st.sampled_from([" ", " or "]).map(lambda between: between.join(some))
)
moments = st.one_of(st.none(), st.integers(-20, 420).map(lambda ago: NOW - timedelta(days=ago)))


@pytest.fixture
def busy(ada: User) -> User:
    """Return who asked of everything in every month of a year, and twice at some moments."""
    other = UserFactory.create(id=UUID(int=ada.pk.int ^ 1 << 100))  # an id with the same end
    said = islice(cycle(" ".join(some) for some in product(SAID, repeat=3)), 3, None, 11)
    rows = [
        QueryHistory(
            id=uuid7(),
            user=user,
            query_text=question,
            agent_type="search",
            asked={},
            execution_time_ms=7,
            created_at=NOW - timedelta(days=number // 2 * 9),
        )
        for number, question in enumerate(islice(said, 84))
        for user in (ada, other)
    ]
    for moment in {row.created_at for row in rows}:
        keeping.make_month(moment)
    QueryHistory.objects.bulk_create(rows)
    return ada


@given(
    words,
    st.tuples(moments, moments),
    st.tuples(st.integers(0, 3), st.integers(1, 30)),
    st.sampled_from(["-", ""]),
)
@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_a_page_is_that_of_all_questions_read_one_by_one(
    busy: User,
    words: str,
    span: tuple[datetime | None, datetime | None],
    page: tuple[int, int],
    sign: str,
) -> None:
    plain = QueryHistory.objects.of(busy.pk).filter(
        words=SearchQuery(words, config="geo", search_type="websearch")
    )
    found = queries.narrowed(busy, wanted={"q": words, "after": span[0], "before": span[1]})
    if span[0]:
        plain = plain.since(span[0])
    if span[1]:
        plain = plain.until(span[1])
    order, rows = (f"{sign}created_at", f"{sign}id"), slice(page[0], sum(page))

    assert list(found.order_by(*order)[rows]) == list(plain.order_by(*order)[rows])


def test_a_page_that_is_full_reads_no_older_months(busy: User) -> None:
    asked(busy, "lung", created_at=NOW)

    with CaptureQueriesContext(connection) as seen:
        list(QueryHistory.objects.saying("lung", of=busy.pk).newest_first()[:1])

    begin = NOW.astimezone(UTC).replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    _, page = (one["sql"] for one in seen)
    assert f'"created_at" >= \'{begin:%Y-%m-%d}' in page


def test_a_word_longer_than_an_index_takes_is_found(ada: User) -> None:
    longest = "é" * 900
    asked(ada, longest)

    assert QueryHistory.objects.saying(longest, of=ada.pk).count() == 1


@pytest.mark.parametrize("query", ['"lung cancer" -mice', "lung or mice"])
def test_words_are_looked_up_among_the_askers_own(busy: User, query: str) -> None:
    found = QueryHistory.objects.saying(query, of=busy.pk)

    with connection.cursor() as cursor:
        cursor.execute("set local enable_seqscan = off")
    assert "own_words_idx" in found.explain()


def test_the_questions_of_few_days_are_looked_at_and_no_index_of_words(busy: User) -> None:
    span = {"after": NOW - timedelta(days=27), "before": NOW - timedelta(days=20)}

    found = queries.narrowed(busy, wanted={"q": "lung", **span})

    with connection.cursor() as cursor:
        cursor.execute("set local enable_seqscan = off")
    assert "own_words" not in found.explain()
