"""What somebody asked: found again, deleted, asked once more."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import redis
import structlog
from django.db import DatabaseError, transaction

from accounts.models import User
from common.errors import OracleError
from discovery.models import Dataset
from history import results
from history.models import Clearing, QueryHistory, QueryHistoryQuerySet
from quotas.runner import consuming

BATCH = 5_000  # rows deleted in one statement
# Of so few days all that somebody asked is looked at sooner than the words of all that time.
FEW_DAYS = timedelta(days=14)

logger = structlog.get_logger(__name__)


class QueryUnknown(OracleError):
    """There is no such question, or it is somebody else's."""

    status = 404
    code = "not_found"
    detail = "You have asked no such question, or it is not kept any longer."


def asked_by(user: User, *, wanted: Mapping[str, Any], at: datetime) -> QueryHistoryQuerySet:
    """Return what somebody asked, what they asked a moment ago too.

    :param wanted: a valid `WantedSerializer`
    """
    bring_in(user.pk, at=at)
    return narrowed(user, wanted=wanted)


def narrowed(user: User, *, wanted: Mapping[str, Any]) -> QueryHistoryQuerySet:
    """Return what somebody asked, as far as it is stored.

    :param wanted: a valid `WantedSerializer`
    """
    all_ = QueryHistory.objects.listed()
    words = wanted.get("q")
    if words and not _is_of_few_days(wanted):
        found = all_.saying(words, of=user.pk)
    else:
        found = all_.of(user.pk)
        found = found.with_words(words) if words else found
    if agent := wanted.get("agent_type"):
        found = found.asked_of(agent)
    if after := wanted.get("after"):
        found = found.since(after)
    if before := wanted.get("before"):
        found = found.until(before)
    return found


def _is_of_few_days(wanted: Mapping[str, Any]) -> bool:
    after: datetime | None = wanted.get("after")
    before: datetime | None = wanted.get("before")
    return after is not None and before is not None and before - after <= FEW_DAYS


def find(*, user: User, query_id: UUID) -> QueryHistory:
    """Return a question of this user, whole.

    :raises QueryUnknown: if they have none with this id
    """
    found = QueryHistory.objects.of(user.pk).filter(pk=query_id).first()
    if found is None:
        raise QueryUnknown
    return found


def titles_of(row: QueryHistory) -> dict[str, str]:
    """Return what the series of a result are called now, by accession."""
    accessions = results.accessions_of(row.result or {})
    named = Dataset.objects.filter(accession__in=accessions)
    return dict(named.values_list("accession", "title"))


def delete(*, user: User, query_id: UUID) -> None:
    """Forget a question.

    :raises QueryUnknown: if the user has none with this id
    """
    count, _ = QueryHistory.objects.of(user.pk).filter(pk=query_id).delete()
    if not count:
        raise QueryUnknown


def clear(*, user: User, at: datetime) -> int:
    """Forget all that somebody asked until now, also what is still on its way; say how much was kept."""
    with transaction.atomic():
        User.objects.select_for_update().get(pk=user.pk)  # see `keeping.HOLD`
        Clearing.objects.update_or_create(user=user, defaults={"at": at})
    count = 0
    while ids := _some_until(user, at):
        count += QueryHistory.objects.of(user.pk).filter(pk__in=ids).delete()[0]
    return count


def bring_in(user_id: UUID, *, at: datetime) -> None:
    """Store the questions of somebody that wait in the stream of usage, if there are any.

    A list is to show what its reader asked a moment ago. If that cannot be had now, the next run
    of the consumer brings it in.
    """
    if consuming.riders_of(user_id):
        empty_stream(at=at)


def empty_stream(*, at: datetime) -> None:
    """Store what waits in the stream of usage; if that cannot be done now, the consumer does it."""
    try:
        consuming.consume(at=at)
    except (redis.RedisError, DatabaseError) as error:
        logger.warning("questions are brought in later", error=type(error).__name__)


def _some_until(user: User, at: datetime) -> list[UUID]:
    mine = QueryHistory.objects.of(user.pk).filter(created_at__lte=at)
    return list(mine.newest_first().values_list("pk", flat=True)[:BATCH])
