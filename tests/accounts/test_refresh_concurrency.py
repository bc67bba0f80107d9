"""Of many refreshes at once exactly one rotates."""

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from threading import Barrier

import pytest
from django.db import connection
from django.utils import timezone

from accounts.models import Session
from accounts.services import sessions
from tests.factories import UserFactory

THREADS = 16
ROUNDS = 5


@pytest.mark.django_db(transaction=True)
def test_of_sixteen_refreshes_at_once_exactly_one_rotates(monkeypatch: pytest.MonkeyPatch) -> None:
    rotations = []
    rotate = type(Session.objects.all()).rotate

    def counted(self: object, **given: object) -> bool:
        was_first = rotate(self, **given)
        rotations.append(was_first)
        return was_first

    monkeypatch.setattr("accounts.models.SessionQuerySet.rotate", counted)
    user = UserFactory()
    now = timezone.now()
    token = sessions.start(user=user, user_agent="", how="password", at=now).refresh

    for number in range(1, ROUNDS + 1):
        at, barrier = now + timedelta(minutes=number), Barrier(THREADS)

        def one(_: int, token: str = token, at: datetime = at, barrier: Barrier = barrier) -> str:
            barrier.wait(20)
            try:
                return sessions.refresh(token=token, at=at).refresh
            finally:
                connection.close()

        with ThreadPoolExecutor(THREADS) as pool:
            successors = set(pool.map(one, range(THREADS)))

        assert len(successors) == 1
        assert rotations.count(True) == number
        token = successors.pop()
    assert len(rotations) == THREADS * ROUNDS
