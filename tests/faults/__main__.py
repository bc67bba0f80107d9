"""`python -m tests.faults drill|bench [--short]`: `make drill`, `make bench-faults`."""

import sys

import django

django.setup()  # models can be imported only after it

from tests.faults import bench, whole_drill  # noqa: E402

PARTS = {"drill": whole_drill.main, "bench": bench.main}
sys.exit(PARTS[sys.argv[1]](is_short="--short" in sys.argv))
