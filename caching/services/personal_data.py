"""What the cache keeps about a person: to hand it out, and to take it away."""

import contextlib
from collections.abc import Collection
from typing import Any

from django.db.models import Exists, OuterRef

from caching import process
from caching.levels import LevelFailed
from caching.models import Demand, SearchCache, Use


def of_user(*, user: Any) -> list[Any]:
    """Return which answers they were given of late, as far as that is kept."""
    process.here().report()
    rows = Use.objects.filter(user_id=user.pk).order_by("-used_at")
    return list(rows.values("namespace", "query_hash", "used_at"))


def erase(*, user: Any, **_: object) -> None:
    """Take away the answers that were given to this person alone (named in settings).

    The memory of other processes has them for some minutes more, for who asks the same.
    """
    cache = process.here()
    cache.report()
    others = Use.objects.exclude(user_id=user.pk).filter(query_hash=OuterRef("query_hash"))
    alone = Use.objects.filter(~Exists(others), user_id=user.pk)
    keys = list(alone.values_list("key", flat=True))
    rows = SearchCache.objects.filter(query_hash__in=alone.values("query_hash"))
    forget_demand(set(rows.values_list("query_text", flat=True)))
    rows.delete()
    cache.memory.forget(keys)
    with contextlib.suppress(LevelFailed):  # there they are over within the hour
        cache.shared.forget(keys)


def forget_demand(questions: Collection[str]) -> None:
    """Forget that somebody asked these."""
    if questions:
        Demand.objects.filter(parameters__query__in=list(questions)).delete()
