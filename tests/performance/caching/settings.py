"""The settings of the processes that are measured: as in tests, but with the keeper, as in production."""

from omicsoracle.settings.testing import *  # noqa: F403, TID251

CACHE_KEEPER = True
