"""Traces by OpenTelemetry: docs/tracing.md. Nothing here but `begin` may be imported without them."""
