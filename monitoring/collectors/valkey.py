"""The two Valkeys, what waits in the broker, and whether a worker lives."""

from collections.abc import Iterator
from typing import Any

import redis
from django.conf import settings
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from monitoring import health

QUEUES = ("celery", "batch")
COUNTERS = {
    "commands": ("Commands that it carried out.", "total_commands_processed"),
    "evicted_keys": ("Keys thrown away to make room.", "evicted_keys"),
    "keyspace_hits": ("Keys that were asked for and there.", "keyspace_hits"),
    "keyspace_misses": ("Keys that were asked for and not there.", "keyspace_misses"),
    "rejected_connections": ("Connections that were one too many.", "rejected_connections"),
}
GAUGES = {
    "connections": ("Connections that are open.", "connected_clients"),
    "max_connections": ("Connections at most.", "maxclients"),
    "memory_bytes": ("Memory that it uses.", "used_memory"),
    "max_memory_bytes": ("Memory that it may use; 0 is as much as there is.", "maxmemory"),
}


class ValkeyCollector(Collector):
    """Figures of each server that answers. One that does not is `up 0` and nothing else."""

    def collect(self) -> Iterator[Metric]:
        servers = {"broker": settings.REDIS_URL, "cache": settings.CACHE_URL}
        said = {name: _said(url) for name, url in servers.items()}
        up = GaugeMetricFamily("omicsoracle_valkey_up", "Whether it answers.", labels=["server"])
        for name, info in said.items():
            up.add_metric([name], bool(info))
        yield up
        families: tuple[tuple[Any, dict[str, tuple[str, str]]], ...] = (
            (CounterMetricFamily, COUNTERS),
            (GaugeMetricFamily, GAUGES),
        )
        for family, figures in families:
            for figure, (says, field) in figures.items():
                metric = family(f"omicsoracle_valkey_{figure}", says, labels=["server"])
                for name, info in said.items():
                    if field in info:
                        metric.add_metric([name], float(info[field]))
                yield metric
        if said["broker"]:
            yield from _work()


def _said(url: str) -> dict[str, Any]:
    try:
        with health.client(url) as client:
            info: dict[str, Any] = client.info()
            return info
    except redis.RedisError:
        return {}


def _work() -> Iterator[Metric]:
    queued = GaugeMetricFamily(
        "omicsoracle_tasks_queued", "Tasks that no worker has taken.", labels=["queue"]
    )
    with health.client() as client:
        for queue in QUEUES:
            queued.add_metric([queue], float(client.llen(queue)))
        is_there = client.exists(health.HEARTBEAT)
    yield queued
    yield GaugeMetricFamily(
        "omicsoracle_worker_up",
        "Whether a worker has shown itself in the last half minute.",
        value=float(bool(is_there)),
    )
