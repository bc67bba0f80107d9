"""How much is measured."""

from collections.abc import Mapping
from dataclasses import dataclass, field

AS_IN_PRODUCTION = {"DJANGO_SETTINGS_MODULE": "tests.performance.caching.settings"}


@dataclass(frozen=True, slots=True)
class Sizes:
    requests: int
    questions: int
    different: int  # questions that fill the first level
    times: int  # of each invalidation
    clients: int  # at once on one key
    before: float  # seconds of a fault's load before, in and after it
    during: float
    after: float
    environment: Mapping[str, str] = field(default_factory=lambda: AS_IN_PRODUCTION)


FULL = Sizes(
    requests=20_000,
    questions=500,
    different=300,
    times=10,
    clients=200,
    before=2,
    during=3,
    after=2,
)
SHORT = Sizes(
    requests=1_000,
    questions=40,
    different=100,
    times=3,
    clients=40,
    before=2,
    during=2,
    after=2,
)


def chosen(*, short: bool) -> Sizes:
    return SHORT if short else FULL
