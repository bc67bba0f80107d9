"""What Prometheus reads: collectors that the apps have, named in settings.

What they tell they read from where all processes write it, so it does not matter who is asked.
"""

import hmac

from django.conf import settings
from django.utils.module_loading import import_string
from prometheus_client import CollectorRegistry, generate_latest

LOOPBACK = frozenset({"127.0.0.1", "::1"})


def exposition() -> bytes:
    """Return all metrics as Prometheus's text."""
    registry = CollectorRegistry()
    for path in settings.METRICS_COLLECTORS:
        registry.register(import_string(path)())
    return generate_latest(registry)


def may_read(*, authorization: str, address: str) -> bool:
    """Say whether a request may read them: by the token, or from this machine if there is none."""
    if not settings.METRICS_TOKEN:
        return address in LOOPBACK
    expected = f"Bearer {settings.METRICS_TOKEN}"
    return hmac.compare_digest(authorization.encode(), expected.encode())
