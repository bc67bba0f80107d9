"""What spans come to: sentences and rows."""

from collections.abc import Iterator, Sequence

from tests.performance.accounts.report import Row
from tests.performance.endurance import sending
from tests.performance.endurance.spans import Outcome, Span
from tests.performance.requests.summary import Latency

MOST_ERRORS = 0.001  # of all requests
MOST_P95 = 500.0  # milliseconds: beyond it answers do not come in good time
MOST_REFUSED_P99 = 1_000.0
IN_A_ROW = 3


def share(count: float, total: float) -> float:
    return count / total if total else 0.0


def times(took: Latency) -> str:
    if took.p95 is None:
        return "none"
    return f"p50 {took.p50:.0f} ms, p95 {took.p95:.0f} ms, p99 {took.p99:.0f} ms"


def told(outcome: Outcome) -> str:
    """Return what came of a route, or of all, in words."""
    said = f"{outcome.took.total:,} served, {times(outcome.took.latency())}"
    if outcome.refused.total:
        said += f"; {outcome.refused.total:,} refused"
    return f"{said}; {outcome.errors:,} errors" if outcome.errors else said


def rate(span: Span) -> str:
    """Return what came of a span, by the second."""
    whole = span.whole
    served, refused = (one.total / span.seconds for one in (whole.took, whole.refused))
    said = f"served {served:,.0f}/s, {times(whole.took.latency())}"
    if whole.refused.total:
        said += f"; refused {refused:,.0f}/s, p99 {whole.refused.percentile(99):.0f} ms"
    if span.unsent:
        said += f"; {span.unsent / span.seconds:,.0f}/s could not be sent"
    return f"{said}; {whole.errors:,} errors"


def is_good(span: Span) -> bool:
    """Say whether all was answered in good time, and as expected."""
    whole = span.whole
    missing = whole.errors + whole.refused.total + span.unsent
    p95 = whole.took.percentile(95)
    return p95 is not None and p95 <= MOST_P95 and missing <= MOST_ERRORS * span.due


def errors(span: Span) -> Row:
    whole = span.whole
    part = share(whole.errors, whole.statuses.total())
    statuses = ", ".join(
        f"{count:,} × {status}" for status, count in sorted(whole.statuses.items())
    )
    return Row(
        "answers that are neither expected nor refusals",
        f"{whole.errors:,} of {whole.statuses.total():,} ({part:.3%}); {statuses} (0: no answer)",
        f"< {MOST_ERRORS:.1%}",
        part < MOST_ERRORS,
    )


def refusals(span: Span) -> Row:
    refused, silent = span.whole.refused, span.whole.silent
    if not refused.total:
        return Row("refusals", "none")
    return Row(
        "refusals, from when they were sent",
        f"{refused.total:,} ({share(refused.total, span.due):.1%} of all),"
        f" {times(refused.latency())}; without `Retry-After` {silent}",
        f"p99 ≤ {MOST_REFUSED_P99:,.0f} ms, all with `Retry-After`",
        (refused.percentile(99) or 0) <= MOST_REFUSED_P99 and not silent,
    )


def by_route(span: Span) -> list[Row]:
    return [Row(name, told(span.routes[name])) for name in sorted(span.routes)]


def generator(span: Span) -> Row:
    """Return whether the load was what it was said to be."""
    late = span.late.latency()
    is_behind = sending.is_bottleneck(span)
    said = (
        f"{span.busy:.0%} of a core; sent {times(late)} after it could have been;"
        f" {span.unsent:,} of {span.due:,} could not be sent within a second"
    )
    behind = ": **it was the bottleneck, the platform was asked less, or later, than is said here**"
    promised = f"p99 ≤ {sending.LATE_MS:.0f} ms"
    return Row("the generator itself", said + behind * is_behind, promised, not is_behind)


def between(spans: Sequence[Span], since: float, until: float) -> Iterator[Span]:
    """Yield the spans that lie between two moments, in their order."""
    inside = (one for one in spans if one.began >= since - 1e-6 and one.ended <= until + 1e-6)
    return iter(sorted(inside, key=lambda one: one.began))


def recovery(before: Sequence[Span], after: Sequence[Span]) -> float | None:
    """Return the seconds until all is as before: three spans in a row, none refused, none slower than the slowest before.

    None: it never is.
    """
    slowest = max((one.whole.took.percentile(95) or 0.0 for one in before), default=0.0)
    calm = 0
    for one in after:
        whole = one.whole
        is_calm = not (whole.refused.total or whole.errors or one.unsent)
        calm = calm + 1 if is_calm and (whole.took.percentile(95) or 0.0) <= slowest else 0
        if calm == IN_A_ROW:
            return one.ended - IN_A_ROW * one.seconds - after[0].began
    return None
