"""The cache's figures for Prometheus, over all processes."""

from collections.abc import Iterator

from django.db.models import Sum
from django.utils import timezone
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric

from caching import services
from caching.models import Statistic
from monitoring.exposition import DatabaseReader

LABELS = ["level", "namespace"]
EVENTS = {
    "hits": "Answers that the level had.",
    "misses": "Answers that the level had not.",
    "evictions": "Answers that made room.",
    "damaged": "Entries that were none of ours.",
    "failures": "Times that the level did not do it.",
}


class CacheCollector(DatabaseReader):
    """Counters since the oldest hour that is kept, and what the levels hold now."""

    def collect(self) -> Iterator[Metric]:
        rows = Statistic.objects.values_list("level", "namespace", "event")
        totals = list(rows.annotate(total=Sum("amount")))
        for event, says in EVENTS.items():
            counter = CounterMetricFamily(f"omicsoracle_cache_{event}", says, labels=LABELS)
            for level, namespace, what, total in totals:
                if what == event:
                    counter.add_metric([level, namespace], total)
            yield counter
        yield from _held()


def _held() -> Iterator[Metric]:
    size = GaugeMetricFamily("omicsoracle_cache_bytes", "Bytes held.", labels=["level"])
    bound = GaugeMetricFamily("omicsoracle_cache_max_bytes", "Bytes at most.", labels=["level"])
    entries = GaugeMetricFamily("omicsoracle_cache_entries", "Answers held.", labels=["level"])
    there = GaugeMetricFamily("omicsoracle_cache_up", "Whether it answers.", labels=["level"])
    for name, level in services.figures(at=timezone.now()).levels.items():
        size.add_metric([name], level.bytes)
        bound.add_metric([name], level.max_bytes)
        entries.add_metric([name], level.entries)
        there.add_metric([name], level.available)
    yield from (size, bound, entries, there)
