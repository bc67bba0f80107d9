"""The `live` process: WebSockets. All else is the web server's."""

import os
from typing import Any

from django.core.asgi import get_asgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "omicsoracle.settings.production")
get_asgi_application()  # what follows needs the apps

from channels.routing import ProtocolTypeRouter, URLRouter  # noqa: E402
from django.urls import path, re_path  # noqa: E402

from accounts.sockets import KnownSockets, refuse  # noqa: E402
from batch.sockets import JobSocket, WorkflowSocket  # noqa: E402
from common.live.sockets import NOT_FOUND  # noqa: E402
from monitoring import follower  # noqa: E402

follower.start()


async def _nothing(scope: Any, receive: Any, send: Any) -> Any:
    """Close what leads nowhere, as others' objects are closed."""
    await receive()
    await refuse(scope, send, NOT_FOUND)


async def _only_sockets(scope: Any, _: Any, send: Any) -> None:
    """Answer plain HTTP: that the process lives, or that it has nothing else to say."""
    is_asked = scope["path"] == "/health/live"
    status, body = (200, b"live") if is_asked else (404, b"Only WebSockets here.")
    headers = [(b"content-type", b"text/plain"), (b"cache-control", b"no-store")]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})


application = ProtocolTypeRouter(
    {
        "http": _only_sockets,
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
