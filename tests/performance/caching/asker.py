"""One process of a stampede. It is started anew, so Django is set up here."""

import os
import threading
import time
from multiprocessing.synchronize import Barrier

import redis

MAKING = "measured:makers"  # in Valkey: the process ids of those who began to make it
ANSWERED = "measured:answered"
BODY = b'{"made":true}'
SECONDS = 1.0  # that making takes


def ask_at_once(database: str, name: str, threads: int, barrier: Barrier) -> None:
    """Let so many threads ask for one key, which ended a moment ago, at the same time."""
    os.environ["DATABASE_NAME"] = database  # noqa: TID251 (there are no settings yet)
    os.environ["DJANGO_SETTINGS_MODULE"] = "tests.performance.caching.settings"  # noqa: TID251
    import django  # noqa: PLC0415

    django.setup()
    from django.conf import settings  # noqa: PLC0415
    from django.db import connection  # noqa: PLC0415

    from caching.keys import Key  # noqa: PLC0415
    from caching.services import Rendered, remember  # noqa: PLC0415
    from caching.services.answers import Lasting  # noqa: PLC0415

    key, valkey = Key("api:response", name), redis.Redis.from_url(settings.REDIS_URL)
    remember(key, lambda: Rendered(b'{"made":"before"}'), lasting=Lasting(0.01, 0.05))
    time.sleep(0.1)
    start = threading.Event()

    def make() -> Rendered:
        valkey.rpush(MAKING, os.getpid())
        time.sleep(SECONDS)
        return Rendered(BODY)

    def ask() -> None:
        start.wait()
        try:
            if remember(key, make).body == BODY:
                valkey.incr(ANSWERED)
        finally:
            connection.close()

    crowd = [threading.Thread(target=ask) for _ in range(threads)]
    for one in crowd:
        one.start()
    connection.close()
    barrier.wait(60)
    start.set()
    for one in crowd:
        one.join()
