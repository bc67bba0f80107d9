import random
from collections.abc import Iterator

import pytest

from tests.performance.endurance import bursts, generator, report, soak
from tests.performance.endurance.generator import (
    NUMBER,
    Generator,
    Phase,
    Plan,
    Route,
    arrivals,
)
from tests.performance.endurance.histogram import STEP, Histogram
from tests.performance.endurance.mix import KINDS
from tests.performance.endurance.sampling import Sample
from tests.performance.endurance.sending import is_bottleneck
from tests.performance.endurance.spans import Outcome, Span, joint
from tests.performance.endurance.trends import trend
from tests.performance.requests.subjects import raw
from tests.performance.requests.summary import percentile
from tests.performance.test_requests import OneAfterTheOther


def histogram(*values: float) -> Histogram:
    made = Histogram()
    for value in values:
        made.add(value)
    return made


def span(
    *took: float, began: float = 0.0, refused: int = 0, errors: int = 0, unsent: int = 0
) -> Span:
    outcome = Outcome(took=histogram(*took), refused=histogram(*[5.0] * refused), errors=errors)
    outcome.statuses.update({200: len(took), 503: refused, 500: errors})
    return Span(began, 1.0, {"all": outcome}, unsent=unsent)


def test_a_histogram_tells_percentiles_at_most_a_step_too_long() -> None:
    chance = random.Random(1)  # noqa: S311 (no secret)
    values = sorted(chance.lognormvariate(3, 1) for _ in range(10_000))
    kept = histogram(*values)

    for share in (0, 50, 95, 99, 100):
        exact = percentile(values, share)
        assert exact * 0.999 <= (kept.percentile(share) or 0) <= exact * STEP * 1.001
    assert len(kept.counts) < 600


def test_a_histogram_of_nothing_has_no_percentile_and_of_moments_the_least() -> None:
    assert Histogram().percentile(95) is None
    assert histogram(0.0, 0.05).percentile(99) == 0.1


def test_requests_are_due_so_often_on_average_each_by_itself() -> None:
    chance = random.Random(1)  # noqa: S311 (no secret)
    due = list(arrivals([Phase(100, 50), Phase(1000, 10)], chance))

    early = [one for one in due if one < 50]
    assert due == sorted(due)
    assert due[-1] < 60
    assert len(early) == pytest.approx(5000, rel=0.05)
    assert len(due) - len(early) == pytest.approx(10_000, rel=0.05)
    # Poisson: of seconds in which a hundred are due on average, the variance is a hundred too.
    counts = [sum(second <= one < second + 1 for one in early) for second in range(50)]
    assert 50 < sum((count - 100) ** 2 for count in counts) / 50 < 200


def test_an_answer_is_right_or_refused_or_an_error() -> None:
    outcome = Outcome()

    outcome.note(404, (404,), waited=20, took=1, is_told=False)
    outcome.note(429, (200, 429), waited=20, took=1, is_told=True)
    outcome.note(503, (200,), waited=20, took=1, is_told=True)
    outcome.note(429, (200,), waited=20, took=1, is_told=False)
    outcome.note(404, (200,), waited=20, took=1, is_told=False)
    outcome.note(0, (200,), waited=20, took=1, is_told=False)

    assert (outcome.took.total, outcome.refused.total, outcome.errors) == (2, 2, 2)
    assert outcome.silent == 1
    assert outcome.took.percentile(50) == pytest.approx(20, rel=0.02)
    assert outcome.refused.percentile(50) == pytest.approx(1, rel=0.02)


def test_a_span_survives_its_way_to_another_process() -> None:
    one = span(1.0, 2.0, refused=3, errors=1, unsent=2)
    one.late.add(7.0)

    assert Span.from_json(one.as_json()).as_json() == one.as_json()
    assert one.due == 8


def test_joint_spans_have_all_that_each_has() -> None:
    idle, busy = span(1.0, errors=1), span(2.0, 2.0, began=1.0, unsent=4)
    busy.busy, busy.seconds = 0.9, 2.0

    whole = joint([idle, busy])

    assert (whole.began, whole.seconds, whole.busy) == (0.0, 3.0, pytest.approx(0.6))
    assert (whole.whole.took.total, whole.whole.errors, whole.unsent) == (3, 1, 4)
    assert idle.whole.took.total == 1


def test_a_plan_survives_its_way_to_another_process() -> None:
    plan = Plan(80, [Route("a", 1.0, [200], [b"\x00\xff"])], [Phase(1.0, 2.0)], 1.0)

    assert Plan.from_json(plan.as_json()) == plan


def test_the_shares_of_the_mix_are_a_hundred_percent() -> None:
    assert sum(one.share for one in KINDS) == pytest.approx(100)
    assert 0.6 < sum(one.share for one in KINDS if "asked before" in one.name) / 100 < 0.7


@pytest.fixture
def standing_still() -> Iterator[OneAfterTheOther]:
    server = OneAfterTheOther(pause=0.5)
    yield server
    server.close()


def sent(port: int, *routes: Route, rate: float = 200.0, seconds: float = 2.0) -> list[Span]:
    spans: list[Span] = []
    Generator(Plan(port, routes, [Phase(rate, seconds)], 1.0), spans.append).run()
    return sorted(spans, key=lambda one: one.began)


@pytest.mark.allow_hosts(["127.0.0.1"])
def test_what_a_standstill_holds_up_counts_in_the_second_in_which_it_was_due(
    standing_still: OneAfterTheOther,
) -> None:
    wanted = Route("wanted", 3.0, [200], [raw("GET", "/", {}, {"number": NUMBER.decode()})])
    other = Route("other", 1.0, [404], [raw("GET", "/", {})])

    first, second = sent(standing_still.port, wanted, other)

    assert first.due + second.due == pytest.approx(400, rel=0.25)
    held_up, later = first.routes["wanted"].took, second.routes["wanted"].took
    # Half a second of standing still: who was due first waited for all of it, and in the next second nobody.
    assert (held_up.percentile(100) or 0) > 400
    assert (held_up.percentile(95) or 0) > (later.percentile(50) or 0)
    assert first.routes["other"].errors == first.routes["other"].statuses[200] > 0
    # All were sent although none had come back, and so none is left out.
    assert first.unsent == 0
    assert first.whole.statuses.total() == first.late.total


@pytest.mark.allow_hosts(["127.0.0.1"])
def test_what_nobody_answers_is_an_error_and_does_not_hold_up_the_end(
    standing_still: OneAfterTheOther, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(generator, "TIMEOUT", 0.1)
    monkeypatch.setattr(generator, "LOOK_EVERY", 0.05)

    (span,) = sent(
        standing_still.port, Route("a", 1.0, [200], [raw("GET", "/", {})]), rate=50, seconds=0.2
    )

    assert span.due > 2
    assert span.whole.statuses == {0: span.due}
    assert span.whole.errors == span.due


def test_who_sends_late_or_has_no_time_is_the_bottleneck() -> None:
    late, full, refused = span(*[1.0] * 100), span(1.0, unsent=1), span(1.0, unsent=1)
    late.late.add(80.0)
    full.busy, refused.busy = 0.95, 0.3

    assert is_bottleneck(late)
    assert is_bottleneck(full)
    assert not is_bottleneck(refused)
    assert not is_bottleneck(span(9000.0))


def test_it_is_as_before_when_three_seconds_in_a_row_are() -> None:
    before = [span(10.0), span(30.0)]
    calm = span(29.0)

    after = [span(32.0 if at in {0, 3} else 20.0, began=40.0 + at) for at in range(7)]
    assert report.recovery(before, after) == 4.0
    assert report.recovery(before, [calm, calm, span(20.0, refused=1), calm, calm]) is None
    assert report.recovery(before, [calm, calm, span(20.0, errors=1), calm, calm]) is None


def test_answers_in_good_time_are_neither_late_nor_missing() -> None:
    assert report.is_good(span(*[400.0] * 20))
    assert not report.is_good(span(*[520.0] * 20))
    assert not report.is_good(span(*[1.0] * 20, refused=1))
    assert not report.is_good(span(*[1.0] * 20, errors=1))
    assert not report.is_good(span(*[1.0] * 20, unsent=1))
    assert not report.is_good(Span(0.0, 1.0))


def test_errors_and_refusals_that_say_nothing_break_the_promise() -> None:
    silent = span(1.0, refused=2)
    assert report.refusals(silent).kept is True
    silent.routes["all"].silent = 1

    assert report.refusals(silent).kept is False
    assert report.errors(span(*[1.0] * 999, errors=1)).kept is False
    assert report.errors(span(*[1.0] * 1001, errors=1)).kept is True


def test_a_slope_is_that_of_what_comes_after_the_first_third() -> None:
    moments = [60.0 * minute for minute in range(31)]
    filling = [500.0 * (minute < 10) + 100 + minute for minute in range(31)]

    found = trend(moments, filling)

    assert found is not None
    assert found.an_hour == pytest.approx(60)
    assert found.mean == pytest.approx(120)
    assert found.share == pytest.approx(0.5)
    assert trend([0.0, 1.0], [1.0, 1.0]) is None
    assert trend([], []) is None


@pytest.mark.parametrize(
    ("name", "an_hour", "kept"),
    [
        ("web: memory, MB", 4.0, True),
        ("web: memory, MB", 6.0, False),
        ("web: descriptors", 2.0, True),
        ("web: descriptors", 4.0, False),
        ("web: memory, MB", -50.0, True),
    ],
)
def test_what_grows_too_quickly_is_told(name: str, an_hour: float, *, kept: bool) -> None:
    samples = [
        Sample(600.0 * number, {name: 100.0 + an_hour * (number - 8) / 6}) for number in range(13)
    ]

    (row,) = soak.growth(samples)

    assert row.kept is kept


def test_what_waits_at_the_end_must_not_be_more_than_what_waited() -> None:
    values = [0.0] * 9 + [5.0, 50.0]
    rows = soak.growth([Sample(float(at), {"waiting: x": one}) for at, one in enumerate(values)])

    assert [row.kept for row in rows] == [False]
    assert [
        row.kept for row in soak.growth([Sample(float(at), {"waiting: x": 9.0}) for at in range(9)])
    ] == [True]


def test_the_steps_rise_to_ten_thousand() -> None:
    assert list(bursts.STEPS) == sorted(bursts.STEPS)
    assert bursts.STEPS[-1] == 10_000
    assert bursts.LOAD == 1_000
