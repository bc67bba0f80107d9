"""What the machine carries, for long: whether anything fails, and whether anything grows."""

import json
import sys
from collections.abc import Sequence
from dataclasses import astuple

from django.conf import settings

from tests.performance.accounts.report import Row
from tests.performance.endurance import report
from tests.performance.endurance.following import followed
from tests.performance.endurance.generator import Phase
from tests.performance.endurance.sampling import Sample, sampled
from tests.performance.endurance.sending import send
from tests.performance.endurance.site import Site
from tests.performance.endurance.spans import Span, joint
from tests.performance.endurance.trends import trend

MINUTES, SHORT_MINUTES = 30.0, 1.0
LEAST, RISE, RISES = (
    40.0,
    1.25,
    14,
)  # requests a second: where the search for what is carried begins
RISE_SECONDS = 10.0
CARRIED = 0.6  # of what the machine can do
MINUTE, SHORT_MINUTE = 60.0, 10.0
LOOKS = 6  # in a minute
MOST_GROWTH = 0.05  # of memory, an hour
FEW, MOST_SHARE = 3.0, 0.01  # descriptors and the like, an hour
MOST_WAITING = 10.0
JUDGED = 600.0  # seconds: a slope of less time says nothing


def soak(site: Site, *, short: bool, rate: float, minutes: float) -> list[Row]:
    """Ask what the machine carries, minute after minute, and watch what the processes hold."""
    minutes = minutes or (SHORT_MINUTES if short else MINUTES)
    most = 0.0 if rate else _carried(site)
    rate = rate or CARRIED * most
    sys.stderr.write(f"{rate:,.0f}/s from here on\n")
    every = SHORT_MINUTE if short else MINUTE
    with sampled(site, every=every / LOOKS) as samples, followed(site) as sockets:
        whole = _asked(site, Phase(rate, minutes * 60), every, samples)
    said = f"{CARRIED:.0%} of the {most:,.0f}/s that were answered in good time" if most else ""
    return [
        Row(
            f"{rate:,.0f}/s for {minutes:,.0f} minutes", f"{report.rate(whole)}; {said}".strip("; ")
        ),
        report.errors(whole),
        report.refusals(whole),
        report.generator(whole),
        *report.by_route(whole),
        sockets.row(),
        *growth(samples),
    ]


def _carried(site: Site) -> float:
    """Return the highest rate of those that rise step by step that was answered in good time."""
    rates = [LEAST, *(LEAST * RISE**number for number in range(RISES))]  # the first: a warm-up
    spans = send(site, [Phase(one, RISE_SECONDS) for one in rates], every=RISE_SECONDS)
    best = LEAST
    for span in spans:
        number = round(span.began / RISE_SECONDS)
        if number and not report.is_good(span):
            break
        best = max(best, rates[number])
    spans.close()
    return best


def _asked(site: Site, phase: Phase, every: float, samples: Sequence[Sample]) -> Span:
    """Return all minutes in one; each is written down when it is over."""
    whole = Span(0.0, 0.0)
    with (settings.VAR_DIR / "soak.jsonl").open("w", encoding="utf-8") as file:
        for span in send(site, [phase], every=every):
            whole = joint([whole, span])
            held = samples[-1].values if samples else {}
            file.write(json.dumps(_minute(span) | {"held": held}) + "\n")
            file.flush()
            sys.stderr.write(f"{span.ended:.0f} s: {report.rate(span)}\n")
    return whole


def _minute(span: Span) -> dict[str, object]:
    routes = {
        name: [*astuple(one.took.latency()), one.took.total, one.refused.total, one.errors]
        for name, one in span.routes.items()
    }
    return {"ended": span.ended, "routes": routes, "busy": span.busy, "unsent": span.unsent}


def growth(samples: Sequence[Sample]) -> list[Row]:
    """Return what the processes held after the first third, and whether it grew."""
    moments = [one.at for one in samples]
    names = samples[0].values if samples else {}
    return [_grown(name, moments, [one.values[name] for one in samples]) for name in names]


def _grown(name: str, moments: Sequence[float], values: Sequence[float]) -> Row:
    found = trend(moments, values)
    if found is None:
        return Row(name, "too few looks")
    seen = f"mean {found.mean:,.1f}, highest {max(values):,.1f}, at the end {values[-1]:,.1f}"
    if name.startswith("waiting"):
        most = max(MOST_WAITING, 2 * found.mean)
        return Row(name, seen, f"at the end ≤ {most:,.0f}", values[-1] <= most)
    measured = f"{seen}; {found.an_hour:+,.1f} an hour ({found.share:+.1%})"
    if moments[-1] - moments[0] < JUDGED:
        return Row(name, f"{measured}; too short a time to judge")
    if name.endswith("MB"):
        return Row(name, measured, f"≤ +{MOST_GROWTH:.0%} an hour", found.share <= MOST_GROWTH)
    most = max(FEW, MOST_SHARE * found.mean)
    return Row(name, measured, f"≤ +{most:,.0f} an hour", found.an_hour <= most)
