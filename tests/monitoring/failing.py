"""A site on which things go wrong, run in a process of its own: what it reports goes to SENTRY_DSN.

The library changes Django and Celery for good, so no other test is to share a process with it.
"""

import logging
import sys
from typing import Any

import django
from django.conf import settings

settings.ROOT_URLCONF = __name__
django.setup()

import sentry_sdk  # noqa: E402
import structlog  # noqa: E402
from celery import shared_task  # noqa: E402
from django.core.handlers.wsgi import WSGIHandler  # noqa: E402
from django.http import HttpRequest, HttpResponse  # noqa: E402
from django.test import RequestFactory  # noqa: E402
from django.urls import path  # noqa: E402
from django.views.decorators.csrf import csrf_exempt  # noqa: E402

from accounts.models import User  # noqa: E402
from omicsoracle import urls  # noqa: E402

CANARIES = dict(item.split("=", 1) for item in sys.argv[1:])
USER = User(pk="0199d0f2-0000-7000-8000-000000000001", email="canary-of-mail@lab.example")


@csrf_exempt
def fail(request: HttpRequest, name: str) -> HttpResponse:
    """Fail with secrets in hand: in variables, in the text, in what was logged before."""
    request.user = USER
    password, token = CANARIES["password"], CANARIES["token"]
    structlog.get_logger("omics").warning(
        "about to fail", password=password, note=f"Bearer {token}"
    )
    raise RuntimeError(f"cannot use {CANARIES['key']} with {len(password)} characters")


urlpatterns = [path("api/v2/fail/<str:name>", fail), *urls.urlpatterns]


@shared_task
def fail_later(**_: Any) -> None:
    raise ValueError(f"postgres://ada:{CANARIES['database']}@db/x does not answer")


def main() -> None:
    request = RequestFactory().post(
        f"/api/v2/fail/{CANARIES['path']}?api_key={CANARIES['key']}",
        {"password": CANARIES["password"]},
        content_type="application/json",
        headers={
            "Authorization": f"Bearer {CANARIES['token']}",
            "X-API-Key": CANARIES["key"],
            "X-Request-ID": "req-of-fault",
            "Cookie": f"session={CANARIES['cookie']}",
        },
    )
    answer = WSGIHandler()(request.environ, lambda *_: None)
    answer.close()
    fail_later.apply(kwargs={"secret": CANARIES["password"]})
    structlog.get_logger("omics").error("it broke", secret=CANARIES["password"], number=7)
    logging.getLogger("omics").error("sent %s", f"token={CANARIES['token']}")
    sentry_sdk.flush(5)


if __name__ == "__main__":
    main()
