"""What other processes run: nothing here needs Django's models, which are loaded in one process only."""

import time
from contextlib import suppress
from typing import Any

from django.conf import settings

from common.errors import ServiceUnavailable
from discovery import ncbi

SETTINGS = (
    settings.SETTINGS_MODULE
)  # reads them: what is imported for them is, before we are forked


def connect(barrier: Any, url: str, key: str) -> None:
    """Begin a process: settings as an operator would make them."""
    settings.NCBI_EMAIL, settings.NCBI_API_KEY, settings.NCBI_URL = "team@example.org", key, url
    barrier.wait()


def ask(times: int) -> None:
    for _ in range(times):
        ncbi.entrez().search(db="gds", term="liver")


def ask_for_a_while(seconds: float) -> int:
    """Ask as fast as it goes, whatever comes of it; return how often the breaker was not open."""
    through, until = 0, time.monotonic() + seconds
    while time.monotonic() < until:
        with suppress(ServiceUnavailable):
            through += 1
            ncbi.entrez().search(db="gds", term="liver")
    return through
