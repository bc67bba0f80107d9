"""From which level on a logger writes, changed while everything runs, for a while.

The changes stand in Valkey; each process's follower looks there every two seconds. They end by
themselves: nobody has to remember that something was made to say more.
"""

import logging
import re
import time
from dataclasses import dataclass
from typing import cast

from common.errors import OracleError
from monitoring import valkey

KEY = "omicsoracle:log-levels"
NAMES = ("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL")
ROOT = "root"
LOGGER = re.compile(r"[A-Za-z0-9_.-]{1,100}", re.ASCII)
LONGEST = 24 * 3600  # seconds
MOST = 50


class LevelRefused(OracleError):
    """There is no such level, or no such logger can be."""


@dataclass(frozen=True, slots=True)
class Change:
    """What holds for a logger and those below it, until a moment of `time.time()`."""

    logger: str
    level: str
    until: float


_before: dict[str, int] = {}  # the levels of the loggers that are changed in this process


def change(*, logger: str, level: str, seconds: float) -> Change:
    """Have a logger write from a level on, in all processes, for so long.

    :raises LevelRefused: if that cannot be
    :raises redis.RedisError: if Valkey cannot be told
    """
    if level not in NAMES:
        raise LevelRefused(f"There is no level {level[:20]!r}. Use one of {', '.join(NAMES)}.")
    if not LOGGER.fullmatch(logger):
        raise LevelRefused("A logger's name is like `discovery.ncbi`, or `root`.")
    if not 0 < seconds <= LONGEST:
        raise LevelRefused("A change holds for a day at most.")
    made = Change(logger, level, time.time() + seconds)
    if len({one.logger for one in changes()} | {logger}) > MOST:
        raise LevelRefused("Too many loggers are changed. End one of the changes first.")
    valkey.client().hset(KEY, logger, f"{level} {made.until:.0f}")
    return made


def end(*, logger: str) -> bool:
    """End a change; say whether there was one.

    :raises redis.RedisError: if Valkey cannot be told
    """
    return bool(valkey.client().hdel(KEY, logger))


def changes() -> list[Change]:
    """Return what holds now.

    :raises redis.RedisError: if Valkey does not say
    """
    kept = cast("dict[bytes, bytes]", valkey.client().hgetall(KEY))
    read = [_read(name.decode(), text.decode()) for name, text in kept.items()]
    over = [one.logger for one in read if one.until <= time.time()]
    if over:
        valkey.client().hdel(KEY, *over)
    return sorted((one for one in read if one.logger not in over), key=lambda one: one.logger)


def apply() -> None:
    """Let this process write as it is to now.

    :raises redis.RedisError: if Valkey does not say; all stays as it is
    """
    wanted = {one.logger: one.level for one in changes()}
    for name in set(_before) - set(wanted):
        _logger(name).setLevel(_before.pop(name))
    for name, level in wanted.items():
        logger = _logger(name)
        _before.setdefault(name, logger.level)
        logger.setLevel(level)


def _logger(name: str) -> logging.Logger:
    return logging.getLogger(None if name == ROOT else name)


def _read(logger: str, text: str) -> Change:
    level, _, until = text.partition(" ")
    return Change(logger, level, float(until))
