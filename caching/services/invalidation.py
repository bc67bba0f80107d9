"""Making kept answers invalid: for everybody, or for one person."""

import contextlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from django.db import connection, transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from caching import ledger, process
from caching.levels import LevelFailed
from caching.models import Invalidation, SearchCache, Use
from caching.stored import hash_of
from caching.tasks import clean_up
from common.wake import wake


def of_dataset(accession: str) -> str:
    """Return the tag of the answers in which a series appears."""
    return f"dataset:{accession}"


@dataclass(frozen=True, slots=True)
class Chosen:
    """The answers under some keys, or of a namespace, or with a tag."""

    keys: Sequence[str] = field(default=())
    namespace: str = ""
    tag: str = ""

    def scopes(self) -> list[str]:
        scopes = [ledger.of_key(key) for key in self.keys]
        scopes += [ledger.of_namespace(self.namespace)] if self.namespace else []
        return scopes + ([ledger.of_tag(self.tag)] if self.tag else [])

    def condition(self) -> Q:
        """Return what a row with a `query_hash` and a `namespace` must meet."""
        if self.keys:
            return Q(query_hash__in=[hash_of(key) for key in self.keys])
        if self.namespace:
            return Q(namespace=self.namespace)
        tagged = SearchCache.objects.filter(tags__contains=[self.tag])
        return Q(query_hash__in=tagged.values("query_hash"))


def invalidate(chosen: Chosen) -> int:
    """Let nobody be given these answers again; say how many the third level held."""
    count = _alive().filter(chosen.condition()).count()
    _raise(chosen.scopes())
    return count


def invalidate_own(chosen: Chosen, *, viewer: str) -> int:
    """Give one person these answers no more; say how many they had been given."""
    return _end_uses(chosen.condition(), chosen.scopes(), viewer=viewer)


def clear_own(*, viewer: str) -> int:
    """Give one person nothing any more that is kept now; say how much they had been given."""
    return _end_uses(Q(), [ledger.EVERYTHING], viewer=viewer)


def clear_all() -> int:
    """Empty all levels of all processes; say how many answers the third one held."""
    count = _alive().count()
    _raise([ledger.EVERYTHING])
    with contextlib.suppress(LevelFailed):  # what it still holds is served to nobody
        process.here().shared.clear()
    wake(clean_up)
    return count


def raise_version(name: str) -> None:
    """Invalidate, once the transaction is committed, all that has this version in its key.

    Do so last in a transaction: until its end nobody else invalidates.
    """
    _raise([ledger.of_version(name)])


def _end_uses(condition: Q, scopes: Sequence[str], *, viewer: str) -> int:
    process.here().report()  # who was given what a moment ago counts too
    with transaction.atomic():
        count, _ = Use.objects.filter(condition, user_id=viewer).delete()
        _raise([ledger.of_viewer(viewer, scope) for scope in scopes])
    return count


def _alive() -> QuerySet[SearchCache]:
    """Return what is not over, and was not invalidated with everything."""
    cache = process.here()
    cache.learn()
    cleared = cache.ledger.number(ledger.EVERYTHING)
    return SearchCache.objects.filter(expires_at__gt=timezone.now(), seen__gte=cleared)


@transaction.atomic
def _raise(scopes: Iterable[str]) -> None:
    with connection.cursor() as cursor:
        # One at a time, until the transaction ends: no number becomes visible after a higher one.
        cursor.execute("select pg_advisory_xact_lock(hashtext('cache_invalidations'))")
    Invalidation.objects.bulk_create([Invalidation(scope=scope) for scope in scopes])
    transaction.on_commit(_spread)


def _spread() -> None:
    process.here().learn()
    process.tell_others()
