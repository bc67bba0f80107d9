"""`make bench`: the parts that are named, or all; `--short` for a quick look at the requests."""

import argparse

import django

django.setup()  # models can be imported only after it

from tests.performance import compare  # noqa: E402
from tests.performance.requests import measure, watched  # noqa: E402

PARTS = ("requests", "search", "watching")

parser = argparse.ArgumentParser(prog="python -m tests.performance", description=__doc__)
parser.add_argument("parts", nargs="*", metavar="part", help=f"any of: {', '.join(PARTS)}")
parser.add_argument("--short", action="store_true", help="one short run each; nothing is written")
given = parser.parse_args()
if unknown := set(given.parts) - set(PARTS):
    parser.error(f"no such part: {', '.join(sorted(unknown))}")
if not given.parts or "requests" in given.parts:
    measure.main(short=given.short)
if not given.parts or "search" in given.parts:
    compare.main()
if not given.parts or "watching" in given.parts:
    watched.main(short=given.short)
