"""Jobs of the measurements: sent by the service itself, compared when they have ended."""

import hashlib
import itertools
from collections.abc import Sequence
from typing import Any

import orjson
from django.utils import timezone

from accounts.models import Tier, User
from batch.models import BatchItem, BatchJob
from batch.services import submission
from batch.services.submission import Submission
from discovery.models import Dataset
from tests.factories import UserFactory

_numbers = itertools.count()
# What differs from run to run by its nature: ids, and times.
OF_THE_RUN = ("workflow_id", "execution_time_ms", "created_at", "started_at", "completed_at")


class NoTill:
    """Counts nothing."""

    def charge(self, cost: int) -> None:
        """Let all in."""

    def take_back(self) -> None:
        """Nothing was counted."""


def somebody(tier: str = Tier.ENTERPRISE) -> User:
    return UserFactory.create(email=f"batch{next(_numbers)}@example.org", tier=tier)


def questions(count: int) -> list[str]:
    """Return so many questions, each another: pieces of the titles of the starter catalogue."""
    titles = Dataset.objects.order_by("accession").values_list("title", flat=True)
    pieces = (
        " ".join(title.split()[begin : begin + length])
        for length in (4, 3, 5, 6, 2, 7)
        for begin in range(8)
        for title in titles
    )
    return list(itertools.islice(dict.fromkeys(one[:200] for one in pieces if one), count))


def send(user: User, queries: Sequence[str], kind: str = "simple_search") -> BatchJob:
    sent = Submission(kind, queries, {}, {})
    return submission.submit(
        user=user, submission=sent, key=None, till=NoTill(), at=timezone.now()
    ).job


def is_over(job: BatchJob) -> bool:
    return BatchJob.objects.finished().filter(pk=job.pk).exists()


def checksums(job: BatchJob) -> dict[int, str]:
    """Return what came of each query, without what is of the run."""
    rows = BatchItem.objects.filter(job=job).order_by("index").iterator(chunk_size=50)
    return {row.index: _checksum(row) for row in rows}


def _checksum(item: BatchItem) -> str:
    told = [item.query, item.status, item.error, _without_times(item.result)]
    return hashlib.sha256(orjson.dumps(told, option=orjson.OPT_SORT_KEYS)).hexdigest()


def _without_times(result: Any) -> Any:
    if isinstance(result, dict):
        kept = {name: one for name, one in result.items() if name not in OF_THE_RUN}
        return {name: _without_times(one) for name, one in kept.items()}
    return [_without_times(one) for one in result] if isinstance(result, list) else result
