"""`manage.py serve_metrics`: /metrics beside workers, where no web server tells what they count."""

from argparse import ArgumentParser
from collections.abc import Iterable
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, make_server
from wsgiref.types import StartResponse, WSGIEnvironment

from django.conf import settings
from django.core.management.base import BaseCommand
from prometheus_client import CONTENT_TYPE_LATEST

from monitoring import exposition

PORT = 9464


class Quiet(WSGIRequestHandler):
    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 (its name there)
        """Say nothing of a look every fifteen seconds."""


class Command(BaseCommand):
    help = "Serve what processes that share METRICS_DIR count: for pods that have no web server."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--port", type=int, default=PORT)

    def handle(self, *, port: int, **_: Any) -> None:
        with make_server(settings.LISTEN_HOST, port, answer, handler_class=Quiet) as server:
            server.serve_forever()


def answer(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
    """Tell who may read it; the token is that of the web server's /metrics."""
    if environ["PATH_INFO"] != "/metrics":
        start_response("404 Not Found", [])
        return [b"Ask for /metrics.\n"]
    if not exposition.may_read(
        authorization=environ.get("HTTP_AUTHORIZATION", ""), address=environ["REMOTE_ADDR"]
    ):
        start_response("401 Unauthorized", [("WWW-Authenticate", "Bearer")])
        return [b"Send `Authorization: Bearer` and the metrics token.\n"]
    start_response("200 OK", [("Content-Type", CONTENT_TYPE_LATEST)])
    return [exposition.of_processes()]
