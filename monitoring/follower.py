"""A thread of each process that serves: it looks every two seconds how the process is to run."""

import os
import threading
import time
from collections.abc import Callable

import redis
import structlog
from django.conf import settings
from django.db import DatabaseError, connection

from monitoring import levels

EVERY = 2.0  # seconds; as late as a process learns of a change
# What is looked at. Flags need the apps, which are not there yet when this is imported.
LOOKS: list[Callable[[], None]] = [levels.apply]

logger = structlog.get_logger(__name__)
_lock = threading.Lock()
_followers: dict[int, "Follower"] = {}


class Follower(threading.Thread):
    """Follows the changes until the process ends."""

    def __init__(self) -> None:
        super().__init__(name="follower", daemon=True)
        self._is_lost = False

    def run(self) -> None:
        while True:
            self.look()
            connection.close()
            time.sleep(EVERY)

    def look(self) -> None:
        """Look once. What cannot be learned now stays as it is, and is said once."""
        try:
            for look in LOOKS:
                look()
            self._is_lost = False
        except (redis.RedisError, DatabaseError) as error:
            if not self._is_lost:
                logger.warning("changes cannot be followed", error=type(error).__name__)
            self._is_lost = True


def start() -> None:
    """Follow in this process from now on: a forked one begins anew."""
    if not settings.FOLLOWS_CHANGES:
        return
    with _lock:
        if os.getpid() not in _followers:
            _followers.clear()
            _followers[os.getpid()] = Follower()
            _followers[os.getpid()].start()


def is_here() -> bool:
    return os.getpid() in _followers
