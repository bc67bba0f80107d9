"""`make bench PARTS=watching`: what metrics, log lines and traces cost an answer that is given ahead of Django."""

import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from tests import documents
from tests.fakes import misbehaving
from tests.performance.circumstances import commit_and_machine
from tests.performance.requests import report
from tests.performance.requests.measure import SHORT, WHOLE, in_turn
from tests.performance.requests.report import BARE
from tests.performance.requests.site import serving
from tests.performance.requests.subjects import SEARCH, Subject, asking, raw, same

NOTHING = "nothing is watched"


def main(*, short: bool) -> None:
    """Measure the same server in each of its forms, in turn, beside a bare view."""
    extent = SHORT if short else WHOLE
    with _collector() as collector, serving(with_peer=False, forms=_forms(collector)) as site:
        body = asking(site.questions[0])
        ours = same(lambda who: raw("POST", SEARCH, who, body), site.keys)
        bare = same(lambda who: raw("POST", "/django", who, body), site.keys)
        subjects = [Subject(BARE, site.servers["bare"], lambda _: bare)]
        subjects += [Subject(name, site.servers[name], lambda _: ours) for name in _forms("")]
        runs = in_turn(subjects, extent)
    figures = f"{commit_and_machine()}.\n\n{report.throughput(runs)}"
    sys.stdout.write(figures + "\n")
    if not short:
        documents.put("metrics-measured.md", "cost", figures)


def _forms(collector: str) -> Mapping[str, Mapping[str, str]]:
    """Return the environment of each form: each watches what the one before does, and one thing more."""
    silent = {
        "DJANGO_SETTINGS_MODULE": "tests.performance.requests.watched_settings",
        "LOG_LEVEL": "CRITICAL",
        "WATCHED_METRICS": "off",
        "WATCHED_TRACES_TO": "",
        "WATCHED_TRACES_SAMPLED": "0",
    }
    counted = silent | {"WATCHED_METRICS": "on"}
    logged = counted | {"LOG_LEVEL": "INFO"}
    sampled = logged | {"WATCHED_TRACES_TO": collector, "WATCHED_TRACES_SAMPLED": "0.02"}
    return {
        NOTHING: silent,
        "metrics": counted,
        "metrics and logs": logged,
        "metrics, logs, traces of 2 %": sampled,
        "metrics, logs, all traces": sampled | {"WATCHED_TRACES_SAMPLED": "1"},
    }


class _Collector(misbehaving.Handler):
    """Takes traces, and looks at none."""

    def do_POST(self) -> None:  # noqa: N802 (the library's)
        self.rfile.read(int(self.headers["Content-Length"]))
        self.answer("", b"", {})


@contextmanager
def _collector() -> Iterator[str]:
    with misbehaving.listening(_Collector) as address:
        yield address
