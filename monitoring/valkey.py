"""The Valkey in which processes tell each other how to run; who waits for it waits a moment."""

from functools import cache

import redis
from django.conf import settings

from common.valkey import impatient

PATIENCE = 0.2  # seconds


def client() -> redis.Redis:
    return _client(settings.REDIS_URL)


@cache
def _client(url: str) -> redis.Redis:
    return impatient(url, patience=PATIENCE)
