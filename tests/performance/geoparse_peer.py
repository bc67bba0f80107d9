"""Reads SOFT files with GEOparse, where that is installed: run by tests.performance.parsers."""

import json
import logging
import resource
import sys
import time

import GEOparse  # type: ignore[import-not-found]


def main() -> None:
    logging.disable()
    answers = {}
    for path in sys.argv[1:]:
        started = time.perf_counter()
        try:
            said = fields(GEOparse.get_GEO(filepath=path, silent=True))
        except Exception as error:  # noqa: BLE001 (whatever it does not expect)
            said = {"error": [f"{type(error).__name__}: {error}"[:200]]}
        answers[path] = {"seconds": time.perf_counter() - started, "fields": said}
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    sys.stdout.write(json.dumps({"peak": peak, "files": answers}))


def fields(gse) -> dict[str, list[str]]:
    """Return what it says under our names; absent stays absent."""
    series, samples = gse.metadata, gse.gsms.values()
    return {
        "title": series.get("title", []),
        "summary": ["\n".join(series.get("summary", []))],
        "overall design": ["\n".join(series.get("overall_design", []))],
        "PubMed ids": series.get("pubmed_id", []),
        "relations": series.get("relation", []),
        "platforms": series.get("platform_id", []),
        "number of samples": [str(len(series.get("sample_id", [])) or len(gse.gsms))],
        "sample titles": [text for one in samples for text in one.metadata.get("title", [])],
        "organisms": of(samples, "organism_ch"),
        "characteristics": of(samples, "characteristics_ch"),
    }


def of(samples, start: str) -> list[str]:
    return [
        text
        for one in samples
        for name, texts in one.metadata.items()
        if name.startswith(start)
        for text in texts
    ]


if __name__ == "__main__":
    main()
