import os
import signal
import time
from collections.abc import Iterator

import pytest

from omicsoracle.run.interruptions import Interruptions, Stopped

SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


@pytest.fixture
def interruptions() -> Iterator[Interruptions]:
    before = {one: signal.getsignal(one) for one in SIGNALS}
    listening = Interruptions(with_parent=True)
    listening.listen()
    yield listening
    for one, handler in before.items():
        signal.signal(one, handler)


@pytest.mark.parametrize("one", SIGNALS)
def test_a_signal_ends_the_next_pause(interruptions: Interruptions, one: signal.Signals) -> None:
    os.kill(os.getpid(), one)

    with pytest.raises(Stopped):
        interruptions.pause(10)


def test_without_a_signal_a_pause_takes_its_time(interruptions: Interruptions) -> None:
    started = time.monotonic()

    interruptions.pause(0.3)

    assert time.monotonic() - started >= 0.3


def test_work_that_is_not_marked_is_not_cut_short(interruptions: Interruptions) -> None:
    os.kill(os.getpid(), signal.SIGTERM)

    done = sum(range(1000))

    assert done == 499_500


def test_work_that_may_be_cut_short_is(interruptions: Interruptions) -> None:
    def work() -> None:
        with interruptions.at_once():
            os.kill(os.getpid(), signal.SIGTERM)
            time.sleep(10)

    with pytest.raises(Stopped):
        work()


def test_nothing_is_begun_after_a_signal(interruptions: Interruptions) -> None:
    os.kill(os.getpid(), signal.SIGINT)

    with pytest.raises(Stopped), interruptions.at_once():
        pytest.fail("this was begun")
