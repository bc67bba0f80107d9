"""The `live` process: WebSockets and what it hears of changes by; tools for agents."""

from omicsoracle.settings.tasks import *

# Far from the other one, so that two runs with ports side by side do not meet.
LIVE_PORT = env.int(
    "LIVE_PORT", default=PORT + 1_000 if PORT + 1_000 <= LAST_PORT else PORT - 1_000
)
# Where clients reach it. With nginx in front, it is the site itself, below /ws/.
LIVE_URL = env("LIVE_URL", default=f"ws://127.0.0.1:{LIVE_PORT}").rstrip("/")
LIVE_SOCKETS_A_USER = env.int("LIVE_SOCKETS_A_USER", default=100)  # in one process
# Calls of the API that it makes for agents: at once, and waiting; what comes then is refused.
MCP_THREADS = env.int("MCP_THREADS", default=4)
MCP_WAITING = env.int("MCP_WAITING", default=32)
CHANNEL_LAYERS = {
    "default": {
        "BACKEND": "channels_redis.pubsub.RedisPubSubChannelLayer",
        "CONFIG": {
            "hosts": [{"address": REDIS_URL, "socket_timeout": 1.0, "socket_connect_timeout": 1.0}],
            # Publishing knows no databases: the name tells apart who shares a server.
            "prefix": f"live{env('VALKEY_DATABASE', default='')}",
        },
    }
}
ASGI_APPLICATION = "omicsoracle.asgi.application"
