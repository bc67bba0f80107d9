"""Somebody who is signed in with a browser, and nobody counted yet."""

from collections.abc import Callable, Iterator

import pytest
import redis
from django.test import Client

from accounts.models import User
from quotas import degraded
from quotas.models import Override
from quotas.services import effective
from tests.factories import UserFactory

HOSTILE = '"><script>alert(1)</script>'
ESCAPED = "&quot;&gt;&lt;script&gt;alert(1)&lt;/script&gt;"


@pytest.fixture(autouse=True)
def _nobody_is_counted(valkey: redis.Redis) -> Iterator[None]:
    effective.memory.clear()
    degraded.shares = degraded.Shares()
    yield
    valkey.flushdb()


@pytest.fixture
def user(db: None) -> User:
    return UserFactory.create(full_name="Ada", email_verified=True)


def browser_of(user: User) -> Client:
    browser = Client()
    browser.force_login(user)
    return browser


@pytest.fixture
def browser(user: User) -> Client:
    return browser_of(user)


@pytest.fixture
def limit(user: User) -> Callable[..., None]:
    """Return what gives the user other limits, from the next request on."""

    def limit(**values: int) -> None:
        Override.objects.update_or_create(
            user=user, defaults={"values": values, "reason": "a test"}
        )
        effective.memory.clear()

    return limit
