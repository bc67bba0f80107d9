"""More than usual: for a minute, more and more, and all of a sudden."""

from collections.abc import Sequence

from tests.performance.accounts.report import Row
from tests.performance.endurance import report
from tests.performance.endurance.generator import Phase
from tests.performance.endurance.sending import is_bottleneck, send
from tests.performance.endurance.site import Site
from tests.performance.endurance.spans import Span, joint

LOAD = 1_000.0  # requests a second
LOAD_SECONDS, SHORT_LOAD_SECONDS = 60.0, 15.0
USUAL = 60.0  # requests a second, which two cores carry easily
STEPS = (120.0, 250.0, 500.0, 1_000.0, 2_000.0, 5_000.0, 10_000.0)
SHORT_STEPS = (120.0, 1_000.0, 10_000.0)
STEP_SECONDS, SHORT_STEP_SECONDS = 6.0, 4.0
TIMES, SPIKE_SECONDS = 10, 10.0
WARM_UP, BEFORE, AFTER = 5.0, 10.0, 30.0
MOST_RECOVERY = 10.0  # seconds


def load(site: Site, *, short: bool, rate: float, minutes: float) -> list[Row]:
    """Ask so much for a minute."""
    rate = rate or LOAD
    seconds = minutes * 60 or (SHORT_LOAD_SECONDS if short else LOAD_SECONDS)
    spans = _sent(site, [Phase(min(rate, USUAL), WARM_UP), Phase(rate, seconds)])
    whole = joint(report.between(spans, WARM_UP, WARM_UP + seconds))
    return [
        Row(f"{rate:,.0f}/s offered for {seconds:.0f} s", report.rate(whole)),
        report.errors(whole),
        report.refusals(whole),
        report.generator(whole),
        *report.by_route(whole),
    ]


def stress(site: Site, *, short: bool, rate: float, minutes: float) -> list[Row]:
    """Ask more and more, and see when answers are late, what happens to the surplus, and after it."""
    usual, steps = rate or USUAL, SHORT_STEPS if short else STEPS
    seconds = SHORT_STEP_SECONDS if short else STEP_SECONDS
    phases = [Phase(one, seconds) for one in steps]
    before, during, after = _surrounded(site, usual, phases)
    begins = [during[0].began + number * seconds for number in range(len(steps))]
    each = [joint(report.between(during, since, since + seconds)) for since in begins]
    late = [step for step, span in zip(steps, each, strict=True) if not report.is_good(span)]
    whole = joint(during)
    return [
        Row(f"{usual:,.0f}/s before", report.rate(joint(before))),
        *(_step(step, span) for step, span in zip(steps, each, strict=True)),
        Row(
            f"in good time: p95 ≤ {report.MOST_P95:.0f} ms, {1 - report.MOST_ERRORS:.1%} served",
            f"below {late[0]:,.0f}/s" if late else "all of it",
        ),
        report.errors(whole),
        report.refusals(whole),
        _recovered(usual, before, after),
    ]


def spike(site: Site, *, short: bool, rate: float, minutes: float) -> list[Row]:
    """Ask ten times as much all of a sudden, and see how long it is felt."""
    usual = rate or USUAL
    before, during, after = _surrounded(site, usual, [Phase(usual * TIMES, SPIKE_SECONDS)])
    whole = joint(during)
    return [
        Row(f"{usual:,.0f}/s before", report.rate(joint(before))),
        Row(f"{usual * TIMES:,.0f}/s for {SPIKE_SECONDS:.0f} s", report.rate(whole)),
        report.errors(whole),
        report.refusals(whole),
        report.generator(whole),
        _recovered(usual, before, after),
    ]


def _sent(site: Site, phases: Sequence[Phase]) -> list[Span]:
    return list(send(site, phases, every=1.0))


def _surrounded(
    site: Site, usual: float, phases: Sequence[Phase]
) -> tuple[list[Span], list[Span], list[Span]]:
    """Send what is usual, the phases, and again what is usual; return the seconds of each."""
    lasts = sum(one.seconds for one in phases)
    spans = _sent(site, [Phase(usual, WARM_UP + BEFORE), *phases, Phase(usual, AFTER)])
    begins = WARM_UP + BEFORE
    return (
        list(report.between(spans, WARM_UP, begins)),
        list(report.between(spans, begins, begins + lasts)),
        list(report.between(spans, begins + lasts, begins + lasts + AFTER)),
    )


def _step(step: float, span: Span) -> Row:
    late = span.late.percentile(99) or 0.0
    behind = f"; **the generator was behind**: p99 {late:.0f} ms, {span.busy:.0%} of a core"
    return Row(f"{step:,.0f}/s", report.rate(span) + behind * is_bottleneck(span))


def _recovered(usual: float, before: Sequence[Span], after: Sequence[Span]) -> Row:
    seconds = report.recovery(before, after)
    measured = "never" if seconds is None else f"after {seconds:.0f} s"
    return Row(
        f"{usual:,.0f}/s after it, as before again",
        f"{measured}; {report.rate(joint(after))}",
        f"≤ {MOST_RECOVERY:.0f} s",
        seconds is not None and seconds <= MOST_RECOVERY,
    )
