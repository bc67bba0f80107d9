"""The last figures of `make bench`, in a file beside this one: what moved since, by more than noise?

Kept are ratios to a bare view of the same run, which carry over from machine to machine better than times do; and
how far the repetitions of each lay apart, which is its noise.
"""

import json
import statistics
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

FILE = Path(__file__).with_name("figures.json")
NOTHING = "No figures were kept before."


@dataclass(frozen=True, slots=True)
class Ratio:
    """A ratio: the least, the middle and the greatest of the repetitions."""

    low: float
    middle: float
    high: float

    @classmethod
    def of(cls, repetitions: Sequence[float]) -> "Ratio":
        middle = statistics.median(repetitions)
        return cls(*(round(one, 4) for one in (min(repetitions), middle, max(repetitions))))

    def is_apart_from(self, other: "Ratio") -> bool:
        """Say whether no repetition of the one lies among those of the other."""
        return self.low > other.high or self.high < other.low


@dataclass(frozen=True, slots=True)
class Figures:
    """What one run of a part came to, by what was measured."""

    circumstances: str
    ratios: Mapping[str, Ratio]


def read(part: str, *, file: Path = FILE) -> Figures | None:
    kept = json.loads(file.read_text(encoding="utf-8")) if file.exists() else {}
    if part not in kept:
        return None
    ratios = {name: Ratio(**one) for name, one in kept[part]["ratios"].items()}
    return Figures(kept[part]["circumstances"], ratios)


def write(part: str, figures: Figures, *, file: Path = FILE) -> None:
    kept = json.loads(file.read_text(encoding="utf-8")) if file.exists() else {}
    kept[part] = asdict(figures)
    file.write_text(json.dumps(kept, indent=2, sort_keys=True) + "\n", encoding="utf-8")


def told(before: Figures | None, now: Figures) -> str:
    """Say of each ratio that both have whether it moved by more than its noise."""
    if before is None:
        return NOTHING
    both = [name for name in now.ratios if name in before.ratios]
    moved = [name for name in both if now.ratios[name].is_apart_from(before.ratios[name])]
    head = f"Since {before.circumstances}: {len(moved)} of {len(both)} ratios moved by more than their noise."
    return "\n".join(
        [head, *(_line(name, before.ratios[name], now.ratios[name]) for name in moved)]
    )


def _line(name: str, before: Ratio, now: Ratio) -> str:
    change = (now.middle / before.middle - 1) * 100 if before.middle else 0.0
    return f"- {name}: {_told(before)} → {_told(now)}, {change:+.0f} %"


def _told(ratio: Ratio) -> str:
    return f"{ratio.middle:.2f} ({ratio.low:.2f}–{ratio.high:.2f})"
