"""Levels of loggers that are changed while everything runs."""

import logging
import time
from collections.abc import Iterator
from io import StringIO

import pytest
import redis
from django.conf import LazySettings
from django.core.management import CommandError, call_command

from accounts.models import AuditEntry
from monitoring import levels
from monitoring.follower import Follower

pytestmark = pytest.mark.django_db
NAME = "omics.levels"


@pytest.fixture(autouse=True)
def logger(valkey: redis.Redis) -> Iterator[logging.Logger]:
    found = logging.getLogger(NAME)
    found.setLevel("ERROR")
    yield found
    valkey.flushdb()
    levels.apply()


def run(*arguments: str) -> str:
    out = StringIO()
    call_command("log_level", *arguments, stdout=out)
    return out.getvalue()


def test_a_level_holds_in_each_process_that_looks_until_it_is_ended(
    logger: logging.Logger,
) -> None:
    levels.change(logger=NAME, level="DEBUG", seconds=60)
    Follower().look()
    assert logger.level == logging.DEBUG

    assert levels.end(logger=NAME)
    Follower().look()
    assert logger.level == logging.ERROR
    assert not levels.end(logger=NAME)


def test_a_level_ends_by_itself(logger: logging.Logger, valkey: redis.Redis) -> None:
    levels.change(logger=NAME, level="DEBUG", seconds=60)
    levels.apply()
    valkey.hset(levels.KEY, NAME, f"DEBUG {time.time() - 1:.0f}")

    levels.apply()

    assert (logger.level, valkey.hlen(levels.KEY)) == (logging.ERROR, 0)


def test_the_root_logger_has_a_name_too(caplog: pytest.LogCaptureFixture) -> None:
    before = logging.getLogger().level
    levels.change(logger="root", level="CRITICAL", seconds=60)
    levels.apply()
    assert logging.getLogger().level == logging.CRITICAL
    levels.end(logger="root")
    levels.apply()
    assert logging.getLogger().level == before


@pytest.mark.parametrize(
    ("logger_name", "level", "seconds"),
    [("x", "LOUD", 60), ("a b", "DEBUG", 60), ("x", "DEBUG", 0), ("x", "DEBUG", 10**6)],
)
def test_what_cannot_be_is_refused(logger_name: str, level: str, seconds: float) -> None:
    with pytest.raises(levels.LevelRefused):
        levels.change(logger=logger_name, level=level, seconds=seconds)


def test_not_everything_can_be_changed_at_once() -> None:
    for number in range(levels.MOST):
        levels.change(logger=f"omics.a{number}", level="ERROR", seconds=60)

    with pytest.raises(levels.LevelRefused):
        levels.change(logger="omics.more", level="ERROR", seconds=60)


def test_a_command_changes_a_level_and_the_audit_log_tells() -> None:
    assert "omics.levels writes from DEBUG on." in run(NAME, "DEBUG")
    assert "settings say" in run(NAME, "--end")

    actions = AuditEntry.objects.order_by("id").values_list("action", flat=True)
    assert list(actions) == ["log_level.changed", "log_level.ended"]


@pytest.mark.parametrize("arguments", [[NAME], [NAME, "--end"], ["a b", "INFO"]])
def test_a_command_says_what_is_wrong(arguments: list[str]) -> None:
    with pytest.raises(CommandError):
        run(*arguments)


def test_without_valkey_all_stays_as_it_is_and_that_is_said_once(
    settings: LazySettings, caplog: pytest.LogCaptureFixture
) -> None:
    settings.REDIS_URL = "unix:///nowhere/valkey.sock"
    follower = Follower()

    follower.look()
    follower.look()

    assert caplog.text.count("changes cannot be followed") == 1
    with pytest.raises(CommandError, match="Valkey does not answer"):
        run(NAME, "DEBUG")
