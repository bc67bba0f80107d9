"""A keeper that is late, say because no connection is free, makes nobody be served the invalid."""

import pytest
from django.conf import LazySettings

from caching import process
from caching.keys import Key
from caching.models import Invalidation
from caching.process import Cache
from caching.services import Rendered, remember

KEY = Key("api:response", "one")


@pytest.fixture
def cache(settings: LazySettings, monkeypatch: pytest.MonkeyPatch) -> Cache:
    """Return a process's cache whose keeper has not begun."""
    monkeypatch.setattr(process.Keeper, "start", lambda _: None)
    settings.CACHE_KEEPER = True
    return process.here()


@pytest.mark.django_db
def test_who_asks_looks_for_invalidations_when_the_keeper_is_late(
    cache: Cache, monkeypatch: pytest.MonkeyPatch
) -> None:
    remember(KEY, lambda: Rendered(b"1"))
    Invalidation.objects.create(scope=f"key:{KEY}")  # by another process; no message came

    monkeypatch.setattr(cache, "_informed_until", 0.0)

    assert remember(KEY, lambda: Rendered(b"2")).body == b"2"
    assert remember(KEY, lambda: Rendered(b"3")).body == b"2"
