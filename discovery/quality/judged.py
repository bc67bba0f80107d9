"""The verdict on one dimension."""

from dataclasses import dataclass

STRENGTH = 0.75  # from here on it is one
ISSUE = 0.5  # below, it is one


@dataclass(frozen=True, slots=True)
class Judged:
    """A score from 0 to 1, or None where the record does not say enough, with the reason."""

    score: float | None
    reason: str

    @property
    def is_strength(self) -> bool:
        return self.score is not None and self.score >= STRENGTH

    @property
    def is_issue(self) -> bool:
        return self.score is not None and self.score < ISSUE
