"""Telling the workers, whether or not there is a broker."""

import logging
from collections.abc import Iterator
from typing import Any

import pytest
import redis
from celery import Celery, shared_task
from kombu.exceptions import OperationalError

from common import wake as waking
from common.wake import wake


@pytest.fixture(autouse=True)
def _nothing_failed_before() -> Iterator[None]:
    waking._Broker.again_at = 0.0
    yield
    waking._Broker.again_at = 0.0


@shared_task(name="tests.wake")
def task() -> None:
    """Nothing: it is only sent."""


class Unsendable:
    """A task of a broker that refuses."""

    name = "tests.unsendable"
    tries = 0

    def apply_async(self, **_: Any) -> None:
        self.tries += 1
        raise OperationalError


def test_a_task_reaches_the_queue(valkey: redis.Redis) -> None:
    assert wake(task)

    assert valkey.llen("celery") == 1


def test_a_broker_that_is_away_is_not_asked_again_for_a_while() -> None:
    unsendable = Unsendable()

    sent = [wake(unsendable) for _ in range(3)]

    assert sent == [False, False, False]
    assert unsendable.tries == 1


def test_that_a_task_was_not_sent_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING):
        wake(Unsendable())

    assert "the workers could not be told" in caplog.text


@pytest.mark.allow_hosts(["127.0.0.1"])
def test_a_real_broker_that_is_away_costs_a_moment_only() -> None:
    options = {"socket_timeout": 0.2, "socket_connect_timeout": 0.2, "max_retries": 0}
    app = Celery("away", broker="redis://127.0.0.1:1/0", set_as_current=False)
    app.conf.broker_transport_options = options

    @app.task(name="tests.away")
    def unheard() -> None:
        """Nothing: nobody runs it."""

    assert not wake(unheard)
