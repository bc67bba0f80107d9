"""Our reading of SOFT families beside GEOparse's: what each finds, how long it takes, what it holds.

`python -m tests.performance.parsers --peer PYTHON`, where PYTHON has requirements/peer-geo.in; the
table goes to docs/evaluation-parsers.md. Each parser reads all files in one process of its own.
"""

import argparse
import json
import platform
import resource
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from discovery.geo.reading import read
from discovery.geo.records import Family, Unreadable
from tests.evaluation.corpus import FOLDER

REPORT = Path(__file__).parents[2] / "docs" / "evaluation-parsers.md"
PEER = Path(__file__).with_name("geoparse_peer.py")
SAMPLES, ROWS = 200, 20_000  # of the large file that we make


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--peer", default=sys.executable, help="a Python that has GEOparse")
    options.add_argument("--ours", nargs="*", help=argparse.SUPPRESS)
    chosen = options.parse_args()
    if chosen.ours is not None:
        sys.stdout.write(json.dumps(read_all(chosen.ours)))
        return
    ours = [sys.executable, "-m", "tests.performance.parsers", "--ours"]
    peers = [chosen.peer, str(PEER)]
    with tempfile.TemporaryDirectory() as folder:
        real, large = families(), [str(make_large(Path(folder) / "GSE1_family.soft"))]
        runs = {
            files[0]: [run(command, files) for command in (ours, peers)] for files in (real, large)
        }
    page = report(real, runs[real[0]], runs[large[0]])
    REPORT.write_text(page)
    sys.stdout.write(page)


def families() -> list[str]:
    """Return the SOFT files of series in the corpus."""
    paths = sorted((FOLDER / "ncbi").rglob("GSE*.soft*"))
    return [str(path) for path in paths]


def make_large(path: Path) -> Path:
    """Write a family as large as a big array series."""
    row = "".join(f"{number}_at\t{number / 7:.5f}\n" for number in range(ROWS))
    with path.open("w") as file:
        file.write("^SERIES = GSE1\n!Series_title = Large\n!Series_summary = Made up.\n")
        for number in range(1, SAMPLES + 1):
            file.write(f"^SAMPLE = GSM{number}\n!Sample_title = {number}\n")
            file.write(
                f"#ID_REF = \n#VALUE = \n!sample_table_begin\nID_REF\tVALUE\n{row}!sample_table_end\n"
            )
    return path


def run(command: Sequence[str], files: Sequence[str]) -> Any:
    done = subprocess.run([*command, *files], capture_output=True, check=True)
    return json.loads(done.stdout)


def read_all(paths: Sequence[str]) -> dict[str, Any]:
    answers = {}
    for path in paths:
        started = time.perf_counter()
        try:
            with Path(path).open("rb") as file:
                family = read(file)
            said = fields(family) if isinstance(family, Family) else {}
        except Unreadable as error:
            said = {"error": [str(error)]}
        answers[path] = {"seconds": time.perf_counter() - started, "fields": said}
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    return {"peak": peak, "files": answers}


def fields(family: Family) -> dict[str, list[str]]:
    series, samples = family.series[0], family.samples
    return {
        "title": [series.title],
        "summary": [series.summary],
        "overall design": [series.overall_design or ""],
        "PubMed ids": series.pubmed_ids,
        "relations": series.relations,
        "platforms": series.platforms,
        "number of samples": [str(series.sample_count)],
        "sample titles": [one.title for one in samples],
        "organisms": [text for one in samples for text in one.organisms],
        "characteristics": [text for one in samples for text in one.characteristics],
    }


def report(real: Sequence[str], runs: Sequence[Any], large: Sequence[Any]) -> str:
    size = sum(Path(path).stat().st_size for path in real) / 2**20
    lines = [
        "# Reading SOFT families: ours and GEOparse",
        "",
        (
            f"Python {platform.python_version()}, each parser in a process of its own, made by"
            " `python -m tests.performance.parsers`. GEOparse keeps the data tables as data frames; ours"
            " counts their rows and lets them go by, since nothing here uses them."
        ),
        "",
        "| | ours | GEOparse |\n| --- | ---: | ---: |",
        row(
            f"{len(real)} real files ({size:.1f} MB packed): seconds", map(seconds, runs), "{:.2f}"
        ),
        row("… peak memory, MB", (one["peak"] for one in runs), "{}"),
        row("… files read", map(files_read, runs), "{}"),
        row(f"{SAMPLES} samples × {ROWS:,} rows: seconds", map(seconds, large), "{:.2f}"),
        row("… peak memory, MB", (one["peak"] for one in large), "{}"),
        "",
        "| field, in files that both read | the same | only ours | only GEOparse | differ |",
        "| --- | ---: | ---: | ---: | ---: |",
    ]
    for name, counts in compared(*(one["files"] for one in runs)).items():
        numbers = [counts[one] for one in ("same", "ours", "theirs", "differ")]
        lines.append(f"| {name} | " + " | ".join(map(str, numbers)) + " |")
    lines += ["", "Refused or failed:", "", *refusals(*(one["files"] for one in runs))]
    return "\n".join(lines) + "\n"


def row(name: str, values: Any, form: str) -> str:
    return f"| {name} | " + " | ".join(form.format(value) for value in values) + " |"


def seconds(run_: Any) -> float:
    return sum(float(one["seconds"]) for one in run_["files"].values())


def files_read(run_: Any) -> int:
    return sum("error" not in one["fields"] for one in run_["files"].values())


def compared(ours: Any, theirs: Any) -> dict[str, Counter[str]]:
    counts: dict[str, Counter[str]] = {}
    for path, mine in ours.items():
        other = theirs[path]["fields"]
        if "error" in mine["fields"] or "error" in other:
            continue
        for name, said in mine["fields"].items():
            counts.setdefault(name, Counter())[verdict(said, other[name])] += 1
    return counts


def verdict(ours: Sequence[str], theirs: Sequence[str]) -> str:
    """Say who found something. The same: the same lines, in any order, empty ones left out."""
    one, other = (
        {line.strip() for text in said for line in text.split("\n")} - {""}
        for said in (ours, theirs)
    )
    if one == other:
        return "same"
    if not one or not other:
        return "ours" if one else "theirs"
    return "differ"


def refusals(ours: Any, theirs: Any) -> list[str]:
    return [
        f"- {who}: `{Path(path).name}`: {one['fields']['error'][0]}"
        for who, files in (("ours", ours), ("GEOparse", theirs))
        for path, one in files.items()
        if "error" in one["fields"]
    ]


if __name__ == "__main__":
    main()
