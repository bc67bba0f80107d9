"""`python -m tests.fakes PORT`: a stand-in for NCBI that knows the series of the shared corpus."""

import gzip
import sys
import threading

import orjson

from tests.fakes import ncbi
from tests.fakes.ncbi import CORPUS
from tests.fakes.shelf import Shelf


def main(port: int) -> None:
    with gzip.open(CORPUS.parent / "series.jsonl.gz") as lines, ncbi.serve(port=port) as fake:
        fake.shelf = Shelf.of(orjson.loads(line) for line in lines)
        sys.stdout.write(
            f"{len(fake.shelf.series)} series. Ask them with\n"
            f"NCBI_EMAIL=you@example.org NCBI_URL={fake.url} NCBI_GEO_URL={fake.geo_url}\n"
        )
        sys.stdout.flush()
        threading.Event().wait()


if __name__ == "__main__":
    main(int(sys.argv[1]))
