"""The `live` process: WebSockets, and tools for agents. All else is the web server's."""

import gc
import os
from typing import Any

from django.core.asgi import get_asgi_application

gc.disable()  # as in omicsoracle.rsgi
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "omicsoracle.settings.production")
get_asgi_application()  # what follows needs the apps

from channels.routing import ProtocolTypeRouter, URLRouter  # noqa: E402
from django.urls import path, re_path  # noqa: E402

from accounts.sockets import KnownSockets, refuse  # noqa: E402
from batch.sockets import JobSocket, WorkflowSocket  # noqa: E402
from common.live.sockets import NOT_FOUND  # noqa: E402
from monitoring import follower  # noqa: E402
from omicsoracle.mcp.contract import Contract  # noqa: E402
from omicsoracle.mcp.door import Door  # noqa: E402
from omicsoracle.wsgi import application as api  # noqa: E402

MCP = ("/mcp", "/mcp/")

follower.start()


async def _nothing(scope: Any, receive: Any, send: Any) -> Any:
    """Close what leads nowhere, as others' objects are closed."""
    await receive()
    await refuse(scope, send, NOT_FOUND)


class Plain:
    """Answers plain HTTP: agents, and whoever asks whether the process lives."""

    def __init__(self) -> None:
        self._door = Door(Contract(api))

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["path"] in MCP:
            await self._door(scope, receive, send)
            return
        is_asked = scope["path"] == "/health/live"
        status, body = (200, b"live") if is_asked else (404, b"Only WebSockets and /mcp here.")
        headers = [(b"content-type", b"text/plain"), (b"cache-control", b"no-store")]
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": body})

    async def live(self, _: Any, receive: Any, send: Any) -> None:
        """Let agents in from the server's start to its end."""
        await receive()
        async with self._door.open():
            await send({"type": "lifespan.startup.complete"})
            await receive()
        await send({"type": "lifespan.shutdown.complete"})


plain = Plain()
application = ProtocolTypeRouter(
    {
        "http": plain,
        "lifespan": plain.live,
        "websocket": KnownSockets(
            URLRouter(
                [
                    path("ws/batch/<uuid:job_id>", JobSocket.as_asgi()),
                    path("ws/workflows/<uuid:workflow_id>", WorkflowSocket.as_asgi()),
                    re_path("", _nothing),
                ]
            )
        ),
    }
)

gc.freeze()
gc.enable()
