"""Where traces and reports of faults go. Without an address, nowhere."""

import os

from omicsoracle.settings.processes import *

# Which of our installations this is, in traces and reports.
ENVIRONMENT = env("ENVIRONMENT", default="") or (
    os.environ.get("DJANGO_SETTINGS_MODULE", "").rpartition(".")[2] or "production"
)

# --- Traces: docs/tracing.md -------------------------------------------------------------------
TRACES_TO = env("OTEL_EXPORTER_OTLP_ENDPOINT", default="")
TRACES_HEADERS = env.dict("OTEL_EXPORTER_OTLP_HEADERS", default={})
# The share of requests and tasks whose traces are kept.
TRACES_SAMPLED = env.float("TRACES_SAMPLED", default=0.02 if ENVIRONMENT == "production" else 1.0)

# --- Faults: docs/tracing.md -------------------------------------------------------------------
SENTRY_DSN = env("SENTRY_DSN", default="")
# The shares of faults, and of requests and tasks as Sentry's own traces, that are reported.
SENTRY_SAMPLED = env.float("SENTRY_SAMPLED", default=1.0)
SENTRY_TRACES_SAMPLED = env.float("SENTRY_TRACES_SAMPLED", default=0.0)
