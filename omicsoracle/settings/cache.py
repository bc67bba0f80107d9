"""The levels of the cache: docs/caching.md."""

from redis.backoff import NoBackoff
from redis.retry import Retry

from omicsoracle.settings.tasks import *

# A server of its own: it throws away what was not used for long, which broker and limits must not.
CACHE_URL = env("CACHE_URL", default="") or (
    f"unix://{SOCKET_DIR}/cache.sock?db={env('VALKEY_DATABASE', default='') or 0}"
    if EMBEDDED_VALKEY
    else REDIS_URL
)
CACHE_TIMEOUT = env.float("CACHE_TIMEOUT", default=0.05)  # seconds
# The second level of answers, and the counters of HTML forms. Without Valkey those count nothing.
CACHES = {
    "default": {
        "BACKEND": "django_redis.cache.RedisCache",
        "LOCATION": CACHE_URL,
        "KEY_PREFIX": "cache",
        "OPTIONS": {
            "SERIALIZER": "django_redis.serializers.json.JSONSerializer",
            "IGNORE_EXCEPTIONS": True,
            "CONNECTION_POOL_KWARGS": {
                "socket_timeout": CACHE_TIMEOUT,
                "socket_connect_timeout": CACHE_TIMEOUT,
                "retry": Retry(NoBackoff(), 0),
            },
        },
    }
}
DJANGO_REDIS_LOG_IGNORED_EXCEPTIONS = True
# Bytes and seconds. The first level is each process's; the second's bytes are its server's to hold.
CACHE_L1_BYTES = env.int("CACHE_L1_BYTES", default=100_000_000)
CACHE_L2_BYTES = env.int("CACHE_L2_BYTES", default=1_000_000_000)
CACHE_L3_BYTES = env.int("CACHE_L3_BYTES", default=10_000_000_000)
CACHE_L1_TTL, CACHE_L2_TTL, CACHE_L3_TTL = 300.0, 3600.0, 86_400.0
# Namespace → seconds that an answer is fresh, and that it is served at all while it is made anew.
CACHE_LASTING = {
    "geo:query": (3600.0, 86_400.0),
    "ai:summary": (86_400.0, 86_400.0),
    "user": (1.0, 1.0),
    "api:response": (300.0, 3600.0),
}
CACHE_PATIENCE = 10.0  # seconds to wait for another process that is making the same answer
# Whether a thread of each process looks after the cache; else each look at it asks PostgreSQL too.
CACHE_KEEPER = env.bool("CACHE_KEEPER", default=True)
CACHE_WARMER = "discovery.rendered.warm"  # makes the answer to what was asked
CACHE_WARM_TOP = env.int("CACHE_WARM_TOP", default=200)
RATELIMIT_FAIL_OPEN = True  # sign-ins are counted in PostgreSQL besides
