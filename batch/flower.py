"""Flower, which shows Celery's workers and tasks: who may ask it, and how it is asked.

It listens on loopback, and answers only to who knows a secret that the web server and Flower both
derive from `SECRET_KEY`. People see it through the staff's site.
"""

import httpx2
from django.conf import settings
from django.utils.crypto import salted_hmac

from common.errors import ServiceUnavailable

PREFIX = "admin/flower"
USER = "staff"
SECONDS = 5.0
FORM = "application/x-www-form-urlencoded"
READ_BY_POST = "tasks/datatable"  # the one place that changes nothing and is asked so


class FlowerAway(ServiceUnavailable):
    """Flower does not run, or not where we look for it."""

    detail = "Flower does not answer. Start it: manage.py flower"


def secret() -> str:
    return salted_hmac("batch.flower", USER, algorithm="sha256").hexdigest()


def ask(place: str, *, query: str = "", form: bytes | None = None) -> httpx2.Response:
    """Read a page.

    :param place: what follows the prefix in its path
    :param form: what the page is asked for, if it is read by `POST`
    :raises FlowerAway: if it does not answer
    """
    url = httpx2.URL(settings.FLOWER_URL).copy_with(
        path=f"/{PREFIX}/{place}", query=query.encode() or None
    )
    try:
        return httpx2.request(
            "GET" if form is None else "POST",
            url,
            content=form,
            headers={"Content-Type": FORM} if form is not None else None,
            auth=(USER, secret()),
            timeout=SECONDS,
        )
    except httpx2.HTTPError as error:
        raise FlowerAway from error
