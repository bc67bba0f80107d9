"""`make bench PARTS=requests`: all subjects in turn, again and again; medians into the document."""

import sys
from collections.abc import Sequence
from dataclasses import dataclass

import psutil
from django.conf import settings

from tests import documents
from tests.performance import kept
from tests.performance.circumstances import commit_and_machine
from tests.performance.requests import generators, report
from tests.performance.requests.load import Task
from tests.performance.requests.processes import cpu_seconds, wait_until_quiet
from tests.performance.requests.report import BARE, TUNED, USUAL, Run
from tests.performance.requests.site import Site, serving
from tests.performance.requests.subjects import (
    SEARCH,
    SENT,
    Headers,
    Subject,
    asking,
    in_zipf_order,
    never_asked,
    raw,
    same,
    searches,
)

HOT = "`agents/search`, one question again and again"
RATES = (1_000, 10_000)


@dataclass(frozen=True, slots=True)
class Extent:
    """How long each run lasts, how often it is repeated, and how long its warm-up is.

    A minute after they were seen last, credentials are not known to a process any more: runs in
    turn would measure mostly how two hundred people are learned.
    """

    repetitions: int
    seconds: int
    warm_up: int


WHOLE, SHORT = Extent(3, 5, 4), Extent(1, 2, 1)


def main(*, short: bool) -> None:
    """Measure and print; the whole measurement is written into the document too."""
    extent = SHORT if short else WHOLE
    with serving(with_peer=True) as site:
        subjects = [*_bare(site), *_ours(site), *_peers(site)]
        answered = in_turn(subjects, extent)
        rated = [one for one in subjects if one.name in (BARE, HOT, USUAL, TUNED)]
        at_rate = _at_rate(rated, extent)
    parts = [_circumstances(extent, site), report.throughput(answered), report.arrivals(at_rate)]
    now = kept.Figures(commit_and_machine(), report.ratios(answered))
    figures = "\n\n".join([*parts, kept.told(kept.read("requests"), now)])
    sys.stdout.write(figures + "\n")
    if not short:
        documents.put("performance.md", "requests", figures)
        kept.write("requests", now)


def _bare(site: Site) -> list[Subject]:
    server = site.servers["bare"]
    django, drf = (_one_question(site, site.keys, path=path) for path in ("/django", "/drf"))
    return [
        Subject(BARE, server, lambda _: django),
        Subject("bare DRF view", server, lambda _: drf),
    ]


def _ours(site: Site) -> list[Subject]:
    ours, people = site.servers["ours"], site.keys
    zipf = searches(in_zipf_order(site.questions, count=SENT), people)
    datasets = [
        raw("GET", f"/api/v2/datasets/{accession}", people[number % len(people)])
        for number, accession in enumerate(site.accessions)
    ]
    me = same(lambda who: raw("GET", "/api/v2/auth/me", who), people)
    return [
        Subject(HOT, ours, lambda _: _one_question(site, people)),
        Subject("`agents/search`, 500 questions in Zipf order", ours, lambda _: zipf),
        Subject("`datasets/{id}`", ours, lambda _: datasets),
        Subject("`auth/me`", ours, lambda _: me),
        Subject(
            "`agents/search`, every question new",
            ours,
            lambda run: searches(never_asked(site.questions, run=run, count=SENT), people),
        ),
    ]


def _peers(site: Site) -> list[Subject]:
    return [
        Subject(name, site.servers[server], lambda _: _one_question(site, site.tokens))
        for name, server in ((USUAL, "usual"), (TUNED, "tuned"))
        if server in site.servers
    ]


def _one_question(site: Site, people: Sequence[Headers], *, path: str = SEARCH) -> list[bytes]:
    body = asking(site.questions[0])
    return same(lambda who: raw("POST", path, who, body), people)


def in_turn(subjects: Sequence[Subject], extent: Extent) -> dict[str, list[Run]]:
    """Let 64 clients ask one subject after the other, again and again."""
    runs: dict[str, list[Run]] = {one.name: [] for one in subjects}
    for repetition in range(1, extent.repetitions + 1):
        for one in subjects:
            runs[one.name].append(_run(one, repetition, extent, rate=0))
    return runs


def _at_rate(subjects: Sequence[Subject], extent: Extent) -> dict[tuple[int, str], list[Run]]:
    runs: dict[tuple[int, str], list[Run]] = {
        (rate, one.name): [] for rate in RATES for one in subjects
    }
    for repetition in range(1, extent.repetitions + 1):
        for rate in RATES:
            for one in subjects:
                runs[rate, one.name].append(_run(one, repetition, extent, rate=rate))
    return runs


def _run(subject: Subject, repetition: int, extent: Extent, *, rate: int) -> Run:
    """Measure once; what the run leaves to do, as writing usage down, is counted as its cost."""
    server = subject.server
    generators.run(Task(server.port, subject.requests(0), extent.warm_up))
    wait_until_quiet(server.pids)
    before = cpu_seconds(server.pids)
    load = generators.run(
        Task(server.port, subject.requests(repetition), float(extent.seconds), float(rate))
    )
    wait_until_quiet(server.pids)
    run = Run(load, cpu_seconds(server.pids) - before)
    at = f" at {rate:,}/s" if rate else ""
    sys.stderr.write(f"{subject.name}{at}: {run.per_second:,.0f}/s served\n")
    return run


def _circumstances(extent: Extent, site: Site) -> str:
    return " ".join(
        [
            f"{commit_and_machine()}, {psutil.cpu_count()} cores, shared by the load, the servers,",
            f"PostgreSQL and Valkey. {settings.WEB_WORKERS} workers a server, each on a core of its",
            f"own; {len(site.keys)} users; answers of {len(site.answer):,} bytes.",
            f"Medians of {extent.repetitions} runs of {extent.seconds} s, each after {extent.warm_up} s",
            "of the same as a warm-up, the subjects in turn;",
            f"64 clients by {generators.name()}. CPU is what the server, PostgreSQL and Valkey used",
            "for a request, with what was left to do after the run.",
            site.peer_missing,
        ]
    ).strip()
