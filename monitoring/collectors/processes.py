"""The processes of this machine that count, each by its slot: `web-0`, `batch-1`."""

from collections.abc import Iterator

import psutil
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from monitoring import slots

LABELS = ["process"]


class ProcessCollector(Collector):
    """What each process takes of the machine. One that ends while it is looked at is left out."""

    def collect(self) -> Iterator[Metric]:
        cpu = CounterMetricFamily(
            "omicsoracle_process_cpu_seconds", "Processor time, since its start.", labels=LABELS
        )
        memory = GaugeMetricFamily(
            "omicsoracle_process_resident_bytes", "Memory that it has in use.", labels=LABELS
        )
        files = GaugeMetricFamily("omicsoracle_process_open_files", "Open files.", labels=LABELS)
        threads = GaugeMetricFamily("omicsoracle_process_threads", "Threads.", labels=LABELS)
        began = GaugeMetricFamily(
            "omicsoracle_process_start_timestamp_seconds", "When it began.", labels=LABELS
        )
        for slot in slots.living():
            try:
                process = psutil.Process(slot.pid)
                with process.oneshot():
                    times = process.cpu_times()
                    figures = (
                        (cpu, times.user + times.system),
                        (memory, process.memory_info().rss),
                        (files, process.num_fds()),
                        (threads, process.num_threads()),
                        (began, process.create_time()),
                    )
            except psutil.Error:
                continue
            for family, figure in figures:
                family.add_metric([slot.name], figure)
        yield from (cpu, memory, files, threads, began)
