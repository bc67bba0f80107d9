"""Questions in the words of the catalogue, and how often each is asked."""

import random
from collections.abc import Sequence

from discovery.models import Dataset


def questions(count: int, *, seed: int) -> list[str]:
    """Return so many different questions of four words each."""
    chance = random.Random(seed)  # noqa: S311 (no secret)
    titles = Dataset.objects.order_by("accession").values_list("title", flat=True)
    words = [[word for word in title.split() if word.isalpha()] for title in titles]
    rich = [one for one in words if len(one) >= 4]
    found: dict[str, None] = {}
    while len(found) < count:
        found[" ".join(chance.sample(chance.choice(rich), 4))] = None
    return list(found)


def by_zipf(asked: Sequence[str], *, times: int, seed: int) -> list[str]:
    """Draw questions, the nth of them 1/n as often as the first."""
    chance = random.Random(seed)  # noqa: S311 (no secret)
    return chance.choices(asked, [1 / rank for rank in range(1, len(asked) + 1)], k=times)
