"""Runs the generator in a process of its own, and reads what it tells while it goes on."""

import subprocess
import sys
import tempfile
from collections.abc import Generator, Sequence

from django.conf import settings

from tests.performance.endurance import generator
from tests.performance.endurance.generator import Phase, Plan
from tests.performance.endurance.mix import routes
from tests.performance.endurance.site import Site
from tests.performance.endurance.spans import Span

BUSY, LATE_MS, UNSENT = 0.85, 50.0, 0.001
ENDING = 10.0  # seconds


def send(site: Site, phases: Sequence[Phase], *, every: float) -> Generator[Span]:
    """Yield spans of so many seconds, each when it is over.

    :raises RuntimeError: if the generator ends otherwise than well
    """
    plan = Plan(site.port, routes(site), phases, every)
    with tempfile.TemporaryFile("w+") as errors:
        process = subprocess.Popen(
            [sys.executable, "-m", generator.__name__],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=errors,
            text=True,
            cwd=settings.BASE_DIR,
        )
        assert process.stdin is not None
        assert process.stdout is not None
        try:
            process.stdin.write(plan.as_json())
            process.stdin.close()
            for line in process.stdout:
                yield generator.read(line)
            process.wait(ENDING)
        finally:
            if process.poll() is None:  # whoever reads has seen enough
                process.kill()
            process.wait()
            process.stdout.close()
        if process.returncode:
            errors.seek(0)
            raise RuntimeError(f"The load generator failed: {errors.read().strip()[-500:]}")


def is_bottleneck(span: Span) -> bool:
    """Say whether less was sent than was due, or later, because the generator had no time."""
    late = span.late.percentile(99) or 0.0
    return late > LATE_MS or (span.unsent > UNSENT * span.due and span.busy > BUSY)
