"""What quality is judged on."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

BOILERPLATE = "This SuperSeries is composed of"
ELSEWHERE = re.compile(r"(?:please )?(?:refer to|see) (?:the )?individual series", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Described:
    """A series as its record has it. None and empty sequences mean that the record does not say.

    `characteristics` are "key: value" lines of its samples, `subseries` what it collects.
    """

    title: str
    summary: str
    overall_design: str | None
    organisms: Sequence[str]
    study_types: Sequence[str]
    platforms: Sequence[str]
    sample_count: int | None
    characteristics: Sequence[str]
    subseries: Sequence[str]
    pubmed_ids: Sequence[str]
    raw_data: Sequence[str]
    supplementary_types: Sequence[str]
    release_date: date | None
    summary_truncated: bool

    @property
    def is_superseries(self) -> bool:
        """Say whether it only collects other series."""
        return bool(self.subseries) or self.summary.startswith(BOILERPLATE)

    @property
    def design(self) -> str:
        """Return the design, empty if the record only says that it stands elsewhere."""
        design = self.overall_design or ""
        return "" if ELSEWHERE.match(design) else design

    @property
    def telling_characteristics(self) -> list[str]:
        """Return in what the samples are told to differ ("age", "treatment"), in their order."""
        values: dict[str, set[str]] = {}
        for line in self.characteristics:
            key, colon, value = line.partition(":")
            if colon and key.strip():
                values.setdefault(key.strip().casefold(), set()).add(value.strip())
        return [key for key, told in values.items() if len(told) > 1]
