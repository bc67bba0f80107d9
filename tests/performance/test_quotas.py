"""What the measurement of quotas reckons by itself."""

from tests.performance.quotas.faults import Trial
from tests.performance.quotas.load import Timed
from tests.performance.quotas.windows import fullest


def test_the_fullest_window_is_found_wherever_it_begins() -> None:
    assert fullest([0, 900, 1000, 1800, 1899, 1900, 5000], 1000) == 4


def test_the_end_of_a_window_is_not_in_it() -> None:
    assert fullest([0, 1000], 1000) == 1


def call(ended: float, *, is_degraded: bool) -> Timed:
    return Timed(0, ended - 0.01, ended, 200, is_degraded=is_degraded)


def test_a_fault_is_over_when_a_second_shows_nothing_of_it() -> None:
    shown = [call(at, is_degraded=True) for at in (9.0, 10.5, 11.25, 13.0)]
    calls = [*shown, call(11.5, is_degraded=False)]

    assert Trial(calls, began=8.0, ended=10.0).recovery == 1.25


def test_a_fault_that_nothing_shows_afterwards_is_over_at_its_end() -> None:
    assert Trial([call(9.0, is_degraded=True)], began=8.0, ended=10.0).recovery == 0
