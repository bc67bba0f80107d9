"""What is watched: docs/metrics.md."""

import os
from pathlib import Path

from monitoring import slots
from omicsoracle.settings.processes import *

# Where processes of one machine count together: memory is best (tmpfs), for nothing of it must last.
METRICS_DIR = Path(env("METRICS_DIR", default=str(VAR_DIR / "metrics"))).resolve()
os.environ[slots.FOLDER] = str(METRICS_DIR)
# What a process does, as a label: web, live, worker, batch, beat.
slots.share(METRICS_DIR, role=env("METRICS_ROLE", default="other"))
# Of django-prometheus, for statements: seconds.
PROMETHEUS_LATENCY_BUCKETS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5)

# Who may read /metrics from elsewhere: whoever sends it as a Bearer token.
METRICS_TOKEN = env("METRICS_TOKEN", default="")
# What is read from where all processes write it, when Prometheus asks.
METRICS_COLLECTORS = [
    "monitoring.collectors.processes.ProcessCollector",
    "monitoring.collectors.machine.MachineCollector",
    "monitoring.collectors.valkey.ValkeyCollector",
    "monitoring.collectors.files.FileCollector",
    "monitoring.collectors.database.DatabaseCollector",
    "monitoring.collectors.breakers.BreakerCollector",
    "discovery.metrics.NcbiCollector",
    "quotas.metrics.UsageCollector",
    "batch.metrics.BatchCollector",
    "caching.metrics.CacheCollector",
    "accounts.metrics.AccountCollector",
    "history.metrics.BusinessCollector",
]
# Memory that all processes of the platform on this machine may use together; 0: the machine's, or the container's.
METRICS_MEMORY_BYTES = env.int("METRICS_MEMORY_BYTES", default=0)
# The certificate that the site is served with, in PEM form, to tell when it ends.
TLS_CERTIFICATE_FILE = env("TLS_CERTIFICATE_FILE", default="")
# What `deploy/scripts/backup` writes of its last success, if it runs on this machine.
BACKUP_METRICS_FILE = env("BACKUP_METRICS_FILE", default="")
# Checks of /health besides those that monitoring has itself.
HEALTH_CHECKS = {
    "search_index": "discovery.health.search_index",
    "batch": "batch.health.batch",
    "upstreams": "monitoring.breakers.upstreams",
}
