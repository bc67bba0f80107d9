"""Reports of faults to Sentry, or to what speaks like it. Imported only where an address is set.

What leaves is what a fault is found by: where it happened, whose request by their id, and under
which id the log tells more. No bodies, headers, cookies, queries, addresses, or values of variables.
"""

import logging
from typing import Any

import sentry_sdk
from django.conf import settings
from sentry_sdk.integrations.argv import ArgvIntegration
from sentry_sdk.integrations.celery import CeleryIntegration
from sentry_sdk.integrations.django import DjangoIntegration
from sentry_sdk.integrations.logging import LoggingIntegration
from sentry_sdk.integrations.redis import RedisIntegration
from sentry_sdk.scrubber import DEFAULT_DENYLIST, EventScrubber
from sentry_sdk.types import Event, Hint

from common import request_id
from common.version import VERSION
from monitoring import about
from monitoring.plain import plain_object

# Headers have hyphens where the library's own list has underscores.
DENIED = [*DEFAULT_DENYLIST, *(name.replace("_", "-") for name in DEFAULT_DENYLIST)]
DEEPER = ("exception", "breadcrumbs", "spans", "extra", "contexts", "tags", "logentry")


def begin() -> None:
    """Report from now on."""
    sentry_sdk.init(
        dsn=settings.SENTRY_DSN,
        release=f"omicsoracle@{VERSION}",
        environment=settings.ENVIRONMENT,
        sample_rate=settings.SENTRY_SAMPLED,
        traces_sample_rate=settings.SENTRY_TRACES_SAMPLED,
        send_default_pii=False,
        include_local_variables=False,
        max_request_body_size="never",
        trace_propagation_targets=[],
        auto_enabling_integrations=False,
        disabled_integrations=[ArgvIntegration()],
        integrations=[
            DjangoIntegration(transaction_style="url", signals_spans=False),
            CeleryIntegration(propagate_traces=False),
            RedisIntegration(),
            LoggingIntegration(level=logging.WARNING, event_level=logging.ERROR),
        ],
        event_scrubber=EventScrubber(denylist=DENIED, recursive=True),
        before_send=scrubbed,
        before_send_transaction=scrubbed,
    )


def scrubbed(event: Event, hint: Hint) -> Event:
    """Return a report that may leave."""
    made: dict[str, Any] = dict(event)
    made.pop("server_name", None)
    record = hint.get("log_record")
    if record is not None and isinstance(record.msg, dict):  # one of structlog's
        told = dict(record.msg)
        made["logentry"] = {"message": str(told.pop("event", ""))}
        made["extra"] = told
    for name in DEEPER:
        if name in made:
            made[name] = _clean(made[name])
    made.pop("request", None)
    made["user"] = {}
    made["tags"] = {**made.get("tags", {}), "correlation_id": request_id.current() or ""}
    if (request := about.current()) is not None:
        made["request"] = {"method": about.method_of(request), "url": f"/{about.route_of(request)}"}
        user_id = about.user_id_of(request)
        made["user"] = {"id": user_id} if user_id else {}
    return made  # type: ignore[return-value]


def _clean(value: Any) -> Any:
    """Return a part of a report without secrets, of whatever depth that part needs."""
    if isinstance(value, dict):
        shallow = {name: one for name, one in value.items() if not isinstance(one, dict | list)}
        deep = {name: _clean(one) for name, one in value.items() if isinstance(one, dict | list)}
        return {**plain_object(shallow), **deep}
    if isinstance(value, list):
        return [_clean(one) for one in value]
    return plain_object({"value": value})["value"]
