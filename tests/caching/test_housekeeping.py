"""What the periodic tasks do."""

from datetime import timedelta
from typing import Any

import pytest
from django.conf import LazySettings
from django.utils import timezone

from caching import process, services
from caching.keys import Key
from caching.models import Demand, Holding, Invalidation, SearchCache, Statistic, Use, Warming
from caching.runner import housekeeping
from caching.runner import warming as runner
from caching.services import Rendered, remember
from caching.tasks import clean_up
from tests.factories import UserFactory

pytestmark = pytest.mark.django_db


def keep(*names: str, size: int = 1000) -> None:
    for name in names:
        remember(Key("geo:query", name), lambda: Rendered(b'"%s"' % (b"x" * size)), text=name)


def kept() -> set[str]:
    return set(SearchCache.objects.values_list("query_text", flat=True))


def test_what_is_over_goes() -> None:
    keep("a", "b")
    SearchCache.objects.filter(query_text="a").update(expires_at=timezone.now())

    clean_up()

    assert kept() == {"b"}


def test_what_was_cleared_goes() -> None:
    keep("a")
    services.clear_all()
    keep("b")

    clean_up()

    assert kept() == {"b"}


def test_the_least_used_make_room(settings: LazySettings) -> None:
    keep("a", "b", "c")
    SearchCache.objects.filter(query_text="b").update(access_count=9)
    SearchCache.objects.filter(query_text="c").update(access_count=5)
    one = SearchCache.objects.first()
    assert one is not None
    settings.CACHE_L3_BYTES = 2 * one.bytes

    clean_up()

    assert kept() == {"b", "c"}
    assert Statistic.objects.get(level="l3", event="evictions").amount == 1


def test_old_notes_go_and_the_rest_stays() -> None:
    now, user = timezone.now(), UserFactory.create()
    for age in (timedelta(0), timedelta(days=40)):
        at = now - age
        digest = str(age.days)
        Use.objects.create(user=user, query_hash=digest, namespace="user", used_at=at)
        Demand.objects.create(day=at.date(), digest="d", parameters={}, asked=1)
        Statistic.objects.create(hour=at, level="l1", namespace="n", event="hits", amount=1)
        Holding.objects.create(
            process=user.pk if age else user.audit_id, entries=1, bytes=1, seen_at=at
        )
        Warming.objects.create(wanted=[], finished_at=at)
        Invalidation.objects.create(scope="tag:x", created_at=at)

    housekeeping.clean_up(at=now)

    models: list[Any] = [Use, Demand, Statistic, Holding, Warming, Invalidation]
    assert [model.objects.count() for model in models] == [1] * 6


def test_the_last_number_of_a_version_is_never_forgotten() -> None:
    services.raise_version("v")
    services.raise_version("v")
    Invalidation.objects.update(created_at=timezone.now() - timedelta(days=400))
    before = services.version("v")

    clean_up()
    process.forget()

    assert services.version("v") == before
    assert Invalidation.objects.filter(scope="version:v").count() == 1


def test_a_warming_goes_on_where_it_stopped(
    monkeypatch: pytest.MonkeyPatch, settings: LazySettings
) -> None:
    asked: list[object] = []
    monkeypatch.setattr("discovery.rendered.warm", asked.append)
    monkeypatch.setattr(runner, "SHARE", 0.0)
    Warming.objects.create(wanted=[{"query": "a"}, {"query": "b"}], done=1)

    is_left = runner.run(at=timezone.now())
    monkeypatch.setattr(runner, "SHARE", 45.0)
    runner.run(at=timezone.now())

    assert (is_left, asked) == (True, [{"query": "b"}])
