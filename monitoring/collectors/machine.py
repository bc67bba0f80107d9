"""The machine, or the container that is all we may have of it."""

import contextlib
import platform
import time
from collections.abc import Iterator
from pathlib import Path

import django
import psutil
from django.conf import settings
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, InfoMetricFamily, Metric
from prometheus_client.registry import Collector

from common.version import VERSION
from monitoring import slots

# What the kernel says of the control group that we are in, version 2.
GROUP = Path("/sys/fs/cgroup")


class MachineCollector(Collector):
    """Processors, memory, disk; and what runs here."""

    def collect(self) -> Iterator[Metric]:
        busy = CounterMetricFamily(
            "omicsoracle_machine_cpu_seconds",
            "What processors did, since the start.",
            labels=["mode"],
        )
        for mode in ("user", "system", "idle", "iowait"):
            busy.add_metric([mode], getattr(psutil.cpu_times(), mode, 0.0))
        yield busy
        used, limit = memory()
        disk = psutil.disk_usage(str(settings.VAR_DIR))
        for name, says, value in (
            ("machine_processors", "Processors.", psutil.cpu_count() or 1),
            ("machine_load", "Load average of a minute.", psutil.getloadavg()[0]),
            ("machine_memory_used_bytes", "Memory that is not to be had.", used),
            ("machine_memory_bytes", "Memory that there is, or that we may use.", limit),
            ("machine_disk_free_bytes", "Room on the disk that VAR_DIR is on.", disk.free),
            ("machine_disk_bytes", "Size of that disk.", disk.total),
            ("machine_timestamp_seconds", "What its clock says.", time.time()),
        ):
            yield GaugeMetricFamily(f"omicsoracle_{name}", says, value=value)
        yield InfoMetricFamily(
            "omicsoracle_build",
            "What runs here.",
            value={
                "version": VERSION,
                "python": platform.python_version(),
                "django": django.get_version(),
            },
        )


def memory(group: Path = GROUP) -> tuple[int, int]:
    """Return the bytes that are in use and those that there are: of the container, if it is limited.

    Settings may say how much the platform may have; then what its processes use counts. Files
    that the kernel keeps and could give up are not in use.
    """
    if settings.METRICS_MEMORY_BYTES:
        return _resident(), settings.METRICS_MEMORY_BYTES
    machine = psutil.virtual_memory()
    try:
        limit = (group / "memory.max").read_text().strip()
        current = int((group / "memory.current").read_text())
        rows = (group / "memory.stat").read_text().splitlines()
    except OSError:
        limit, current, rows = "max", 0, []
    if not limit.isdigit() or int(limit) >= machine.total:
        return machine.total - machine.available, machine.total
    kept = next((int(row.split()[1]) for row in rows if row.startswith("inactive_file ")), 0)
    return max(0, current - kept), int(limit)


def _resident() -> int:
    """Return the bytes of memory that all processes which count here have in use."""
    total = 0
    for slot in slots.living():
        with contextlib.suppress(psutil.Error):  # it has ended meanwhile
            total += psutil.Process(slot.pid).memory_info().rss
    return total
